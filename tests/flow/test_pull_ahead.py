"""A long catch-up fetches the next batch while it reads the one before, and loses nothing by it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from house import House, mail

from connectors.contract import Arrival, Batch
from connectors.errors import Temporary
from inbox.flow.pull import pull_all
from inbox.flow.read import read_items
from inbox.store import accounts

SIZE = 2


class Shelf:
    """Mails on a shelf, two a batch. `at(n, what)` does something as soon as fetch number n begins."""

    def __init__(self, house: House, count: int) -> None:
        self.mails = [
            Arrival(f"INBOX;1;{number}", mail(subject=f"Question {number}"), house.clock.now) for number in range(count)
        ]
        self.asked: list[str | None] = []
        self.fetching = threading.Semaphore(0)
        self._doing: dict[int, Callable[[], object]] = {}

    def at(self, number: int, what: Callable[[], object]) -> None:
        self._doing[number] = what

    def fetch(self, cursor: str | None) -> Batch:
        self.asked.append(cursor)
        self.fetching.release()
        self._doing.get(len(self.asked), lambda: None)()
        start = int(cursor or 0)
        stop = min(start + SIZE, len(self.mails))
        return Batch(self.mails[start:stop], str(stop), more=stop < len(self.mails))


def cursor_of(house: House, account_id: int) -> str | None:
    with house.store.reading() as session:
        account = accounts.get(session, account_id)
    assert account is not None
    return account.cursor


def test_everything_is_pulled_once_and_in_order(house: House) -> None:
    account_id, shelf = house.add_account(), Shelf(house, 7)
    assert pull_all(house.context, account_id, shelf) == 7
    assert shelf.asked == [None, "2", "4", "6"]
    assert [one.subject for one in house.conversations()] == [f"Question {number}" for number in range(7)]
    assert cursor_of(house, account_id) == "7"


def test_the_next_batch_is_fetched_while_this_one_is_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    account_id, shelf, seen = house.add_account(), Shelf(house, 4), []

    def slow(*given: object) -> None:
        seen.append(True)
        # Two fetches have begun although the first batch is not read yet.
        if len(seen) == 1:
            assert shelf.fetching.acquire(timeout=10)
            assert shelf.fetching.acquire(timeout=10)
        read_items(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("inbox.flow.pull.read_items", slow)
    assert pull_all(house.context, account_id, shelf) == 4


def test_a_fetch_that_fails_ahead_spoils_nothing_before_it(house: House) -> None:
    account_id, shelf = house.add_account(), Shelf(house, 6)

    def fail() -> None:
        raise Temporary("The line is dead.")

    shelf.at(2, fail)
    with pytest.raises(Temporary, match="The line is dead"):
        pull_all(house.context, account_id, shelf)
    assert (house.ledger().threaded, cursor_of(house, account_id)) == (2, "2")
    assert pull_all(house.context, account_id, shelf) == 4
    assert house.ledger().threaded == 6


def test_what_was_fetched_for_another_cursor_is_thrown_away(house: House) -> None:
    """The account was changed meanwhile: its cursor was taken away, and reading begins anew."""
    account_id, shelf, begun = house.add_account(), Shelf(house, 4), []

    def go_on() -> bool:
        begun.append(True)
        if len(begun) == 2:
            with house.store.unit_of_work() as work:
                accounts.move_cursor(work, account_id, None, None)
        return True

    assert pull_all(house.context, account_id, shelf, go_on) == 4
    assert shelf.asked[:3] == [None, "2", None]
    assert house.ledger().threaded == 4


def test_a_stop_ends_it_between_two_batches(house: House) -> None:
    account_id, shelf, rounds = house.add_account(), Shelf(house, 8), iter([True, False])
    assert pull_all(house.context, account_id, shelf, lambda: next(rounds)) == 2
    assert cursor_of(house, account_id) == "2"


def test_being_caught_up_is_dated_by_the_asking(house: House) -> None:
    """What arrives while the last batch is on its way is not said to be here."""
    account_id, shelf = house.add_account(), Shelf(house, 3)
    asked_at = house.clock.now
    shelf.at(2, lambda: house.clock.move(minutes=5))
    pull_all(house.context, account_id, shelf)
    with house.store.reading() as session:
        account = accounts.get(session, account_id)
    assert account is not None
    assert account.caught_up_at == asked_at
