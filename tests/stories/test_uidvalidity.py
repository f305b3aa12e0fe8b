"""The mail server lost its index: every UID is new (RFC 3501 section 2.3.1.1). For us, nothing happened (R5b)."""

from __future__ import annotations

import pytest
from dovecot import Dovecot
from house import House, mail
from mailbox_account import add_mailbox, pull
from sqlmodel import select

from inbox.flow import act, quarantine
from inbox.flow.reply import add_note
from inbox.store.tables import Arrival, Change, Conversation, Message

UNREADABLE = b"\x00\x00\x00"
MAILS = 30


@pytest.fixture
def account(house: House, dovecot: Dovecot) -> int:
    return add_mailbox(house, dovecot)


def state(house: House) -> list[tuple[object, ...]]:
    """All that a teammate has before them: conversations, who has them, what is in them, and who waits since when."""

    def said(talk: Conversation) -> list[tuple[object, ...]]:
        return [(message.id, message.kind, message.text) for message in house.messages(talk.id or 0)]

    return [
        (talk.id, talk.assignee_id, talk.status, talk.waiting_since, talk.due_at, said(talk))
        for talk in house.conversations()
    ]


def test_ids_notes_and_assignments_stay_when_every_uid_is_new(house: House, account: int, dovecot: Dovecot) -> None:
    for number in range(MAILS):
        parent = f"{number - 1}@customer.example" if number % 3 else ""
        dovecot.append(mail(text=f"Mail {number}", message_id=f"{number}@customer.example", reply_to_id=parent))
    assert pull(house, account) == MAILS
    bob, carol = house.add_teammate("Bob"), house.add_teammate("Carol")
    for talk in house.conversations():
        with house.store.unit_of_work() as work:
            act.assign(work, talk.id or 0, bob if (talk.id or 0) % 2 else carol, by=bob)
            add_note(work, talk.id or 0, bob, f"Seen by Bob: {talk.id}")
    before, announced = state(house), told(house)
    assert len(before) == MAILS // 3

    dovecot.renew_uidvalidity()

    assert pull(house, account) == MAILS  # each arrives again, and is known by its bytes
    assert state(house) == before
    assert told(house) == announced, "nobody is told of old mail"
    ledger = house.ledger()
    assert (ledger.arrivals, ledger.threaded, ledger.duplicates) == (2 * MAILS, MAILS, MAILS)
    assert pull(house, account) == 0

    dovecot.append(mail(text="Is anybody there?", reply_to_id="0@customer.example"))
    assert pull(house, account) == 1
    assert "Is anybody there?" in [message.text.strip() for message in house.messages(house.conversations()[0].id or 0)]
    assert (house.ledger().threaded, len(house.conversations())) == (MAILS + 1, MAILS // 3)


def told(house: House) -> int:
    with house.store.reading() as session:
        return len(session.exec(select(Change).where(Change.kind == "message.in")).all())


def test_what_was_quarantined_or_let_go_stays_so(house: House, account: int, dovecot: Dovecot) -> None:
    dovecot.append(UNREADABLE + b"\r\n")
    dovecot.append(UNREADABLE + b"\x01\r\n")
    dovecot.append(mail(subject="Out of office", Auto_Submitted="auto-replied"))
    pull(house, account)
    alice = house.add_teammate("Alice")
    first, second, third = arrivals(house)
    assert (first.state, second.state, third.state) == ("quarantined", "quarantined", "ignored")
    with house.store.unit_of_work() as work:
        quarantine.discard(work, second.id or 0, alice, "It is noise.")

    dovecot.renew_uidvalidity()
    pull(house, account)

    again = arrivals(house)[3:]
    assert [arrival.state for arrival in again] == ["quarantined", "ignored", "ignored"]
    assert "It is noise." in again[1].reason
    assert [talk.status for talk in house.conversations()] == ["open", "closed"], "one waits, one was let go"


def arrivals(house: House) -> list[Arrival]:
    with house.store.reading() as session:
        return list(session.exec(select(Arrival).order_by(Arrival.id)).all())  # type: ignore[arg-type]


def test_a_mail_that_was_never_seen_before_the_change_is_not_lost(house: House, account: int, dovecot: Dovecot) -> None:
    dovecot.append(mail(text="Before"))
    pull(house, account)
    dovecot.append(mail(text="In between"))

    dovecot.renew_uidvalidity()
    pull(house, account)

    with house.store.reading() as session:
        texts = {message.text.strip() for message in session.exec(select(Message))}
    assert texts == {"Before", "In between"}
