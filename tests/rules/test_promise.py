"""Weeks, near misses, ranks and samples of the founders' page."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from rules import promise
from rules.promise import Week

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("zone", "week", "hours"),
    [
        ("UTC", "2026-W45", 168),
        ("Europe/Paris", "2026-W13", 167),  # the night of 29 March has an hour less
        ("Europe/Paris", "2026-W43", 169),  # that of 25 October one more
        ("Australia/Lord_Howe", "2026-W14", 168.5),  # clocks that move by half an hour
        ("Asia/Kathmandu", "2026-W45", 168),
        ("America/Santiago", "2026-W36", 167),
    ],
)
def test_a_week_lasts_from_midnight_to_midnight_whatever_clocks_do(zone: str, week: str, hours: float) -> None:
    found = promise.read_week(week)
    assert found is not None
    start, end = promise.bounds(found, ZoneInfo(zone))
    assert end - start == timedelta(hours=hours)
    assert start.astimezone(ZoneInfo(zone)).weekday() == 0
    assert promise.week_of(start, ZoneInfo(zone)) == found
    assert promise.week_of(end - timedelta(microseconds=1), ZoneInfo(zone)) == found
    assert promise.week_of(end, ZoneInfo(zone)) == found.later(1)


def test_weeks_leave_no_gap_and_do_not_overlap_in_any_zone() -> None:
    for name in sorted(available_timezones())[::7]:
        zone, week = ZoneInfo(name), Week(2024, 50)
        for _ in range(110):
            assert promise.bounds(week, zone)[1] == promise.bounds(week.later(1), zone)[0], (name, week)
            week = week.later(1)


@pytest.mark.parametrize(
    ("text", "monday"),
    [
        ("2026-W45", date(2026, 11, 2)),
        ("2026-W53", date(2026, 12, 28)),
        ("2025-W53", None),  # that year has 52
        ("2026-W00", None),
        ("0001-W01", None),
        ("2026-45", None),
        ("", None),
        ("\uff12026-W45", None),  # a digit of another script
    ],
)
def test_weeks_are_read_from_addresses(text: str, monday: date | None) -> None:
    found = promise.read_week(text)
    assert (found.monday if found else None) == monday
    if found:
        assert promise.read_week(found.name) == found


@pytest.mark.parametrize(
    ("promised", "took", "near"),
    [
        (24, 20, False),
        (24, 20.01, True),
        (24, 24, True),
        (24, 24.01, False),
        (48, 40.5, True),
        (48, 24, False),
        (2, 1.7, True),
    ],
)
def test_a_near_miss_took_more_than_five_sixths_of_its_time(promised: float, took: float, near: bool) -> None:
    start = datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert promise.near_miss(start, start + timedelta(hours=promised), start + timedelta(hours=took)) is near


@pytest.mark.parametrize(
    ("number", "share", "place"),
    [
        (1, 0.5, 0),
        (2, 0.5, 0),
        (3, 0.5, 1),
        (4, 0.5, 1),
        (10, 0.9, 8),
        (11, 0.9, 9),
        (100, 0.9, 89),
        (1, 0.9, 0),
        (5, 1, 4),
    ],
)
def test_percentiles_are_values_that_somebody_had(number: int, share: float, place: int) -> None:
    assert promise.rank(number, share) == place


@pytest.mark.parametrize(("kept", "settled", "said"), [(0, 0, None), (999, 1000, 99), (1000, 1000, 100), (1, 3, 33)])
def test_a_broken_promise_is_never_rounded_away(kept: int, settled: int, said: int | None) -> None:
    assert promise.percent(kept, settled) == said


def test_a_sample_is_the_same_for_its_week_and_another_for_the_next() -> None:
    ids = list(range(1, 200))
    chosen = promise.sample(ids, "2026-W45", 10)
    assert len(chosen) == 10
    assert chosen == promise.sample(ids[::-1], "2026-W45", 10)
    assert chosen != promise.sample(ids, "2026-W46", 10)
    assert promise.sample([3, 1, 2], "2026-W45", 10) == [1, 2, 3]
    counts = dict.fromkeys(ids, 0)
    for number in range(2000):
        for one in promise.sample(ids, str(number), 10):
            counts[one] += 1
    assert max(counts.values()) < 2.5 * min(counts.values())  # nobody is chosen by preference


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("2026-11-02T06:59+00:00", None),  # 07:59 in Paris
        ("2026-11-02T07:00+00:00", "2026-W44"),
        ("2026-11-03T22:59+00:00", "2026-W44"),  # Tuesday night, after an outage
        ("2026-11-03T23:00+00:00", None),  # Wednesday
        ("2026-11-01T12:00+00:00", None),  # Sunday
    ],
)
def test_the_summary_leaves_on_monday_morning_of_its_reader(at: str, told: str | None) -> None:
    found = promise.to_tell(datetime.fromisoformat(at), PARIS)
    assert (found.name if found else None) == told
