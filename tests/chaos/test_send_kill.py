"""The power is cut between the server's "accepted" and our commit: no reply is lost or sent twice by itself (R13).

Nobody can know whether such a send arrived. It becomes "unknown", and a person is asked to look.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from email.parser import BytesHeaderParser
from pathlib import Path

import pytest
from chaos import Report, rounds, seed_of
from house import mail
from loopback import eventually
from smtp_sink import SmtpSink
from sqlmodel import col, select
from worker import Worker, outgoing

from connectors.contract import Arrival
from inbox.flow.context import Context
from inbox.flow.hear import hear
from inbox.flow.read import read_items
from inbox.flow.reply import Draft, queue_reply
from inbox.store import accounts
from inbox.store.tables import Change, Conversation, Delivery, Message, Teammate, Wait

pytestmark = pytest.mark.chaos

REPLIES = 100
KILLS = 15
HOLD = 0.08
"""Seconds between the server's having a letter and its saying so."""


def write_replies(context: Context) -> None:
    """A hundred customers wrote, and Alice answers each."""
    with context.store.unit_of_work() as work:
        account = accounts.by_address(work.session, "mail", "support@example.com")
        alice = Teammate(name="Alice", mail="alice@example.com", role="founder", created_at=work.now)
        work.session.add(alice)
        work.session.flush()
        account_id, alice_id = (account.id if account else None) or 0, alice.id or 0
    now = context.clock()
    came = [
        Arrival(f"{n}", mail(f"Customer {n} <c{n}@customer.example>", message_id=f"{n}@customer.example"), now)
        for n in range(REPLIES)
    ]
    read_items(context, hear(context, account_id, came))
    with context.store.unit_of_work() as work:
        for talk in work.session.exec(select(Conversation)).all():
            queue_reply(work, context.vault, Draft(talk.id or 0, alice_id, "We will look.", f"key-{talk.id}"))


@rounds
@pytest.mark.timeout(180)
def test_no_reply_is_lost_or_sent_twice_by_kills(
    number: int, smtp_sink: SmtpSink, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed, report = seed_of(number), Report(capsys, "send kill test")
    chance = random.Random(seed)
    smtp_sink.hang("ANSWER", HOLD, times=100_000)
    with Worker(tmp_path, outgoing(smtp_sink)) as worker:
        with worker.opened() as context:
            write_replies(context)
        look = worker.look()
        for _ in range(KILLS):
            worker.start()
            before = len(smtp_sink.letters)
            eventually(lambda: len(smtp_sink.letters) > before, 5, 0.002)  # noqa: B023 - called at once
            time.sleep(chance.uniform(0, 4 * HOLD))  # the moment of the kill is what is tried
            worker.kill()
        smtp_sink.behave()
        worker.start()
        assert eventually(lambda: look.number(OPEN) == 0, 60, 0.1), worker.log()
        assert worker.stop() == 0
        deliveries, names, waits, told = read(worker)
        verified = worker.command("verify")

    letters = Counter(name_of(letter.raw) for letter in smtp_sink.letters)
    unknown = [message_id for message_id, state in deliveries.items() if state == "unknown"]
    arrived = sum(letters[names[message_id]] for message_id in unknown)
    sent = {message_id for message_id, state in deliveries.items() if state == "sent"}
    lost = [message_id for message_id in sent if not letters[names[message_id]]]
    report.say(
        kills=KILLS,
        replies=REPLIES,
        lost=len(lost),
        sent_twice=sum(count > 1 for count in letters.values()),
        shown_as_unknown=len(unknown),
        of_these_had_arrived=arrived,
        seed=seed,
    )
    assert lost == []
    assert set(letters.values()) == {1}, "each Message-ID left at most once"
    assert set(letters) <= set(names.values())
    assert set(deliveries.values()) <= {"sent", "unknown"}
    assert len(deliveries) == REPLIES
    assert len(unknown) <= KILLS, "a kill leaves one send in doubt at most"
    assert sorted(told) == sorted(unknown), "each send in doubt is announced, once"
    # A send in doubt answers nobody: its wait stays open until a person has looked.
    assert waits == sent
    assert (verified["ok"], verified["broken"]) == (True, []), verified


OPEN = "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')"


def read(worker: Worker) -> tuple[dict[int, str], dict[int, str], set[int], list[int]]:
    """Return the state and the Message-ID of each reply, those that closed a wait, and those announced as unknown."""
    with worker.opened() as context, context.store.reading() as session:
        states = {row.message_id or 0: row.state for row in session.exec(select(Delivery))}
        sent = session.exec(select(Message).where(Message.direction == "out")).all()
        closing = session.exec(select(Wait.closing_message_id).where(Wait.cause == "replied")).all()
        told = session.exec(select(Change).where(col(Change.kind) == "delivery.unknown")).all()
    names = {message.id or 0: message.rfc_message_id for message in sent}
    return states, names, {one for one in closing if one}, [change.data["message_id"] for change in told]


def name_of(raw: bytes) -> str:
    return str(BytesHeaderParser().parsebytes(raw)["Message-ID"]).strip("<>")
