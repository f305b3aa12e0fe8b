"""What would have been: the arrivals of the past against another deadline, or against other hours of duty.

A model, and it says so. Of another policy: people answer when they answered, and only the deadline is another. Of other
hours: whoever was answered while somebody was on duty needed so much time *with somebody on duty* (`Cover.between`) and
needs the same again; whoever was answered while nobody was on duty is answered at that time again, since that was not
the rota's doing; whoever was not answered is not answered. A second person at the same hour changes nothing in it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import accumulate, pairwise

from rules import hours as calendar
from rules.hours import Hours

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Case:
    """Somebody waited. answered_at: None where nobody answered until now, or ever."""

    id: int
    started_at: datetime
    due_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Compared:
    """A case as it was and as it would have been. Each is kept, broken or open (still in time)."""

    case: Case
    due_at: datetime
    answered_at: datetime | None
    was: str
    would: str


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
        return max(self._until(_number(end)) - self._until(_number(start)), 0) * TICK

    def holds(self, at: datetime) -> bool:
        """Whether somebody is on duty at that moment, or was up to it."""
        number = _number(at)
        place = bisect_right(self._starts, number) - 1
        return place >= 0 and number <= self._ends[place]

    def after(self, start: datetime, duty: timedelta) -> datetime | None:
        """Return the first moment by which somebody was on duty for so long since the start; None where that ends."""
        first = self._open_from(_number(start))
        if first is None:
            return None
        amount = self._until(first) + duty // TICK
        if amount > self._before[-1]:
            return None
        if duty <= timedelta(0):
            return _moment(first)
        place = bisect_left(self._before, amount) - 1
        return _moment(self._starts[place] + amount - self._before[place])

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


def other_policy(cases: Iterable[Case], duration: timedelta, hours: Hours | None, now: datetime) -> list[Compared]:
    """Compare with another deadline for everybody, and the same answers."""
    return [_compared(one, _due(one, duration, hours), one.answered_at, now) for one in cases]


def _due(case: Case, duration: timedelta, hours: Hours | None) -> datetime:
    """Return when an answer would be due: never, where the hours do not hold so much time in a lifetime."""
    try:
        return calendar.add(case.started_at, duration, hours)
    except calendar.NeverOpenError:
        return NEVER


def other_cover(cases: Iterable[Case], was: Cover, would: Cover, now: datetime) -> list[Compared]:
    """Compare with other hours of duty, and the same deadlines."""
    return [_compared(one, one.due_at, answer(one, was, would), now) for one in cases]


def answer(case: Case, was: Cover, would: Cover) -> datetime | None:
    """Return when a case would have been answered; the same hours give the same time."""
    if case.answered_at is None or not was.holds(case.answered_at):
        return case.answered_at
    return would.after(case.started_at, was.between(case.started_at, case.answered_at))


def _compared(case: Case, due_at: datetime, answered_at: datetime | None, now: datetime) -> Compared:
    was = _state(case.due_at, case.answered_at, now)
    return Compared(case, due_at, answered_at, was, _state(due_at, answered_at, now))


def _state(due_at: datetime, answered_at: datetime | None, now: datetime) -> str:
    if answered_at is not None and answered_at <= min(due_at, now):
        return "kept"
    return "broken" if due_at <= now else "open"


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

    def plus(self, state: str) -> Count:
        """Count one more."""
        return replace(self, **{state: getattr(self, state) + 1}) if state in {"kept", "broken"} else self


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


def summary(compared: Sequence[Compared], zone: tzinfo) -> Result:
    """Count what was compared, by the clock of a zone."""
    was, would = Count(), Count()
    hourly = [(Count(), Count()) for _ in range(24)]
    week = [[0] * 24 for _ in range(7)]
    for one in compared:
        was, would = was.plus(one.was), would.plus(one.would)
        here = one.case.started_at.astimezone(zone)
        before, after = hourly[here.hour]
        hourly[here.hour] = (before.plus(one.was), after.plus(one.would))
        week[here.weekday()][here.hour] += (one.would == "broken") - (one.was == "broken")
    moved = sorted(compared, key=lambda one: (one.case.started_at, one.case.id))
    return Result(
        was=was,
        would=would,
        avoided=tuple(one for one in moved if one.was == "broken" and one.would != "broken"),
        created=tuple(one for one in moved if one.was != "broken" and one.would == "broken"),
        hours=tuple(hourly),
        week=tuple(map(tuple, week)),
    )


def _number(at: datetime) -> int:
    return (at - EPOCH) // TICK


def _moment(number: int) -> datetime:
    return EPOCH + number * TICK
