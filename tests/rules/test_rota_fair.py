"""What people carry, whether that is fair, and who could fill a hole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.rota import Absence, Slot
from rules.rota_fair import Load, balance, loads, suggest

ALICE, BOB, CAROL = 1, 2, 3
PARIS = ZoneInfo("Europe/Paris")
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=PARIS).astimezone(UTC)


def slot(start: str, end: str, *people: int) -> Slot:
    return Slot(at(start), at(end), people)


@pytest.mark.parametrize(
    ("start", "end", "hours", "weighted"),
    [
        ("03-04T09:00", "03-04T18:00", {"day": 9}, 9),
        ("03-04T17:00", "03-04T23:00", {"day": 1, "evening": 4, "night": 1}, 8),
        ("03-07T09:00", "03-08T09:00", {"weekend": 16, "night": 8}, 40),
        ("07-13T22:00", "07-14T22:00", {"night": 2, "holiday": 22}, 48),
        ("03-28T22:00", "03-29T06:00", {"night": 7}, 14),  # an hour is missing in that night
        ("10-24T22:00", "10-25T06:00", {"night": 9}, 18),
    ],
)
def test_hours_weigh_by_what_they_take_from_ones_own_life(
    start: str, end: str, hours: dict[str, float], weighted: float
) -> None:
    [load] = loads([slot(start, end, ALICE)], [ALICE], PARIS, holidays={date(2026, 7, 14)})
    assert (load.hours, load.weighted, load.total) == (hours, weighted, sum(hours.values()))


def test_replies_count_and_being_away_is_no_laziness() -> None:
    week = [slot("03-02T09:00", "03-02T19:00", ALICE), slot("03-02T19:00", "03-12T09:00", BOB)]
    away = Absence(ALICE, at("03-02T00:00"), at("03-07T09:00"))
    found = {
        load.person: load for load in loads(week, [ALICE, BOB, CAROL], PARIS, replies={CAROL: 8}, absences=[away, away])
    }
    assert found[ALICE].available == pytest.approx(0.5)
    assert found[ALICE].normal == pytest.approx(2 * (9 + 1.25))
    assert found[CAROL].normal == 2


@pytest.mark.parametrize(
    ("shares", "expected"), [((40, 40, 20), 2 / 3), ((7, 7), 1), ((5, 0), 0), ((0, 0), 1), ((3,), None), ((), None)]
)
def test_balance_is_the_mean_of_all_pairs(shares: tuple[float, ...], expected: float | None) -> None:
    found = balance(Load(person, {"day": share}) for person, share in enumerate(shares))
    assert found == (expected if expected is None else pytest.approx(expected))


def test_a_hole_is_for_who_carried_least_is_there_and_was_off_longest() -> None:
    even = [Load(person, {"day": 8.0}) for person in (ALICE, BOB, CAROL)]
    week = [
        slot("03-02T09:00", "03-02T17:00", ALICE),
        slot("03-03T09:00", "03-03T17:00", BOB),
        slot("03-06T09:00", "03-06T17:00", CAROL),
    ]
    hole = at("03-05T09:00"), at("03-05T17:00")
    assert [one.person for one in suggest(*hole, even, week)] == [CAROL, ALICE, BOB]
    light = [*even[:2], Load(CAROL, {"day": 9.0})]
    found = suggest(*hole, light, week, [Absence(ALICE, hole[0] - HOUR, hole[0] + HOUR)])
    assert [(one.person, one.before) for one in found] == [(BOB, 40 * HOUR), (CAROL, timedelta(days=36_500))]
    assert [one.person for one in suggest(week[0].start, week[0].end, even, week)] == [CAROL, BOB]
