"""A reply that has not left yet: what becomes of it when its conversation goes to spam, or is merged with another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from house import House, OpenChannels, mail
from smtp_sink import SmtpSink
from sqlmodel import select

from connectors.contract import Connector, Outbound, Receipt
from connectors.errors import Temporary
from inbox.flow import act, bulk, deliver, merge, policies, undo, unwanted
from inbox.flow.verify import verify
from inbox.store.tables import Account, SavedDraft
from rules.sla import Condition

HOLD = timedelta(seconds=15)
DAY = timedelta(hours=24)
MALLORY = "Mallory <mallory@bad.example>"


@pytest.fixture
def account(house: House, smtp_sink: SmtpSink) -> Iterator[int]:
    yield house.add_account(smtp_host="127.0.0.1", smtp_port=str(smtp_sink.port), smtp_security="none")
    assert verify(house.store, quick=True) == []


@pytest.fixture
def bob(house: House) -> int:
    return house.add_teammate("Bob", "founder")


@pytest.fixture
def talk(house: House, account: int) -> int:
    """Mallory has written, and nobody knows yet what they want."""
    house.receive(account, mail(MALLORY, "One\n", message_id="one@bad.example"))
    house.clock.move(minutes=1)
    return house.conversations()[0].id or 0


def spam(house: House, talk: int, by: int, *, on: bool = True) -> None:
    with house.store.unit_of_work() as work:
        (act.mark_spam if on else act.not_spam)(work, talk, by)


def drafts(house: House) -> list[str]:
    with house.store.reading() as session:
        return [row.text for row in session.exec(select(SavedDraft))]


def events(house: House, talk: int) -> list[str]:
    return [one.details["event"] for one in house.messages(talk) if one.kind == "event"]


# Spam -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("later", [False, True])
def test_nothing_leaves_for_a_spammer_by_itself_and_goes_on_when_it_was_no_spam(
    house: House, talk: int, bob: int, smtp_sink: SmtpSink, *, later: bool
) -> None:
    hour = house.clock.now + timedelta(hours=2)
    said = house.reply(talk, bob, **({"send_at": hour} if later else {"hold": HOLD}))
    spam(house, talk, bob)
    house.clock.move(minutes=10)
    assert (house.deliver(), smtp_sink.letters) == (0, [])
    assert events(house, talk) == ["spam", "reply_held"]

    spam(house, talk, bob, on=False)
    assert events(house, talk)[2:] == ["not_spam", "reply_goes_on"]
    assert house.deliver() == 0, "it can be taken back once more"
    house.clock.now = max(house.clock.now + HOLD, hour) if later else house.clock.now + HOLD
    assert house.deliver() == 1
    assert [letter.recipients for letter in smtp_sink.letters] == [["mallory@bad.example"]]
    assert (house.delivery(said).state, house.open_waits()) == ("sent", [])


def test_what_was_kept_for_long_is_a_draft_again(house: House, talk: int, bob: int, smtp_sink: SmtpSink) -> None:
    house.reply(talk, bob, "Dear Mallory", hold=HOLD)
    spam(house, talk, bob)
    house.clock.move(minutes=16)
    spam(house, talk, bob, on=False)
    house.clock.move(minutes=1)
    assert (house.deliver(), smtp_sink.letters) == (0, [])
    assert (drafts(house), events(house, talk)[-1]) == (["Dear Mallory"], "reply_is_draft")
    assert len(house.open_waits()) == 1


def test_what_spam_keeps_here_can_be_taken_back(house: House, talk: int, bob: int) -> None:
    said = house.reply(talk, bob, "Dear Mallory", hold=HOLD)
    spam(house, talk, bob)
    with house.store.unit_of_work() as work:
        undo.take_back(work, said, bob)
    assert drafts(house) == ["Dear Mallory"]
    spam(house, talk, bob, on=False)
    assert (house.deliver(), events(house, talk)[-1]) == (0, "not_spam")


def test_who_wrote_again_from_spam_is_answered_by_nobody_unread(
    house: House, account: int, talk: int, bob: int, smtp_sink: SmtpSink
) -> None:
    house.reply(talk, bob, "Dear Mallory", send_at=house.clock.now + timedelta(hours=2))
    spam(house, talk, bob)
    house.clock.move(minutes=1)
    house.receive(account, mail(MALLORY, "Two\n", message_id="two@bad.example", reply_to_id="one@bad.example"))
    spam(house, talk, bob, on=False)
    house.clock.move(hours=3)
    house.deliver()
    assert (drafts(house), smtp_sink.letters) == (["Dear Mallory"], [])


def test_blocking_keeps_it_and_undoing_that_lets_it_go_on(
    house: House, talk: int, bob: int, smtp_sink: SmtpSink
) -> None:
    house.reply(talk, bob, hold=HOLD)
    with house.store.unit_of_work() as work:
        done = bulk.one(work, "block", {"value": "mallory@bad.example"}, talk, bob)
    house.clock.move(seconds=30)
    assert house.deliver() == 0
    with house.store.unit_of_work() as work:
        bulk.undo(work, done, bob)
    bulk.run(house.store, done)
    house.clock.move(seconds=15)
    assert house.deliver() == 1
    assert len(smtp_sink.letters) == 1


def test_a_blocked_sender_who_writes_into_an_old_conversation_gets_no_reply_that_was_on_its_way(
    house: House, account: int, talk: int, bob: int, smtp_sink: SmtpSink
) -> None:
    house.reply(talk, bob, hold=HOLD)
    with house.store.unit_of_work() as work:
        unwanted.block(work, "mallory@bad.example", bob)
    house.receive(account, mail(MALLORY, "Two\n", message_id="two@bad.example", reply_to_id="one@bad.example"))
    house.clock.move(minutes=1)
    assert (house.deliver(), smtp_sink.letters) == (0, [])
    assert events(house, talk) == ["reply_held"]


def test_a_person_may_send_what_was_kept_all_the_same(house: House, talk: int, bob: int, smtp_sink: SmtpSink) -> None:
    said = house.reply(talk, bob, hold=HOLD)
    spam(house, talk, bob)
    with house.store.unit_of_work() as work:
        deliver.send_again(work, house.delivery(said).id or 0, bob)
    assert house.deliver() == 1
    assert "held" not in house.delivery(said).payload
    spam(house, talk, bob, on=False)
    assert events(house, talk)[-1] == "not_spam"


def test_what_was_being_sent_as_its_conversation_went_to_spam_is_not_tried_again(
    house: House, talk: int, bob: int, smtp_sink: SmtpSink
) -> None:
    class Busy:
        """A mail server that says after a while that it is busy; meanwhile Bob sees what Mallory is after."""

        def send(self, _message: Outbound) -> Receipt:
            spam(house, talk, bob)
            raise Temporary("The server is busy.")

        def close(self) -> None:
            """Hang up."""

    class Line(OpenChannels):
        def open(self, account: Account) -> Connector:
            return Busy()  # type: ignore[return-value]

    said, channels = house.reply(talk, bob), house.context.channels
    house.context = replace(house.context, channels=Line(house.clock))
    assert house.deliver() == 1
    house.context = replace(house.context, channels=channels)
    house.clock.move(minutes=10)
    assert (house.deliver(), smtp_sink.letters) == (0, [])
    assert (house.delivery(said).state, events(house, talk)) == ("cancelled", ["spam", "reply_held"])

    spam(house, talk, bob, on=False)
    house.clock.move(minutes=1)
    assert (house.deliver(), len(smtp_sink.letters), house.open_waits()) == (1, 1, [])


@pytest.mark.parametrize("kept", [False, True])
def test_what_a_person_sends_to_spam_is_tried_again_when_the_server_is_busy(
    house: House, talk: int, bob: int, smtp_sink: SmtpSink, *, kept: bool
) -> None:
    said = house.reply(talk, bob, hold=HOLD) if kept else 0
    spam(house, talk, bob)
    said = said or house.reply(talk, bob)
    if kept:
        with house.store.unit_of_work() as work:
            deliver.send_again(work, house.delivery(said).id or 0, bob)
    smtp_sink.refuse("MAIL", "451 4.7.1 Greylisted")
    assert house.deliver() == 1
    assert house.delivery(said).state == "queued"
    house.clock.move(minutes=10)
    assert (house.deliver(), len(smtp_sink.letters)) == (1, 1)


# A merge --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(house: House, account: int, bob: int) -> tuple[int, int]:
    """Carol has waited for an hour; Dana has just written, and is answered within the hour that she was promised."""
    house.receive(account, mail(message_id="c@customer.example"))
    house.receive(account, mail("Dana <dana@x.example>", "Before", subject="Other", message_id="d@x.example"))
    with house.store.unit_of_work() as work:
        policies.save(work, bob, policies.Draft("VIP", Condition(tags=frozenset({"vip"})), 60))
        act.tag(work, 2, "vip", bob)
        act.no_reply_needed(work, 2, bob, "She found it")
    house.clock.move(hours=1)
    house.receive(account, mail("Dana <dana@x.example>", "Now", message_id="e@x.example", reply_to_id="d@x.example"))
    house.clock.move(minutes=1)
    return 1, 2


@pytest.mark.parametrize(("answered", "turned"), list(product([1, 2], [False, True])))
def test_a_reply_written_before_a_merge_answers_only_whom_it_was_written_to(
    house: House, two: tuple[int, int], bob: int, smtp_sink: SmtpSink, answered: int, *, turned: bool
) -> None:
    source, target = reversed(two) if turned else two
    waited = {one.conversation_id: (one.message_id, one.started_at, one.due_at) for one in house.open_waits()}
    house.reply(answered, bob, hold=HOLD)
    with house.store.unit_of_work() as work:
        done = merge.merge(work, source, target, bob)
    house.clock.move(seconds=15)
    assert house.deliver() == 1
    assert len(smtp_sink.letters) == 1

    unheard = waited[3 - answered]
    [wait] = house.open_waits()
    assert (wait.conversation_id, wait.message_id, wait.started_at) == (target, *unheard[:2])
    assert wait.due_at == unheard[2]
    shown = house.conversations()[target - 1]
    assert (shown.due_at, shown.status, shown.last_from) == (wait.due_at, "open", "them")
    assert verify(house.store, quick=True) == []

    with house.store.unit_of_work() as work:
        merge.undo(work, done, bob)
    assert [(one.conversation_id, one.message_id) for one in house.open_waits()] == [(3 - answered, unheard[0])]
    assert [one.due_at is None for one in house.conversations()] == [answered == 1, answered == 2]


def test_a_reply_written_after_a_merge_answers_both(house: House, two: tuple[int, int], bob: int) -> None:
    with house.store.unit_of_work() as work:
        merge.merge(work, *two, bob)
    house.clock.move(seconds=1)
    house.reply(2, bob, hold=HOLD)
    house.clock.move(seconds=15)
    house.deliver()
    assert house.open_waits() == []


def test_a_merge_of_three_leaves_those_waiting_who_were_not_written_to(
    house: House, account: int, two: tuple[int, int], bob: int
) -> None:
    dana = house.open_waits()[1].id
    house.receive(account, mail("Eve <eve@x.example>", "Me too", subject="Third"))
    house.clock.move(minutes=1)
    house.reply(1, bob, hold=HOLD)
    with house.store.unit_of_work() as work:
        merge.merge(work, 1, 2, bob)
        merge.merge(work, 2, 3, bob)
    house.clock.move(seconds=15)
    house.deliver()
    [wait] = house.open_waits()
    assert (wait.conversation_id, wait.id) == (3, dana)
