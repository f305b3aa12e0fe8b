"""Business hours as arithmetic: real seconds of open time, in any zone, through every change of the clock.

A calendar is written in local time. Each of its intervals is resolved to two moments: a time that the clock skips is
the first moment after the skip; a time that comes twice opens at its first and closes at its last coming. What is
counted after that is seconds that really pass. Where `hours` is None, every second counts: the wall clock.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property, lru_cache
from itertools import accumulate
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
DAY = timedelta(days=1)
REACH = 30
"""So many years are walked to find open time; a calendar that has none for so long is never open."""


class NeverOpenError(ValueError):
    """The calendar has too little open time, however far one looks."""


@dataclass(frozen=True, slots=True)
class Span:
    """An interval of one day by the local clock; one that ends when it starts, or before, ends on the next day."""

    start: time
    end: time


@dataclass(frozen=True)
class Hours:
    """When a team is open: by the day of the week (Monday first), else by date. Exceptions count before holidays.

    An interval belongs to the day on which it starts.
    """

    zone: str
    week: tuple[tuple[Span, ...], ...]
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict, hash=False)
    holidays: frozenset[date] = frozenset()

    def spans(self, day: date) -> tuple[Span, ...]:
        """Return the intervals that start on this day."""
        if day in self.exceptions:
            return self.exceptions[day]
        return () if day in self.holidays else self.week[day.weekday()]

    @cached_property
    def _years(self) -> dict[int, _Year]:
        return {}

    def year(self, number: int) -> _Year:
        """Return the open time of one year of UTC, worked out once."""
        known = self._years
        if number not in known:
            known[number] = _Year.of(self, number)
        return known[number]


@dataclass(frozen=True, slots=True)
class _Year:
    """The open intervals of a year in microseconds since the epoch, apart and in order, and what they add up to."""

    starts: list[int]
    ends: list[int]
    before: list[int]

    @classmethod
    def of(cls, hours: Hours, number: int) -> _Year:
        low, high = _number(datetime(number, 1, 1, tzinfo=UTC)), _number(datetime(number + 1, 1, 1, tzinfo=UTC))
        starts: list[int] = []
        ends: list[int] = []
        for start, end in sorted(_resolved(hours, date(number, 1, 1) - 3 * DAY, date(number + 1, 1, 1) + 2 * DAY)):
            begin, finish = max(start, low), min(end, high)
            if begin >= finish:
                continue
            if ends and begin <= ends[-1]:
                ends[-1] = max(ends[-1], finish)
            else:
                starts.append(begin)
                ends.append(finish)
        lengths = (end - start for start, end in zip(starts, ends, strict=True))
        return cls(starts, ends, [0, *accumulate(lengths)])

    @property
    def total(self) -> int:
        """Return all open time of the year."""
        return self.before[-1]

    def until(self, at: int) -> int:
        """Return the open time of this year before that moment."""
        place = bisect_right(self.starts, at)
        if place == 0:
            return 0
        return self.before[place - 1] + min(at, self.ends[place - 1]) - self.starts[place - 1]

    def first(self, amount: int) -> int:
        """Return the first moment by which so much of the year's open time has passed."""
        place = bisect_left(self.before, amount) - 1
        return self.starts[place] + amount - self.before[place]

    def last(self, amount: int) -> int:
        """Return the last moment by which no more than so much of the year's open time has passed."""
        place = bisect_right(self.before, amount) - 1
        return self.starts[place] + amount - self.before[place]


