"""Letters of the app itself: to teammates, through the outbox, once, and never where the team could read them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from house import House, mail
from smtp_sink import SmtpSink
from sqlmodel import select

from inbox.flow.errors import RefusedError
from inbox.flow.letters import queue_letter
from inbox.flow.resets import overheard
from inbox.flow.sign_in import reset_link
from inbox.flow.verify import verify
from inbox.store.tables import Arrival, Delivery

BOB = "bob@home.example"


@pytest.fixture
def account(house: House, smtp_sink: SmtpSink) -> int:
    return house.add_account(
        smtp_host="127.0.0.1", smtp_port=str(smtp_sink.port), smtp_security="none", aliases="help@example.com"
    )


def write(house: House, to: str = BOB, key: str = "invite-1") -> None:
    with house.store.unit_of_work() as work:
        queue_letter(work, to, "Come in", "Open https://desk.example.com/reset/secret once.", key)


def letters(house: House) -> list[Delivery]:
    with house.store.reading() as session:
        return list(session.exec(select(Delivery).where(Delivery.kind == "letter")).all())


def test_a_letter_leaves_once_however_often_it_is_queued(house: House, account: int, smtp_sink: SmtpSink) -> None:
    write(house)
    write(house)
    assert house.deliver() == 1
    write(house)
    assert house.deliver() == 0
    [letter] = smtp_sink.letters
    assert letter.recipients == [BOB]
    assert b"Auto-Submitted: auto-generated" in letter.raw
    assert b"https://desk.example.com/reset/secret" in letter.raw
    assert [(row.state, row.message_id) for row in letters(house)] == [("sent", None)]


def test_what_stood_in_a_letter_is_forgotten_once_it_left(house: House, account: int) -> None:
    write(house)
    house.deliver()
    assert "secret" not in str(letters(house)[0].payload)
    assert verify(house.store) == []


@pytest.mark.parametrize("to", ["support@example.com", "HELP@example.com", "support+bob@example.com"])
def test_no_letter_goes_where_the_inbox_reads(house: House, account: int, to: str) -> None:
    with pytest.raises(RefusedError, match="read by this inbox"):
        write(house, to)
    assert letters(house) == []


def test_without_an_account_that_sends_nothing_is_promised(house: House) -> None:
    house.add_account()
    with pytest.raises(RefusedError, match="No mail account can send"):
        write(house)


def test_a_letter_that_comes_back_from_a_sent_folder_or_a_forward_opens_no_conversation(
    house: House, account: int, smtp_sink: SmtpSink
) -> None:
    write(house)
    house.deliver()
    [letter] = smtp_sink.letters
    house.receive(account, letter.raw, direction="out", folder="Sent")
    house.receive(account, b"Received: from home.example\r\n" + letter.raw)
    house.receive(account, mail())
    assert [row.subject for row in house.conversations()] == ["Can't export my board"]
    with house.store.reading() as session:
        reasons = sorted(row.reason for row in session.exec(select(Arrival)).all())
    assert reasons == ["", "A letter of Under24 itself to a teammate.", "A letter of Under24 itself to a teammate."]


def test_a_letter_that_nobody_takes_is_tried_again_and_closes_no_wait(
    house: House, account: int, smtp_sink: SmtpSink
) -> None:
    house.receive(account, mail())
    smtp_sink.refuse("RCPT", "451 4.3.0 Later", times=1)
    write(house)
    house.deliver()
    assert letters(house)[0].state == "queued"
    house.clock.move(hours=1)
    house.deliver()
    assert letters(house)[0].state == "sent"
    assert len(house.open_waits()) == 1


def test_a_mail_full_of_links_that_are_none_costs_the_store_few_questions(house: House) -> None:
    bob = house.add_teammate("Bob")
    wrong = "\n".join(f"join/{number:043d} reset/{number:043d}" for number in range(50))
    asked: list[str] = []
    with house.store.unit_of_work() as work:
        reset_link(work, bob)
        sa.event.listen(work.session.connection(), "before_cursor_execute", lambda *told: asked.append(told[2]))
        overheard(work, [wrong.encode()])
    assert 0 < len(asked) < 10
