"""Who looks at what: said often, written seldom, forgotten soon; on both databases."""

from __future__ import annotations

import pytest
from house import House
from sqlmodel import select
from stores import MovedClock

from inbox.flow import presence
from inbox.flow.errors import RefusedError
from inbox.store.db import Store
from inbox.store.tables import Presence

ALICE_TAB, BOB_TAB = "alice0001", "bob000001"


@pytest.fixture
def house(store: Store, clock: MovedClock) -> House:
    made = House(store, clock)
    made.add_teammate("Alice")
    made.add_teammate("Bob")
    return made


def say(house: House, by: int, tab: str, conversation: int, typing: str = "") -> None:
    with house.store.unit_of_work() as work:
        presence.here(work, by, tab, conversation, typing)


def seen(house: House) -> list[tuple[int, str, str]]:
    with house.store.reading() as session:
        return [(one.conversation_id, one.name, one.typing) for one in presence.now_here(session, house.clock())]


def rows(house: House) -> list[Presence]:
    with house.store.reading() as session:
        return list(session.exec(select(Presence)).all())


def test_two_people_at_one_conversation_are_both_seen(house: House) -> None:
    say(house, 1, ALICE_TAB, 7)
    say(house, 2, BOB_TAB, 7, "reply")
    assert seen(house) == [(7, "Alice", ""), (7, "Bob", "reply")]


def test_a_person_with_two_pages_is_seen_once_and_typing_counts(house: House) -> None:
    say(house, 1, ALICE_TAB, 7, "note")
    say(house, 1, "alice0002", 7)
    say(house, 1, "alice0003", 8)
    assert seen(house) == [(7, "Alice", "note"), (8, "Alice", "")]


def test_going_elsewhere_takes_the_face_along(house: House) -> None:
    say(house, 1, ALICE_TAB, 7, "reply")
    say(house, 1, ALICE_TAB, 8)
    assert seen(house) == [(8, "Alice", "")]
    say(house, 1, ALICE_TAB, 0)
    assert seen(house) == []


def test_who_falls_silent_stops_typing_then_is_gone(house: House) -> None:
    say(house, 1, ALICE_TAB, 7, "reply")
    house.clock.move(seconds=15)
    assert seen(house) == [(7, "Alice", "")]
    house.clock.move(seconds=11)
    assert seen(house) == []


def test_saying_the_same_again_at_once_writes_nothing(house: House) -> None:
    say(house, 1, ALICE_TAB, 7)
    first = rows(house)[0].seen_at
    house.clock.move(seconds=4)
    say(house, 1, ALICE_TAB, 7)
    assert rows(house)[0].seen_at == first
    house.clock.move(seconds=2)
    say(house, 1, ALICE_TAB, 7)
    assert rows(house)[0].seen_at == house.clock.now


def test_rows_stay_few_whatever_pages_say(house: House) -> None:
    for number in range(presence.MOST_TABS + 15):
        house.clock.move(seconds=1)
        say(house, 1, f"alice{number:04}", number + 1)
    assert len(rows(house)) == presence.MOST_TABS
    house.clock.move(minutes=2)
    say(house, 2, BOB_TAB, 7)
    assert [row.teammate_id for row in rows(house)] == [2]


def test_a_listener_of_the_store_hears_of_it(house: House) -> None:
    rung: list[int] = []
    stop = house.store.on_change(lambda: rung.append(1))
    say(house, 1, ALICE_TAB, 7)
    say(house, 1, ALICE_TAB, 7)
    stop()
    assert rung == [1]


@pytest.mark.parametrize(
    ("tab", "conversation", "typing"),
    [("short", 7, ""), ("x" * 40, 7, ""), ("alice\n0001", 7, ""), (ALICE_TAB, -1, ""), (ALICE_TAB, 7, "poem")],
)
def test_nonsense_is_refused(house: House, tab: str, conversation: int, typing: str) -> None:
    with pytest.raises(RefusedError):
        say(house, 1, tab, conversation, typing)
    assert rows(house) == []