def add(start: datetime, duration: timedelta, hours: Hours | None) -> datetime:
    """Return the first moment by which the calendar was open for that long since the start."""
    if hours is None or duration <= timedelta(0):
        return start + duration
    return _moment(reached(_number(start), duration // TICK, hours, start.astimezone(UTC).year))


def reached(at: int, left: int, hours: Hours, year: int) -> int:
    """Return the first moment by which the calendar was open for so long, all in microseconds.

    year: that of the moment, or one before it, from which is counted.
    """
    for number in range(year, min(year + REACH, 9998)):
        book = hours.year(number)
        passed = book.until(at)
        if book.total - passed >= left:
            return book.first(passed + left)
        left -= book.total - passed
    raise NeverOpenError


def subtract(end: datetime, duration: timedelta, hours: Hours | None) -> datetime:
    """Return the last moment from which the calendar is open for that long until the end."""
    if hours is None or duration <= timedelta(0):
        return end - duration
    at, left = _number(end), duration // TICK
    year = end.astimezone(UTC).year
    for number in range(year, max(year - REACH, 2), -1):
        book = hours.year(number)
        passed = book.until(at)
        if passed >= left:
            return _moment(book.last(passed - left))
        left -= passed
    raise NeverOpenError


def between(start: datetime, end: datetime, hours: Hours | None) -> timedelta:
    """Return how long the calendar was open from start to end; nothing when the end is before the start."""
    if end <= start:
        return timedelta(0)
    if hours is None:
        return end - start
    first, last = start.astimezone(UTC).year, end.astimezone(UTC).year
    whole = sum(hours.year(number).total for number in range(first, last))
    return (whole - hours.year(first).until(_number(start)) + hours.year(last).until(_number(end))) * TICK


def is_open(at: datetime, hours: Hours | None) -> bool:
    """Whether the calendar is open at that moment; the moment it closes is closed."""
    return hours is None or opens_at(at, hours) == at


def opens_at(at: datetime, hours: Hours | None) -> datetime:
    """Return that moment where the calendar is open, else the next one at which it opens."""
    if hours is None:
        return at
    wanted, year = _number(at), at.astimezone(UTC).year
    for number in range(year, min(year + REACH, 9998)):
        book = hours.year(number)
        place = bisect_right(book.ends, wanted)
        if place < len(book.starts):
            return _moment(max(wanted, book.starts[place]))
    raise NeverOpenError


def open_in_the_next_year(hours: Hours, now: datetime) -> bool:
    """Whether there is any open time within a year: a calendar without it cannot promise anything."""
    return between(now, now + 365 * DAY, hours) > timedelta(0)


def moment(day: date, clock: time, zone: tzinfo, *, closes: bool = False) -> datetime:
    """Return the moment of a local time: skipped ones are the end of the skip; of two the first, to close the last."""
    naive = datetime.combine(day, clock)
    early, late = (naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early > late:
        return _after_the_skip(late, early, zone)
    return late if closes else early


def _after_the_skip(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """Find the moment at which the clock jumped, between one before it and one that is not."""
    was = low.astimezone(zone).utcoffset()
    before, after = 0, int((high - low).total_seconds())
    while after - before > 1:
        middle = (before + after) // 2
        if (low + timedelta(seconds=middle)).astimezone(zone).utcoffset() == was:
            before = middle
        else:
            after = middle
    return low + timedelta(seconds=after)


def dump(hours: Hours) -> str:
    """Return the calendar as JSON, the same text for the same calendar."""
    told = {
        "zone": hours.zone,
        "week": [plain(spans) for spans in hours.week],
        "exceptions": {day.isoformat(): plain(spans) for day, spans in sorted(hours.exceptions.items())},
        "holidays": sorted(day.isoformat() for day in hours.holidays),
    }
    return json.dumps(told)


@lru_cache(maxsize=256)
def load(text: str) -> Hours:
    """Return the calendar that was dumped; the same one again, with what was worked out of it."""
    told = json.loads(text)
    return Hours(
        told["zone"],
        tuple(map(read_spans, told["week"])),
        {date.fromisoformat(day): read_spans(spans) for day, spans in told["exceptions"].items()},
        frozenset(map(date.fromisoformat, told["holidays"])),
    )


def read_spans(pairs: Iterable[Sequence[str]]) -> tuple[Span, ...]:
    """Read intervals that are written as ["09:00", "18:00"]."""
    return tuple(Span(time.fromisoformat(start), time.fromisoformat(end)) for start, end in pairs)


def plain(spans: tuple[Span, ...]) -> list[list[str]]:
    """Write intervals as JSON has them."""
    return [[span.start.isoformat(), span.end.isoformat()] for span in spans]


def _resolved(hours: Hours, first: date, last: date) -> Iterator[tuple[int, int]]:
    zone = ZoneInfo(hours.zone)
    for number in range((last - first).days):
        day = first + number * DAY
        for span in hours.spans(day):
            ends_on = day + DAY if span.end <= span.start else day
            yield (_number(moment(day, span.start, zone)), _number(moment(ends_on, span.end, zone, closes=True)))


def _number(at: datetime) -> int:
    return (at - EPOCH) // TICK


def _moment(number: int) -> datetime:
    return EPOCH + number * TICK
