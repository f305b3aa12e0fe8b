"""Blocked senders, and what is learned from spam: put away with a reason, never lost, never the wrong person."""

from __future__ import annotations

from typing import Any

import pytest
from house import House, mail
from sqlmodel import select

from inbox.flow import act, bulk, unwanted
from inbox.flow.errors import RefusedError
from inbox.store.tables import Sender

MALLORY = "Mallory <mallory@bad.example>"
PASS: dict[str, Any] = {"Authentication_Results": "mx.example.com; dmarc=pass (p=none) header.from=customer.example"}


def senders(house: House) -> list[tuple[str, str, int]]:
    with house.store.reading() as session:
        return [(one.value, one.verdict, one.hits) for one in session.exec(select(Sender)).all()]


def spam(house: House, conversation_id: int, by: int) -> None:
    with house.store.unit_of_work() as work:
        act.mark_spam(work, conversation_id, by)


@pytest.mark.parametrize("what", ["mallory@bad.example", "Bad.example", "@bad.example"])
def test_a_blocked_sender_goes_to_spam_with_the_reason_and_waits_for_nobody(house: House, what: str) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice")
    with house.store.unit_of_work() as work:
        unwanted.block(work, what, alice)
    house.receive(account, mail(MALLORY, "Buy\n"), mail(text="Hello\n"))
    assert [one.status for one in house.conversations()] == ["spam", "open"]
    assert house.messages(1)[0].flags == ["blocked_sender"]
    assert len(house.open_waits()) == 1
    assert senders(house)[0][2] == 1
    with house.store.unit_of_work() as work:
        act.not_spam(work, 1, alice)
    assert [wait.conversation_id for wait in house.open_waits()] == [2, 1]


def test_a_blocked_sender_cannot_come_back_through_an_old_conversation(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice")
    house.receive(account, mail(MALLORY, "One\n", message_id="one@bad.example"))
    house.reply(1, alice)
    with house.store.unit_of_work() as work:
        unwanted.block(work, "mallory@bad.example", alice)
    house.receive(account, mail(MALLORY, "Two\n", message_id="two@bad.example", reply_to_id="one@bad.example"))
    [talk] = house.conversations()
    assert (talk.status, talk.due_at) == ("spam", None)
    assert [wait.cause for wait in house.waits()] == ["spam"]
    with house.store.unit_of_work() as work:
        act.not_spam(work, 1, alice)
    assert len(house.open_waits()) == 1


def test_a_blocked_sender_does_not_put_another_persons_conversation_away(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice")
    house.receive(account, mail(message_id="carol@x", Cc="mallory@bad.example"))
    with house.store.unit_of_work() as work:
        unwanted.block(work, "mallory@bad.example", alice)
    house.receive(account, mail(MALLORY, "Me too\n", message_id="m@bad.example", reply_to_id="carol@x"))
    assert [one.status for one in house.conversations() if one.contact_id == 1] == ["open"]


def test_spam_teaches_and_not_spam_unteaches(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice")
    house.receive(account, mail(MALLORY, "One\n"))
    spam(house, 1, alice)
    house.receive(account, mail(MALLORY, "Two\n"))
    assert house.conversations()[1].status == "spam"
    assert house.messages(2)[0].flags == ["learned_spam"]
    assert senders(house) == [("mallory@bad.example", "learned", 1)]
    with house.store.unit_of_work() as work:
        act.not_spam(work, 2, alice)
    assert senders(house) == []
    house.receive(account, mail(MALLORY, "Three\n"))
    assert house.conversations()[2].status == "open"


def test_spam_under_a_customers_name_does_not_silence_the_customer(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice")
    house.receive(account, mail(text="Real\n"))
    house.receive(account, mail(text="Forged\n"))
    spam(house, 2, alice)
    assert senders(house) == []
    house.receive(account, mail(text="Real again\n"))
    assert house.conversations()[2].status == "open"


def test_what_was_learned_of_a_forged_mail_does_not_meet_the_true_sender(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice")
    forged: dict[str, Any] = {"Authentication_Results": 'mx.example.com; spf=fail reason="dmarc=pass"; dmarc=fail'}
    house.receive(account, mail(text="Forged\n", **forged))
    spam(house, 1, alice)
    house.receive(account, mail(text="True\n", **PASS), mail(text="Forged again\n", **forged))
    assert [one.status for one in house.conversations()] == ["spam", "open", "spam"]


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("gmail.com", "Everybody can have an address"),
        ("support@example.com", "one of ours"),
        ("example.com", "one of ours"),
        ("nobody", "Write a mail address"),
        ("", "Write a mail address"),
        ("a b@c.example", "Write a mail address"),
    ],
)
def test_what_cannot_be_blocked(house: House, what: str, why: str) -> None:
    house.add_account()
    alice = house.add_teammate("Alice")
    with pytest.raises(RefusedError, match=why), house.store.unit_of_work() as work:
        unwanted.block(work, what, alice)


def test_undoing_a_block_leaves_what_was_blocked_before(house: House) -> None:
    account, alice, bob = house.add_account(), house.add_teammate("Alice"), house.add_teammate("Bob")
    house.receive(account, mail(MALLORY, "One\n"))
    with house.store.unit_of_work() as work:
        unwanted.block(work, "mallory@bad.example", alice)
        number = bulk.one(work, "block", {"value": "mallory@bad.example"}, 1, bob)
    with house.store.unit_of_work() as work:
        bulk.undo(work, number, bob)
    assert senders(house) == [("mallory@bad.example", "blocked", 0)]
    assert house.conversations()[0].status == "open"
