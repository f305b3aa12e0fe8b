"""The lists ask the same questions of SQLite and of PostgreSQL, and get the same answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from house import House, mail
from past import Past
from stores import MovedClock, postgres_store, sqlite_store

from inbox.flow import act
from inbox.store import contacts, counting, listing
from inbox.web.lists import place

HOUR = timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    clock = MovedClock()
    if request.param == "sqlite":
        with sqlite_store(tmp_path, clock) as store:
            yield House(store, clock)
    else:
        with postgres_store(request.getfixturevalue("postgres_server"), clock) as store:
            yield House(store, clock)


def test_pages_counts_and_the_promise(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice")
    for number in range(7):
        letter = mail(f"P <p{number}@x.example>", f"w{number}", subject=f"S{number}", message_id=f"n{number}@x")
        house.receive(account, letter, at=house.clock.now - 5 * number * HOUR)
    with house.store.unit_of_work() as work:
        act.assign(work, house.conversations()[0].id or 0, alice, alice)
        act.tag(work, house.conversations()[0].id or 0, "bug", alice)
    with house.store.reading() as session:
        for view, size in (("waiting", 7), ("all", 7), ("open", 7), ("mine", 1), ("unassigned", 6), ("closed", 0)):
            seen: list[int] = []
            before = None
            while True:
                listed = listing.page(session, view, alice, before, limit=2)
                seen += [row.id for row in listed.rows]
                before = listed.next
                if before is None:
                    break
            assert len(seen) == len(set(seen)) == size, view
        waiting = listing.page(session, "waiting", alice).rows
        assert [row.due_at for row in waiting] == sorted(row.due_at for row in waiting if row.due_at)
        assert [row.tags for row in waiting if row.assignee] == [["bug"]]
        now = house.clock.now
        assert listing.counts(session, alice, now) == listing.Counts(7, 1, 6, due_soon=0, overdue=2)
        assert listing.kept(session, now) == listing.Kept(0, 2)
        assert listing.last_reply(session) is None
        assert [value for _, value in contacts.find(session, "P3@")] == ["p3@x.example"]


def test_the_promise_in_the_head_is_the_one_of_the_promise_page(house: House) -> None:
    """Who gave up after it was due did not keep it, and what was due in four hours is not told as 24."""
    past = Past(house.store)
    past.wait(house.clock.now - 50 * HOUR, 3, by="Bob")
    past.wait(house.clock.now - 50 * HOUR, 30, by="Bob", cause="no_reply_needed")
    past.wait(house.clock.now - 50 * HOUR, 3, by="Bob", cause="no_reply_needed")
    with house.store.reading() as session:
        assert listing.kept(session, house.clock.now) == listing.Kept(1, 2, plain=True)
    past.wait(house.clock.now - 50 * HOUR, 5, by="Bob", hours=4)
    with house.store.reading() as session:
        assert listing.kept(session, house.clock.now) == listing.Kept(1, 3, plain=False)


def test_a_count_stops_at_the_ceiling(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "CEILING", 2)
    account = house.add_account()
    house.receive(account, *[mail(f"P <p{n}@x.example>", f"w{n}", message_id=f"n{n}@x") for n in range(5)])
    with house.store.reading() as session:
        assert listing.counts(session, 1, house.clock.now).waiting == 3


def test_a_promise_kept_is_never_rounded_up() -> None:
    assert listing.Kept(999, 1000).percent == 99
    assert listing.Kept(0, 0).percent is None


@pytest.mark.parametrize("text", ["", "x-1", "1-x", "-", "1", "9" * 30 + "-1", "1-" + "9" * 30, "٣-1"])
def test_a_place_that_is_none_is_the_beginning(text: str) -> None:
    assert place(text) is None
