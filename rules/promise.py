"""The promise as founders look back on it: weeks, near misses, ranks, samples. Times are aware."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

NEAR = 5, 6
"""A wait that took more than this share of its time, and was answered in it, was nearly broken: 20 h of 24."""
FEW = 10
"""With fewer than so many, a count says more than a percentage."""
LETTER_HOUR = time(8)
LETTER_DAYS = 2
"""The summary of a week leaves on Monday from eight, or on Tuesday after an outage; later it is left out."""
_NAMED = re.compile(r"([0-9]{4})-W([0-9]{2})")


@dataclass(frozen=True, slots=True, order=True)
class Week:
    """A week from Monday to Sunday, numbered as ISO 8601 does."""

    year: int
    number: int

    @property
    def name(self) -> str:
        """How addresses write it: 2026-W45."""
        return f"{self.year:04d}-W{self.number:02d}"

    @property
    def monday(self) -> date:
        """Its first day."""
        return date.fromisocalendar(self.year, self.number, 1)

    def later(self, weeks: int) -> Week:
        """Return the week that many weeks later, or earlier for a negative number."""
        return of_day(self.monday + timedelta(weeks=weeks))


def of_day(day: date) -> Week:
    """Return the week of a day."""
    year, number, _ = day.isocalendar()
    return Week(year, number)


def week_of(at: datetime, zone: tzinfo) -> Week:
    """Return the week that an instant falls in, in this zone."""
    return of_day(at.astimezone(zone).date())


def read_week(text: str) -> Week | None:
    """Read what `Week.name` wrote; None for anything else."""
    found = _NAMED.fullmatch(text)
    if found is None:
        return None
    try:
        week = Week(int(found[1]), int(found[2]))
        return week if 2000 <= week.monday.year <= 2200 else None
    except ValueError:
        return None


def bounds(week: Week, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return when a week begins and ends, in UTC: from midnight to midnight in the zone, whatever its clocks do."""
    return midnight(week.monday, zone), midnight(week.later(1).monday, zone)


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a day begins in the zone."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def near_miss(started_at: datetime, due_at: datetime, ended_at: datetime) -> bool:
    """Whether a promise was kept, but only just."""
    part, whole = NEAR
    return ended_at <= due_at and (ended_at - started_at) * whole > (due_at - started_at) * part


def rank(number: int, share: float) -> int:
    """Return which of so many values, sorted and counted from 0, stands at this share (the nearest rank)."""
    return max(0, min(number - 1, -int(-number * share // 1) - 1))


def percent(kept: int, settled: int) -> int | None:
    """Return whole percent, rounded down so that a broken promise is never rounded away; None without a sample."""
    return kept * 100 // settled if settled else None


def sample(ids: Sequence[int], seed: str, size: int) -> list[int]:
    """Choose some, the same ones for the same seed whatever their order, and none by preference."""

    def lot(one: int) -> bytes:
        return hashlib.sha256(f"{seed}:{one}".encode()).digest()

    return sorted(sorted(set(ids), key=lot)[:size])


def to_tell(now: datetime, zone: tzinfo) -> Week | None:
    """Return the week whose summary leaves now to somebody in this zone, None when it is not the time."""
    here = now.astimezone(zone)
    monday = here.date() - timedelta(days=here.weekday())
    early = here.weekday() == 0 and here.time() < LETTER_HOUR
    return None if early or here.weekday() >= LETTER_DAYS else of_day(monday).later(-1)
