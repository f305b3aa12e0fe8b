"""What could not be read is not outside the promise: whoever wrote it waits since it came, until a person decides."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from house import House
from sqlmodel import select

from connectors import fake
from inbox.flow import data_jobs, erase, merge, quarantine, snooze
from inbox.flow.hear import hear
from inbox.flow.read import read_items, read_pending
from inbox.flow.tick import tick
from inbox.flow.verify import verify
from inbox.settings import Settings
from inbox.store import quarantine as rows
from inbox.store import standins
from inbox.store.tables import Account, Arrival, Blob, Contact, WaitStep

NO_MAIL = b"There is no header line here, only words.\n"
SUBJECT = "A message that could not be read"
DAY = timedelta(hours=24)


@pytest.fixture
def account(house: House) -> int:
    return house.add_account()


@pytest.fixture
def bubble(house: House) -> int:
    """An account of the made-up channel; what it cannot read may still name its sender."""
    fake.forget()
    with house.store.unit_of_work() as work:
        row = Account(kind="fake", address="bubble", name="Chat", created_at=work.now)
        work.session.add(row)
        work.session.flush()
        return row.id or 0


def come(house: House, account: int, raw: bytes) -> None:
    """Bring something through the corridor."""
    box = fake.box("bubble")
    box.deliver_raw(raw, house.clock.now)
    read_items(house.context, hear(house.context, account, box.arrivals[-1:]))


def mend(house: House, arrival_id: int, raw: bytes) -> None:
    """What could not be read can be read now: the reader has learnt it. The bytes are given the new meaning."""
    with house.store.unit_of_work() as work:
        arrival = work.session.get_one(Arrival, arrival_id)
        work.session.get_one(Blob, arrival.sha256).data = raw


def again(house: House, arrival_id: int, by: int) -> None:
    with house.store.unit_of_work() as work:
        quarantine.retry(work, arrival_id, by)
    read_pending(house.context)


def garbled(sender: str = "carol@customer.example") -> bytes:
    return json.dumps({"from": sender, "name": "Carol"}).encode()


def readable(text: str = "My invoice is wrong.", **more: object) -> bytes:
    said = {"from": "carol@customer.example", "name": "Carol", "subject": "Invoice", "text": text, **more}
    return json.dumps(said).encode()


def aside(house: House) -> list[rows.Row]:
    with house.store.reading() as session:
        return rows.page(session, state="quarantined")


def test_whoever_wrote_what_could_not_be_read_waits_since_it_came(house: House, account: int) -> None:
    came = house.clock.now - timedelta(hours=2)
    house.receive(account, NO_MAIL, at=came)

    [talk], [wait] = house.conversations(), house.open_waits()
    [message] = house.messages(talk.id or 0)
    assert (talk.subject, talk.status, talk.due_at) == (SUBJECT, "open", came + DAY)
    assert (wait.started_at, wait.message_id) == (came, message.id)
    assert standins.FLAG in message.flags
    assert message.raw_sha256 is not None
    tally = house.ledger()
    assert (tally.quarantined, tally.threaded, tally.balanced) == (1, 0, True)
    assert verify(house.store) == []

    house.clock.move(hours=22)
    tick(house.store)
    with house.store.reading() as session:
        assert "breach" in session.exec(select(WaitStep.step)).all()


def test_who_wrote_it_is_told_where_that_can_be_seen(house: House, bubble: int) -> None:
    come(house, bubble, garbled())
    [talk] = house.conversations()
    with house.store.reading() as session:
        assert session.get_one(Contact, talk.contact_id).name == "Carol"

    come(house, bubble, readable("Did you get my message?"))
    assert {one.contact_id for one in house.conversations()} == {talk.contact_id}


def test_the_same_thing_twice_is_one_conversation(house: House, account: int) -> None:
    house.receive(account, NO_MAIL, NO_MAIL)
    house.receive(account, NO_MAIL)
    assert (len(house.conversations()), len(house.open_waits()), house.ledger().quarantined) == (1, 1, 3)


def test_reading_it_again_in_vain_changes_nothing(house: House, account: int) -> None:
    alice = house.add_teammate("Alice")
    house.receive(account, NO_MAIL)
    again(house, aside(house)[0].id, alice)
    assert (len(house.conversations()), len(house.open_waits()), house.ledger().quarantined) == (1, 1, 1)


def test_read_at_last_it_takes_the_place_of_what_stood_for_it(house: House, bubble: int) -> None:
    alice, came = house.add_teammate("Alice"), house.clock.now
    come(house, bubble, b"nothing that could be read")
    [arrival], [before] = aside(house), house.conversations()
    house.clock.move(hours=3)
    mend(house, arrival.id, readable())
    again(house, arrival.id, alice)

    [talk], [wait] = house.conversations(), house.open_waits()
    [message] = house.messages(talk.id or 0)
    assert (talk.id, talk.subject, message.text) == (before.id, "Invoice", "My invoice is wrong.")
    assert (wait.started_at, wait.message_id, wait.due_at) == (came, message.id, came + DAY)
    assert standins.FLAG not in message.flags
    with house.store.reading() as session:
        assert session.get_one(Contact, talk.contact_id).name == "Carol"
        assert session.get_one(Contact, before.contact_id).merged_into == talk.contact_id
        arrived = session.get_one(Arrival, arrival.id)
    assert (arrived.state, arrived.message_id) == ("threaded", message.id)
    assert house.ledger().balanced
    assert verify(house.store, quick=True) == []


def test_read_at_last_it_joins_the_conversation_that_it_answers(house: House, bubble: int) -> None:
    alice = house.add_teammate("Alice")
    come(house, bubble, readable("It broke.", message_id="first@customer.example"))
    [thread] = house.conversations()
    house.clock.move(hours=1)
    house.reply(thread.id or 0, alice, "Since when?")
    house.deliver()
    asked = house.messages(thread.id or 0)[-1].rfc_message_id
    house.clock.move(hours=1)
    came = house.clock.now
    come(house, bubble, b"nothing that could be read")
    house.clock.move(hours=1)
    come(house, bubble, readable("Are you there?", references=["first@customer.example"]))
    assert len(house.open_waits()) == 2
    [arrival] = aside(house)
    mend(house, arrival.id, readable("Since Monday.", references=[asked]))
    again(house, arrival.id, alice)

    [wait] = house.open_waits()
    assert (wait.conversation_id, wait.started_at, wait.due_at) == (thread.id, came, came + DAY)
    said = [one.text for one in house.messages(thread.id or 0) if one.kind == "message"]
    assert said == ["It broke.", "Since when?", "Since Monday.", "Are you there?"]
    assert [one.merged_into for one in house.conversations()] == [None, thread.id]
    assert house.ledger().balanced
    assert verify(house.store, quick=True) == []


def test_read_at_last_it_wakes_the_conversation_that_it_joins(house: House, bubble: int) -> None:
    alice = house.add_teammate("Alice")
    come(house, bubble, readable("It broke.", message_id="first@customer.example"))
    with house.store.unit_of_work() as work:
        snooze.snooze(work, 1, house.clock.now + timedelta(hours=20), alice)
    house.clock.move(hours=1)
    come(house, bubble, garbled())
    [arrival] = aside(house)
    mend(house, arrival.id, readable("It is urgent now.", references=["first@customer.example"]))
    again(house, arrival.id, alice)

    thread, stood = house.conversations()
    assert (stood.merged_into, [wait.conversation_id for wait in house.open_waits()]) == (thread.id, [thread.id])
    assert (thread.status, thread.snoozed_until, thread.snoozed_by) == ("open", None, None)


def test_read_at_last_it_stays_where_others_have_written_too(house: House, bubble: int) -> None:
    alice = house.add_teammate("Alice")
    come(house, bubble, readable("It broke.", message_id="first@customer.example"))
    come(house, bubble, garbled())
    come(house, bubble, readable("Mine, too.", **{"from": "dana@x.example"}, message_id="dana@x.example"))
    with house.store.unit_of_work() as work:
        merge.merge(work, 3, 2, alice)
    [arrival] = aside(house)
    mend(house, arrival.id, readable("Since Monday.", references=["first@customer.example"]))
    again(house, arrival.id, alice)
    assert [wait.conversation_id for wait in house.open_waits()] == [1, 2]
    assert verify(house.store, quick=True) == []


def test_a_machines_mail_that_is_read_at_last_keeps_nobody_waiting(house: House, bubble: int) -> None:
    alice = house.add_teammate("Alice")
    come(house, bubble, garbled())
    [arrival] = aside(house)
    mend(house, arrival.id, readable("I am away.", nature="auto_reply"))
    again(house, arrival.id, alice)

    [wait], [talk] = house.waits(), house.conversations()
    assert (wait.cause, talk.status) == ("no_reply_needed", "closed")
    assert wait.reason
    assert verify(house.store, quick=True) == []


def test_who_was_answered_already_does_not_wait_again_when_it_is_read(house: House, bubble: int) -> None:
    alice = house.add_teammate("Alice")
    come(house, bubble, garbled())
    [arrival], [talk] = aside(house), house.conversations()
    house.clock.move(hours=1)
    house.reply(talk.id or 0, alice, "Your message did not reach us whole. What did you write?")
    house.deliver()
    assert house.open_waits() == []
    house.clock.move(hours=1)
    mend(house, arrival.id, readable())
    again(house, arrival.id, alice)

    assert house.open_waits() == []
    assert house.messages(talk.id or 0)[0].text == "My invoice is wrong."
    assert verify(house.store, quick=True) == []


def test_letting_it_go_ends_the_wait_with_the_reason(house: House, account: int) -> None:
    alice = house.add_teammate("Alice")
    house.receive(account, NO_MAIL)
    with house.store.unit_of_work() as work:
        quarantine.discard(work, aside(house)[0].id, alice, "An old log file")

    [wait], [talk] = house.waits(), house.conversations()
    assert (wait.cause, wait.reason, wait.closed_by) == ("no_reply_needed", "An old log file", alice)
    assert (talk.status, talk.due_at) == ("closed", None)
    assert house.ledger().balanced
    assert verify(house.store, quick=True) == []


def test_who_wrote_again_meanwhile_still_waits_when_it_is_let_go(house: House, bubble: int) -> None:
    alice = house.add_teammate("Alice")
    come(house, bubble, garbled())
    [arrival], [first] = aside(house), house.conversations()
    come(house, bubble, readable("Here it is once more."))
    [_, second] = house.conversations()
    with house.store.unit_of_work() as work:
        merge.merge(work, second.id or 0, first.id or 0, alice)
    with house.store.unit_of_work() as work:
        quarantine.discard(work, arrival.id, alice, "Sent again, whole")
    assert len(house.open_waits()) == 1


def test_what_was_in_the_mailbox_before_and_what_we_sent_keeps_nobody_waiting(house: House) -> None:
    account = house.add_account(history_before=house.clock.now.isoformat())
    house.receive(account, NO_MAIL, at=house.clock.now - timedelta(days=400))
    house.receive(account, b"Sent, but by what?\n", direction="out", folder="Sent")
    assert (house.conversations(), house.ledger().quarantined) == ([], 2)
    assert verify(house.store) == []


def test_what_was_erased_stands_for_nothing_any_more(house: House, bubble: int, tmp_path: Path) -> None:
    house.context = replace(house.context, settings=Settings(data_dir=tmp_path / "house"))
    alice = house.add_teammate("Alice", "founder")
    come(house, bubble, garbled())
    [arrival], [talk] = aside(house), house.conversations()
    with house.store.unit_of_work() as work:
        erase.ask(work, talk.contact_id, alice)
    assert data_jobs.run_next(house.context)
    with house.store.reading() as session:
        assert garbled() not in [blob.data for blob in session.exec(select(Blob))]

    again(house, arrival.id, alice)
    assert len(house.conversations()) == 1
    assert (house.ledger().quarantined, house.ledger().balanced) == (0, True)


def test_the_reply_answers_who_wrote_it(house: House, bubble: int) -> None:
    alice = house.add_teammate("Alice")
    come(house, bubble, garbled())
    [talk] = house.conversations()
    house.reply(talk.id or 0, alice, "Please send it once more.")
    house.deliver()
    [left] = fake.box("bubble").sent
    assert [one.value for one in left.to] == ["carol@customer.example"]


@pytest.mark.parametrize("pose", ["mail", "x", "sms", "whatsapp", "voice", "telegram", "widget"])
def test_whoever_writes_or_rings_by_whatever_channel_waits(house: House, pose: str) -> None:
    """A missed call, a mention, a chat: what a channel reads as a person's opens a wait, and nothing else does."""
    fake.forget()
    with house.store.unit_of_work() as work:
        row = Account(kind="fake", address="bubble", name="Us", settings={"poses_as": pose}, created_at=work.now)
        work.session.add(row)
        work.session.flush()
        account = row.id or 0
    came = house.clock.now - timedelta(hours=1)
    box = fake.box("bubble")
    box.deliver("Missed call, 40 s. No message was left.", sender="+33612345678", name="Carol", received_at=came)
    box.deliver("I am a robot.", sender="+33600000000", received_at=came, nature="auto_reply")
    box.deliver_raw(garbled("+33699999999"), came)
    read_items(house.context, hear(house.context, account, box.arrivals))

    assert [(wait.started_at, wait.due_at) for wait in house.open_waits()] == [(came, came + DAY)] * 2
    assert {talk.channel for talk in house.conversations()} == {pose}
    assert house.ledger().ignored == 1
