from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select
from stores import MovedClock, sqlite_store

from inbox.store.db import Store, StoreError
from inbox.store.tables import Change, Contact, Setting
from inbox.store.trouble import Trouble
from inbox.store.turn import Turn


def kinds(session: Session) -> list[str]:
    return list(session.exec(select(Change.kind).order_by(col(Change.seq))).all())


def test_what_fails_half_way_leaves_nothing(store: Store) -> None:
    class Sudden(Exception): ...

    def half_way() -> None:
        with store.unit_of_work() as work:
            work.session.add(Setting(key="a", value=1))
            work.announce("something")
            raise Sudden

    with pytest.raises(Sudden):
        half_way()

    with store.reading() as session:
        assert session.get(Setting, "a") is None
        assert kinds(session) == []


def test_listeners_hear_of_a_commit_that_announced_something_and_of_no_other(store: Store) -> None:
    heard: list[int] = []
    stop = store.on_change(lambda: heard.append(1))

    with store.unit_of_work() as work:
        work.session.add(Setting(key="quiet", value=1))
    with store.unit_of_work() as work:
        work.announce("loud")
    stop()
    with store.unit_of_work() as work:
        work.announce("unheard")

    assert len(heard) == 1


def test_a_reader_of_the_feed_never_misses_a_change_that_commits_late(store: Store) -> None:
    """Whoever has seen number n has seen every change below it, whoever else was writing."""
    seen = [0]
    missed: list[int] = []

    def write(name: str) -> None:
        for number in range(20):
            with store.unit_of_work() as work:
                work.announce(f"{name}{number}")

    def read() -> None:
        with store.reading() as session:
            found = list(session.exec(select(Change.seq).order_by(col(Change.seq))).all())
        missed.extend(seq for seq in found if seq is not None and seq <= seen[0] and seq not in known)
        known.update(seq for seq in found if seq is not None)
        seen[0] = max([*known, 0])

    known: set[int] = set()
    writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        read()
    read()

    assert len(known) == 60
    assert missed == []


def test_fresh_ids_rise_and_are_taken_once(store: Store) -> None:
    with store.unit_of_work() as work:
        first, second = work.ids(Contact, 3), work.ids(Contact, 2)
        work.insert(
            Contact,
            [
                {"id": one, "name": "", "notes": "", "merged_into": None, "created_at": work.now}
                for one in first + second
            ],
        )
    with store.unit_of_work() as work:
        third = work.ids(Contact, 1)

    taken = [*first, *second, *third]
    assert taken == sorted(set(taken))


def test_a_naive_time_is_refused(store: Store, clock: MovedClock) -> None:
    with pytest.raises(Trouble, match="no time zone"), store.unit_of_work() as work:
        work.session.add(Contact(name="Carol", created_at=clock.now.replace(tzinfo=None)))


def test_times_come_back_exact_and_in_utc(store: Store, clock: MovedClock) -> None:
    odd = clock.now + timedelta(microseconds=123_457)
    with store.unit_of_work() as work:
        work.session.add(Contact(name="Carol", created_at=odd))
    with store.reading() as session:
        [carol] = session.exec(select(Contact)).all()
        assert (carol.created_at, carol.created_at.utcoffset()) == (odd, timedelta(0))


def test_a_reader_cannot_write(sqlite: Store) -> None:
    def write() -> None:
        with sqlite.reading() as session:
            session.add(Setting(key="a", value=1))
            session.commit()

    with pytest.raises(Trouble):
        write()


def test_the_second_process_beside_a_server_is_not_the_owner(sqlite: Store) -> None:
    second = Store(sqlite.url, sqlite.clock)
    assert (sqlite.owner, second.owner) == (True, False)
    with second.unit_of_work() as work:
        work.session.add(Setting(key="from beside", value=1))
    second.close()

    with sqlite.reading() as session:
        assert session.get(Setting, "from beside") is not None


def test_a_store_in_memory_is_refused_with_a_sentence(clock: MovedClock) -> None:
    with pytest.raises(StoreError, match="must be a file"):
        Store("sqlite:///:memory:", clock)


def test_whoever_writes_all_the_time_lets_others_write_in_their_turn(tmp_path: Path) -> None:
    """Rows are counted, not seconds: while Bob waits, Mallory may end what she writes, and little more."""
    written, over, waited = [0], threading.Event(), []

    def write_on_and_on(store: Store) -> None:
        while not over.is_set():
            with store.unit_of_work() as work:
                for number in range(20):
                    work.announce(f"loud{number}")
            written[0] += 1

    with sqlite_store(tmp_path, MovedClock()) as store:
        mallory = threading.Thread(target=write_on_and_on, args=(store,))
        mallory.start()
        try:
            for _ in range(30):
                before = written[0]
                with store.unit_of_work():
                    waited.append(written[0] - before)
        finally:
            over.set()
            mallory.join(timeout=60)
    assert max(waited) <= 10, waited


def test_a_turn_that_never_comes_is_given_up_and_holds_nobody_up() -> None:
    turn = Turn()
    with turn.taken(1), pytest.raises(Trouble), turn.taken(0.01):
        pass
    with turn.taken(0.01):
        pass
