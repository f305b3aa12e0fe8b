"""What would have been: the arrivals of the past against another deadline, or against other hours of duty.

A model, and it says so. Of another policy: people answer when they answered, and only the deadline is another. Of other
hours: whoever was answered while somebody was on duty needed so much time *with somebody on duty* (`Cover.between`) and
needs the same again; whoever was answered while nobody was on duty is answered at that time again, since that was not
the rota's doing; whoever was not answered is not answered. A second person at the same hour changes nothing in it.

Tens of thousands of cases are compared while somebody waits for the page, so their times are whole microseconds since
1970, as everything that is counted here.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, partial
from itertools import accumulate, pairwise
from typing import NamedTuple, Self

from rules import hours as calendar
from rules.hours import Hours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
LEAP_YEAR = 366 * 86_400_000_000
"""No year is longer: what is counted in these is never a year too late."""
QUARTER = 900_000_000
"""No zone's clock differs from the world's by less."""
Interval = tuple[datetime, datetime]


class Case(NamedTuple):
    """Somebody waited. answered: None where nobody answered until now, or ever."""

    id: int
    started: int
    due: int
    answered: int | None

    @classmethod
    def of(cls, number: int, started_at: datetime, due_at: datetime, answered_at: datetime | None) -> Self:
        """Make one of times."""
        answered = None if answered_at is None else _number(answered_at)
        return cls(number, _number(started_at), _number(due_at), answered)

    @property
    def started_at(self) -> datetime:
        """When they began to wait."""
        return _moment(self.started)


class Compared(NamedTuple):
    """A case as it was and as it would have been. Each is kept, broken or open (still in time).

    due, answered: as they would have been; no deadline where the hours do not hold so much time in a lifetime.
    """

    case: Case
    due: int
    answered: int | None
    was: str
    would: str

    @property
    def due_at(self) -> datetime:
        """When the answer would have been due."""
        return _moment(self.due)

    @property
    def answered_at(self) -> datetime | None:
        """When they would have been answered."""
        return None if self.answered is None else _moment(self.answered)


class Cover:
    """When somebody is on duty: intervals in order, apart, and what they add up to."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        """Join what touches or overlaps."""
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted((_number(start), _number(end)) for start, end in intervals):
            if start >= end:
                continue
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)
        lengths = (end - start for start, end in zip(self._starts, self._ends, strict=True))
        self._before = [0, *accumulate(lengths)]

    @property
    def intervals(self) -> list[Interval]:
        """Return the intervals."""
        return [(_moment(start), _moment(end)) for start, end in zip(self._starts, self._ends, strict=True)]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Return how long somebody was on duty from start to end."""
        return self.spent(_number(start), _number(end)) * TICK

    def spent(self, start: int, end: int) -> int:
        """Return the same in microseconds."""
        return max(self._until(end) - self._until(start), 0)

    def holds(self, at: int) -> bool:
        """Whether somebody was on duty up to that moment; who is answered as duty begins waited for nobody on it."""
        place = bisect_left(self._starts, at) - 1
        return place >= 0 and at <= self._ends[place]

    def after(self, start: datetime, duty: timedelta) -> datetime | None:
        """Return the first moment by which somebody was on duty for so long since the start; None where that ends."""
        found = self.reached(_number(start), duty // TICK)
        return None if found is None else _moment(found)

    def reached(self, start: int, duty: int) -> int | None:
        """Return the same in microseconds."""
        first = self._open_from(start)
        if first is None:
            return None
        amount = self._until(first) + duty
        if amount > self._before[-1]:
            return None
        if duty <= 0:
            return first
        place = bisect_left(self._before, amount) - 1
        return self._starts[place] + amount - self._before[place]

    def plus(self, other: Cover) -> Cover:
        """Return when at least one of both is on duty."""
        return Cover([*self.intervals, *other.intervals])

    def minus(self, other: Cover) -> Cover:
        """Return when this one is on duty and the other is not."""
        edges = sorted({*self._starts, *self._ends, *other._starts, *other._ends})
        pieces = pairwise(edges)
        return Cover((_moment(a), _moment(b)) for a, b in pieces if self._covers(a) and not other._covers(a))

    def _covers(self, number: int) -> bool:
        place = bisect_right(self._starts, number) - 1
        return place >= 0 and number < self._ends[place]

    def _open_from(self, number: int) -> int | None:
        place = bisect_right(self._ends, number)
        if place < len(self._ends) and self._starts[place] <= number:
            return number
        if place and self._ends[place - 1] == number:
            return number
        return self._starts[place] if place < len(self._starts) else None

    def _until(self, number: int) -> int:
        place = bisect_right(self._starts, number)
        if place == 0:
            return 0
        return self._before[place - 1] + min(number, self._ends[place - 1]) - self._starts[place - 1]


def weekly(hours: Hours, start: datetime, end: datetime) -> Cover:
    """Return the open time of a calendar between two moments, as cover."""
    found: list[Interval] = []
    at = start
    while (opens := calendar.opens_at(at, hours)) < end:
        closes = _closes(hours, opens, end)
        found.append((opens, closes))
        at = closes
    return Cover(found)


def _closes(hours: Hours, opens: datetime, end: datetime) -> datetime:
    """Return when a calendar that is open closes: all that passes until then is open time."""
    low, high = 0, (end - opens) // TICK
    while low < high:
        middle = (low + high + 1) // 2
        if calendar.between(opens, opens + middle * TICK, hours) == middle * TICK:
            low = middle
        else:
            high = middle - 1
    return opens + low * TICK


def other_policy(cases: Iterable[Case], duration: timedelta, hours: Hours | None, now: datetime) -> Iterator[Compared]:
    """Compare with another deadline for everybody, and the same answers."""
    left = duration // TICK
    due = partial(_due, left=left, hours=hours) if hours is not None and left > 0 else left.__add__
    return _compared(((one, due(one.started), one.answered) for one in cases), now)


def _due(started: int, left: int, hours: Hours) -> int:
    """Return when an answer would be due: never, where the hours do not hold so much time in a lifetime."""
    try:
        return calendar.reached(started, left, hours, 1970 + started // LEAP_YEAR)
    except calendar.NeverOpenError:
        return NEVER


def other_cover(cases: Iterable[Case], was: Cover, would: Cover, now: datetime) -> Iterator[Compared]:
    """Compare with other hours of duty, and the same deadlines."""
    return _compared(((one, one.due, answer(one, was, would)) for one in cases), now)


def answer(case: Case, was: Cover, would: Cover) -> int | None:
    """Return when a case would have been answered; the same hours give the same time."""
    if case.answered is None or not was.holds(case.answered):
        return case.answered
    return would.reached(case.started, was.spent(case.started, case.answered))


def _compared(cases: Iterable[tuple[Case, int, int | None]], now: datetime) -> Iterator[Compared]:
    at = _number(now)
    return (
        Compared(case, due, answered, _state(case.due, case.answered, at), _state(due, answered, at))
        for case, due, answered in cases
    )


def _state(due: int, answered: int | None, now: int) -> str:
    if answered is not None and answered <= due and answered <= now:
        return "kept"
    return "broken" if due <= now else "open"


@dataclass(frozen=True, slots=True)
class Count:
    """How many were kept and broken; those still open are in neither."""

    kept: int = 0
    broken: int = 0

    @property
    def settled(self) -> int:
        """The sample."""
        return self.kept + self.broken

    @property
    def percent(self) -> int | None:
        """Whole percent kept, rounded down; None without a sample."""
        return self.kept * 100 // self.settled if self.settled else None

    def plus(self, state: str, number: int = 1) -> Count:
        """Count one more, or more of the same."""
        return Count(self.kept + number * (state == "kept"), self.broken + number * (state == "broken"))


@dataclass(frozen=True, slots=True)
class Result:
    """Both sides counted, and what differs. avoided, created: breaches, oldest first. hours: by hour of arrival."""

    was: Count
    would: Count
    avoided: tuple[Compared, ...]
    created: tuple[Compared, ...]
    hours: tuple[tuple[Count, Count], ...]
    week: tuple[tuple[int, ...], ...]
    """Breaches more (or fewer) than there were, by day of the week (Monday first) and hour of arrival."""


def summary(compared: Iterable[Compared], zone: tzinfo) -> Result:
    """Count what was compared, by the clock of a zone."""
    was, would = Count(), Count()
    hourly = [(Count(), Count()) for _ in range(24)]
    week = [[0] * 24 for _ in range(7)]
    alike, moved = _sorted_out(compared, zone)
    for ((day, hour), before, after), number in alike.items():
        was, would = was.plus(before, number), would.plus(after, number)
        first, second = hourly[hour]
        hourly[hour] = (first.plus(before, number), second.plus(after, number))
        week[day][hour] += number * ((after == "broken") - (before == "broken"))
    return Result(
        was=was,
        would=would,
        avoided=tuple(one for one in moved if one.was == "broken"),
        created=tuple(one for one in moved if one.would == "broken"),
        hours=tuple(hourly),
        week=tuple(map(tuple, week)),
    )


Alike = tuple[tuple[int, int], str, str]
"""The day of the week and the hour of arrival; as it was, and as it would have been."""


def _sorted_out(compared: Iterable[Compared], zone: tzinfo) -> tuple[dict[Alike, int], list[Compared]]:
    """Count those that began in the same hour of a week and stand alike; keep those that differ, in order."""
    alike: dict[Alike, int] = {}
    moved = []
    place_of = cache(partial(_place, zone=zone))
    for one in compared:
        case, _due, _answered, was, would = one
        key = place_of(case.started // QUARTER), was, would
        alike[key] = alike.get(key, 0) + 1
        if was != would:
            moved.append(one)
    moved.sort(key=lambda one: (one.case.started, one.case.id))
    return alike, moved


def _place(quarter: int, zone: tzinfo) -> tuple[int, int]:
    here = _moment(quarter * QUARTER).astimezone(zone)
    return here.weekday(), here.hour


def _number(at: datetime) -> int:
    return (at - EPOCH) // TICK


def _moment(number: int) -> datetime:
    return EPOCH + number * TICK


NEVER = _number(datetime(9999, 1, 1, tzinfo=UTC))
