"""A snooze hides work for a while; it never hides, stops or moves a wait."""

from __future__ import annotations

from datetime import timedelta

import pytest
from house import House, mail

from inbox.flow import act, snooze
from inbox.flow.errors import RefusedError
from inbox.flow.tick import next_at, tick
from inbox.store.tables import Conversation

HOUR = timedelta(hours=1)


def talk(house: House) -> tuple[int, int]:
    account, alice = house.add_account(), house.add_teammate("Alice")
    house.receive(account, mail())
    return alice, account


def the_one(house: House) -> Conversation:
    return house.conversations()[0]


def put_away(house: House, by: int, hours: float, **more: bool) -> None:
    with house.store.unit_of_work() as work:
        snooze.snooze(work, the_one(house).id or 0, house.clock.now + hours * HOUR, by, **more)


def test_it_comes_back_at_its_time_and_the_wait_went_on(house: House) -> None:
    alice, _ = talk(house)
    [wait] = house.open_waits()
    put_away(house, alice, 3)
    with house.store.reading() as session:
        assert next_at(session) == house.clock.now + 3 * HOUR
    house.clock.move(hours=2, minutes=59)
    tick(house.store)
    assert the_one(house).snoozed_until is not None
    house.clock.move(minutes=1)
    tick(house.store)
    tick(house.store)
    assert the_one(house).snoozed_until is None
    assert [(one.id, one.due_at) for one in house.open_waits()] == [(wait.id, wait.due_at)]
    told = [one.details["event"] for one in house.messages(1) if one.kind == "event"]
    assert told == ["snoozed", "woke"]


def test_past_the_deadline_only_when_somebody_says_so(house: House) -> None:
    alice, _ = talk(house)
    with pytest.raises(snooze.PastDeadlineError, match="waits for an answer before that"):
        put_away(house, alice, 24.5)
    assert the_one(house).snoozed_until is None
    put_away(house, alice, 24.5, past_deadline=True)
    assert the_one(house).snoozed_until == house.clock.now + 24.5 * HOUR
    due = house.open_waits()[0].due_at
    assert the_one(house).due_at == due


def test_whoever_writes_again_wakes_it(house: House) -> None:
    alice, account = talk(house)
    put_away(house, alice, 5)
    first = house.messages(1)[0].rfc_message_id
    house.receive(account, mail(text="Hello?\n", message_id="again@customer.example", reply_to_id=first))
    assert the_one(house).snoozed_until is None


@pytest.mark.parametrize("hours", [0, -1, 24 * 400])
def test_a_time_that_makes_no_sense_is_refused(house: House, hours: int) -> None:
    alice, _ = talk(house)
    with pytest.raises(RefusedError, match="Choose a time"):
        put_away(house, alice, hours, past_deadline=True)


def test_closing_and_spam_end_a_snooze(house: House) -> None:
    alice, _ = talk(house)
    for end in ("close", "spam"):
        put_away(house, alice, 5)
        with house.store.unit_of_work() as work:
            if end == "close":
                act.close(work, 1, alice, "They only said thanks.")
            else:
                act.mark_spam(work, 1, alice)
        assert the_one(house).snoozed_until is None
        with pytest.raises(RefusedError, match="Only an open conversation"):
            put_away(house, alice, 5)
        with house.store.unit_of_work() as work:
            act.reopen(work, 1, alice)


def test_a_wait_that_comes_back_wakes_it(house: House) -> None:
    alice, _ = talk(house)
    with house.store.unit_of_work() as work:
        act.no_reply_needed(work, 1, alice, "Answered elsewhere.")
    put_away(house, alice, 48)
    with house.store.unit_of_work() as work:
        act.reopen(work, 1, alice)
    assert the_one(house).snoozed_until is None
    assert len(house.open_waits()) == 1
