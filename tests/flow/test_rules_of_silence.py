"""Rules for those who have been silent for long: a sweep costs the same however many they are, and misses nobody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from climbing import Desk
from house import House

from inbox.flow import rule_runs, rules, snooze
from inbox.flow.rules import Draft
from inbox.store import conversations
from inbox.store import rules as rows
from inbox.store.tables import Rule
from rules.automation import Wish


@pytest.fixture
def desk(house: House) -> Desk:
    """Whoever has been silent for three days is tagged."""
    made = Desk(house)
    with house.store.unit_of_work() as work:
        rules.save(work, made.alice, Draft("Silent", "silent", 72, wish=Wish(tag=("asleep",))))
    return made


def answered(desk: Desk, number: int) -> list[int]:
    """So many write, and each is answered a minute later."""
    talks = []
    for one in range(number):
        talks.append(desk.write(f"Person{one}"))
        desk.clock.move(minutes=1)
        desk.answer(talks[-1], desk.bo)
    return talks


def put_away(desk: Desk, conversation: int) -> None:
    with desk.house.store.unit_of_work() as work:
        snooze.snooze(work, conversation, desk.clock.now + timedelta(days=6), desk.bo)


def bring_back(desk: Desk, conversation: int) -> None:
    with desk.house.store.unit_of_work() as work:
        snooze.wake(work, conversation, desk.bo)


def tags(desk: Desk, conversation: int) -> list[str]:
    with desk.house.store.reading() as session:
        return conversations.tags_of(session, conversation)


def test_whoever_is_back_from_a_snooze_is_found_though_the_sweeps_have_come_further(desk: Desk) -> None:
    talks = answered(desk, 3)
    put_away(desk, talks[0])
    desk.clock.move(days=4)
    assert rule_runs.sweep(desk.house.store) == 2
    bring_back(desk, talks[0])
    assert [rule_runs.sweep(desk.house.store) for _ in range(2)] == [1, 0]
    assert [tags(desk, one) for one in talks] == [["asleep"]] * 3


def test_rounds_come_past_everybody_a_few_at_a_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    talks = answered(desk, 5)
    put_away(desk, talks[2])
    desk.clock.move(days=4)
    places: dict[int, rows.Place | None] = {}
    assert rule_runs.sweep(desk.house.store, places) == 4
    monkeypatch.setattr(rows, "ROUND", 2)
    bring_back(desk, talks[2])
    assert sorted(rule_runs.sweep(desk.house.store, places) for _ in range(4)) == [0, 0, 0, 1]
    assert tags(desk, talks[2]) == ["asleep"]


def test_many_who_fall_silent_together_are_looked_at_in_portions(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_runs, "BATCH", 2)
    talks = answered(desk, 5)
    desk.clock.move(days=4)
    assert [rule_runs.sweep(desk.house.store) for _ in range(4)] == [2, 2, 1, 0]
    assert [tags(desk, one) for one in talks] == [["asleep"]] * 5


def test_what_is_newly_silent_is_one_short_walk_along_an_index(desk: Desk) -> None:
    answered(desk, 1)
    desk.clock.move(days=4)
    assert [rule_runs.sweep(desk.house.store) for _ in range(2)] == [1, 0]
    with desk.house.store.reading() as session:
        rule = session.get_one(Rule, 1)
        if desk.house.store.dialect == "sqlite":
            asked = plans(session, lambda: rows.fallen_silent(session, rule, desk.clock.now, 100))
            assert "updated_at>? AND updated_at<?" in asked
            assert "SCAN" not in asked
            assert "TEMP B-TREE" not in asked


def plans(session: Any, ask: Callable[[], object]) -> str:
    """Return how SQLite answers what is asked meanwhile."""
    asked: list[tuple[str, Any]] = []

    def remember(*told: Any) -> None:
        asked.append((told[2], told[3]))

    sa.event.listen(session.get_bind(), "before_cursor_execute", remember)
    ask()
    sa.event.remove(session.get_bind(), "before_cursor_execute", remember)
    told = [session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given).all() for text, given in asked]
    return "\n".join(str(row[-1]) for found in told for row in found)
