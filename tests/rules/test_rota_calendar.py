"""The rota as people read it, on their own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.rota import Absence, Slot
from rules.rota_calendar import away_throughout, days, days_off, hour_of_week, joined, monday, shifts, usually

PARIS = ZoneInfo("Europe/Paris")
ALICE, BOB = 1, 2


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slot(start: str, end: str, *people: int, why: str = "turn:1:0") -> Slot:
    return Slot(at(start), at(end), people, (why,))


def test_a_shift_is_cut_at_the_midnights_of_the_reader() -> None:
    night = slot("2026-11-02T20:00", "2026-11-03T08:00", ALICE)
    [monday_, tuesday] = days([night], PARIS, date(2026, 11, 2), 2)
    assert [(part.begins, part.ends) for part in monday_.parts] == [(True, False)]
    assert [(part.begins, part.ends) for part in tuesday.parts] == [(False, True)]
    [alone] = days([slot("2026-11-02T23:30", "2026-11-03T01:00", ALICE)], PARIS, date(2026, 11, 3), 1)
    assert [(part.begins, part.ends) for part in alone.parts] == [(True, True)]


def test_the_day_on_which_clocks_are_set_back_has_25_hours_and_loses_none() -> None:
    slots = [slot("2026-10-24T22:00", "2026-10-25T22:00", ALICE), slot("2026-10-25T22:00", "2026-10-25T23:00", BOB)]
    [day] = days(slots, PARIS, date(2026, 10, 25), 1)
    assert [part.slot.people for part in day.parts] == [(ALICE,), (BOB,)]


def test_two_turns_of_one_person_stay_two_shifts_and_a_reason_splits_none() -> None:
    week = [
        slot("2026-11-02T09:00", "2026-11-03T09:00", ALICE),
        Slot(at("2026-11-03T09:00"), at("2026-11-04T09:00"), (ALICE,), ("turn:1:0", "swap:1")),
        slot("2026-11-04T09:00", "2026-11-05T09:00", ALICE, why="turn:1:1"),
        slot("2026-11-05T09:00", "2026-11-06T09:00", BOB, why="turn:1:2"),
    ]
    assert [(one.start.day, one.end.day) for one in shifts(week, ALICE)] == [(2, 4), (4, 5)]
    assert [one.people for one in joined(week)] == [(ALICE,), (ALICE,), (BOB,)]
    assert shifts(week, ALICE)[0].why == ("turn:1:0", "swap:1")


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-02T00:00", "2026-11-02T02:00", 3.0),
        ("2026-11-02T00:30", "2026-11-02T01:30", 2.0 * 0.5 + 1.0 * 0.5),
        ("2026-11-02T05:00", "2026-11-02T09:00", 0.0),
        ("2026-11-02T00:00", "2026-11-16T00:00", 6.0),
    ],
)
def test_how_many_usually_write_is_counted_by_the_hour(start: str, end: str, expected: float) -> None:
    assert usually({0: 2.0, 1: 1.0}, at(start), at(end)) == pytest.approx(expected)


def test_hours_of_the_week_begin_on_monday() -> None:
    assert [hour_of_week(at("2026-11-02T00:59")), hour_of_week(at("2026-11-08T23:00"))] == [0, 167]
    assert {monday(date(2026, 11, 2) + timedelta(days=n)) for n in range(7)} == {date(2026, 11, 2)}


def test_a_day_off_lasts_from_midnight_to_midnight_of_the_persons_own_clock() -> None:
    off = days_off(BOB, [date(2026, 11, 11), date(2026, 10, 25)], PARIS)  # on the earlier one clocks are set back
    assert [(one.start, one.end - one.start, one.why) for one in off] == [
        (at("2026-10-24T22:00"), timedelta(hours=25), "holiday"),
        (at("2026-11-10T23:00"), timedelta(hours=24), "holiday"),
    ]


@pytest.mark.parametrize(
    ("spans", "away"),
    [
        ([(0, 24)], True),
        ([(12, 30), (-5, 12)], True),
        ([(0, 11), (12, 24)], False),
        ([(1, 24)], False),
        ([(0, 23)], False),
        ([], False),
    ],
)
def test_somebody_is_away_throughout_only_without_a_break(spans: list[tuple[int, int]], away: bool) -> None:
    begins = at("2026-11-11T00:00")
    absences = [Absence(BOB, begins + timedelta(hours=first), begins + timedelta(hours=last)) for first, last in spans]
    absences.append(Absence(ALICE, begins, begins + timedelta(days=1)))
    assert away_throughout(absences, BOB, begins, begins + timedelta(days=1)) is away
