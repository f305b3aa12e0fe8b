"""Each arrival is placed by one reader, and a question before its answer, whoever died or slept in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from house import House, mail

from connectors.contract import Arrival, Batch
from inbox.flow import quarantine
from inbox.flow.hear import hear
from inbox.flow.pull import pull_once
from inbox.flow.read import read_items, read_pending
from inbox.store import arrivals
from inbox.store.arrivals import LEASE


@dataclass
class Shelf:
    """A provider that has these."""

    arrivals: list[Arrival] = field(default_factory=list)

    def fetch(self, cursor: str | None) -> Batch:
        return Batch(self.arrivals, "read")


def arrival(house: House, name: str, raw: bytes) -> Arrival:
    return Arrival(name, raw, house.clock.now)


def test_a_reader_who_slept_past_its_lease_places_nothing_twice(house: House) -> None:
    account = house.add_account()
    slow = hear(house.context, account, [arrival(house, "1", mail())])
    house.clock.move(seconds=LEASE.total_seconds() + 1)

    assert read_pending(house.context) == 1
    read_items(house.context, slow)

    [conversation] = house.conversations()
    assert len(house.messages(conversation.id or 0)) == 1
    assert house.ledger().threaded == 1


def test_a_reader_who_slept_does_not_place_what_another_is_reading(house: House) -> None:
    account = house.add_account()
    slow = hear(house.context, account, [arrival(house, "1", mail())])
    house.clock.move(seconds=LEASE.total_seconds() + 1)
    with house.store.unit_of_work() as work:
        [taken] = arrivals.claim(work, account, 10)

    read_items(house.context, slow)
    assert house.conversations() == []

    read_items(house.context, [taken])
    assert len(house.conversations()) == 1


def test_what_a_dead_reader_left_is_read_before_what_comes_after_it(house: House) -> None:
    account = house.add_account()
    question = arrival(house, "1", mail(message_id="question@customer.example"))
    hear(house.context, account, [question])  # and the process dies
    house.clock.move(seconds=LEASE.total_seconds() + 1)
    answer = mail(text="It works now.", reply_to_id="question@customer.example")

    pull_once(house.context, account, Shelf([arrival(house, "2", answer)]))

    [conversation] = house.conversations()
    assert len(house.messages(conversation.id or 0)) == 2


def test_what_the_store_could_not_take_is_read_before_what_comes_after_it(house: House) -> None:
    account = house.add_account()
    taken = hear(house.context, account, [arrival(house, "1", mail(message_id="question@customer.example"))])
    with house.store.unit_of_work() as work:
        arrivals.give_back(work, taken, work.now + timedelta(seconds=2))  # the database went away for a moment
    answer = mail(text="It works now.", reply_to_id="question@customer.example")

    hear(house.context, account, [arrival(house, "2", answer)], claimed=False)
    assert read_pending(house.context) == 0
    pull_once(house.context, account, Shelf([arrival(house, "3", mail(text="And again.", reply_to_id="x@y.example"))]))
    assert house.conversations() == []
    house.clock.move(seconds=3)
    read_pending(house.context)

    talks = sorted(len(house.messages(talk.id or 0)) for talk in house.conversations())
    assert talks == [1, 2], "the answer stands with its question"


def test_an_account_that_must_wait_keeps_no_other_waiting(house: House) -> None:
    first, second = house.add_account("help@example.com"), house.add_account("sales@example.com")
    hear(house.context, first, [arrival(house, "1", mail())])  # being read, or its reader died
    hear(house.context, second, [arrival(house, "1", mail())], claimed=False)

    assert read_pending(house.context) == 1
    [conversation] = house.conversations()
    assert conversation.account_id == second


def test_an_ignored_mail_can_be_taken_as_a_persons_when_a_copy_of_it_was_ignored_too(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice")
    raw = mail(subject="Out of office", Auto_Submitted="auto-replied")
    for name in ("1", "2"):
        read_items(house.context, hear(house.context, account, [arrival(house, name, raw)]))
    assert house.ledger().ignored == 2

    with house.store.unit_of_work() as work:
        quarantine.accept(work, 2, alice)
    read_pending(house.context)

    assert (house.ledger().threaded, house.ledger().ignored) == (1, 1)
    assert house.open_waits()[0].started_at == house.clock.now


def test_a_mail_is_not_set_aside_because_the_process_died_beside_it(house: House) -> None:
    account = house.add_account()
    mails = [arrival(house, str(number), mail(text=f"Mail {number}")) for number in range(10)]
    hear(house.context, account, mails)
    for _ in range(6):
        house.clock.move(seconds=LEASE.total_seconds() + 1)
        with house.store.unit_of_work() as work:
            arrivals.claim(work, account, 100)  # and the process dies

    house.clock.move(seconds=LEASE.total_seconds() + 1)
    while read_pending(house.context):
        pass

    ledger = house.ledger()
    assert (ledger.threaded, ledger.quarantined) == (9, 1), "only what it died of again and again is set aside"


def test_what_was_dropped_is_taken_up_at_once_and_placed_once(house: House) -> None:
    account = house.add_account()
    slow = hear(house.context, account, [arrival(house, "1", mail())])
    house.context.turns.dropped = True  # a reader met trouble with the store

    assert read_pending(house.context) == 1
    read_items(house.context, slow)  # and it was not dead after all

    assert (len(house.conversations()), house.ledger().threaded) == (1, 1)
    assert not house.context.turns.dropped
