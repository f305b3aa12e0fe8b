"""Local clock and calendar of a rota: when a local time is, when a layer claims the clock, whose slot it is.

Slots are counted in days, working days, weeks or months from the layer's first day, never in seconds: a week with a
clock change in it is as much one week as any other. Local times go with the zone's rules, never with an offset.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

UNITS = ("business_day", "day", "week", "month")
EVERY_DAY = frozenset(range(7))
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in a rotation. until: the first day that it is not taken any more; both days by the start of a slot."""

    person: int
    since: date | None = None
    until: date | None = None

    def taken(self, day: date) -> bool:
        """Whether somebody sits here on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Layer:
    """A rotation of people. Of the layers that claim a moment the one with the highest priority serves.

    start: the day of the first hand-over; of a weekly layer, its weekday is the day of every hand-over. weekdays: on
    which days (0: Monday) it begins to serve. spans: between which hours (end <= start: until the next day), none: from
    hand-over to hand-over. skips: the public holidays on which it does not serve. beside: the layers below serve too.
    """

    id: int
    seats: tuple[Seat, ...]
    start: date
    handover: time = time(9)
    unit: str = "week"
    length: int = 1
    priority: int = 0
    weekdays: frozenset[int] = EVERY_DAY
    spans: tuple[tuple[time, time], ...] = ()
    skips: frozenset[date] = frozenset()
    beside: bool = False
    name: str = ""


def resolve(local: datetime, zone: ZoneInfo, *, last: bool = False) -> datetime:
    """Say when a local time is: of a time that comes twice the first or the last, of one that is skipped the next."""
    early, late = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    before, after = early.utcoffset() or timedelta(0), late.utcoffset() or timedelta(0)
    if before >= after:
        return (late if last else early).astimezone(UTC)
    low, high = late.astimezone(UTC), early.astimezone(UTC)
    while high - low > _SECOND:
        middle = low + ((high - low) // 2 // _SECOND) * _SECOND
        low, high = (low, middle) if middle.astimezone(zone).replace(tzinfo=None) >= local else (middle, high)
    return high


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return which day it is there."""
    return at.astimezone(zone).date()


class Track:
    """One layer as time goes by, for one calculation: its slots by number, its windows, and whose turn a slot is."""

    def __init__(self, layer: Layer, zone: ZoneInfo) -> None:
        self.layer, self.zone = layer, zone
        self._skips = sorted(day for day in layer.skips if day.weekday() in layer.weekdays)

    # Slots --------------------------------------------------------------------------------------------------------

    def slot_at(self, at: datetime) -> int:
        """Return the number of the slot that runs then; below 0 before the first."""
        number = self._index(local_day(at, self.zone))
        while number >= 0 and self.slot_start(number) > at:
            number -= 1
        return number

    def slot_start(self, number: int) -> datetime:
        """Return when a slot begins, which is when the one before ends."""
        return resolve(datetime.combine(self.slot_day(number), self.layer.handover), self.zone)

    def slot_day(self, number: int) -> date:
        """Return on which day a slot begins."""
        layer, count = self.layer, number * self.layer.length
        if layer.unit == "month":
            return _months_after(layer.start, count)
        if layer.unit == "business_day":
            return self._working_day(count)
        return layer.start + _DAY * count * (7 if layer.unit == "week" else 1)

    def _index(self, day: date) -> int:
        """Return the last slot that begins on that day or before."""
        layer = self.layer
        if layer.unit == "month":
            months = (day.year - layer.start.year) * 12 + day.month - layer.start.month
            number = months // layer.length
            return number if _months_after(layer.start, number * layer.length) <= day else number - 1
        if layer.unit == "business_day":
            return (self._working_days(day + _DAY) - 1) // layer.length if day >= layer.start else -1
        return (day - layer.start).days // (layer.length * (7 if layer.unit == "week" else 1))

    def works(self, day: date) -> bool:
        """Whether the layer begins to serve on that day of the calendar."""
        return day >= self.layer.start and day.weekday() in self.layer.weekdays and day not in self.layer.skips

    def _working_days(self, until: date) -> int:
        """Count the days from the first on, that one left out, on which the layer serves."""
        start, mask = self.layer.start, self.layer.weekdays
        weeks, rest = divmod(max((until - start).days, 0), 7)
        counted = weeks * len(mask) + sum((start.weekday() + one) % 7 in mask for one in range(rest))
        return counted - max(bisect_left(self._skips, until) - bisect_left(self._skips, start), 0)

    def _working_day(self, number: int) -> date:
        """Return the working day of that number: the inverse of counting, by halving."""
        low, high = 0, 7 * (number // len(self.layer.weekdays) + 1 + len(self._skips)) + 7
        while low < high:
            middle = (low + high) // 2
            if self._working_days(self.layer.start + _DAY * (middle + 1)) > number:
                high = middle
            else:
                low = middle + 1
        return self.layer.start + _DAY * low

    def handovers(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Name when slots begin between two moments."""
        number = max(self.slot_at(start), 0)
        while (at := self.slot_start(number)) < end:
            if at >= start:
                yield at
            number += 1

    # The hours that the layer claims ------------------------------------------------------------------------------

    def windows(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """Return when the layer serves between two moments, in order, apart from each other."""
        day, final = local_day(start, self.zone) - 2 * _DAY, local_day(end, self.zone) + _DAY
        start = max(start, self.slot_start(0))
        found = []
        while day <= final:
            if self.works(day):
                found += [self._window(day, *span) for span in self._spans]
            day += _DAY
        joined: list[tuple[datetime, datetime]] = []
        for opens, closes in sorted((max(a, start), min(b, end)) for a, b in found):
            if opens >= closes:
                continue
            if joined and opens <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(closes, joined[-1][1]))
            else:
                joined.append((opens, closes))
        return joined

    @property
    def _spans(self) -> tuple[tuple[time, time], ...]:
        return self.layer.spans or ((self.layer.handover, self.layer.handover),)

    def _window(self, day: date, opens: time, closes: time) -> tuple[datetime, datetime]:
        until = day if closes > opens else day + _DAY
        first = resolve(datetime.combine(day, opens), self.zone)
        return first, resolve(datetime.combine(until, closes), self.zone, last=True)

    # Whose turn it is ---------------------------------------------------------------------------------------------

    def members(self, number: int) -> tuple[Seat, ...]:
        """Return the seats that are taken as a slot begins."""
        day = self.slot_day(number)
        return tuple(seat for seat in self.layer.seats if seat.taken(day))

    def turn(self, number: int) -> tuple[int, tuple[Seat, ...]] | None:
        """Return whose turn a slot is: the place among its members, and these; None while nobody sits here.

        Who joins or leaves disturbs nobody's order: the turn goes on after the one who served last.
        """
        if number < 0:
            return None
        first, members, offset = self._epochs[bisect_right(self._begins, number) - 1]
        return ((offset + number - first) % len(members), members) if members else None

    @cached_property
    def _begins(self) -> list[int]:
        return [first for first, _, _ in self._epochs]

    @cached_property
    def _epochs(self) -> list[tuple[int, tuple[Seat, ...], int]]:
        """Name from which slot on who sits here, and who begins."""
        days = {day for seat in self.layer.seats for day in (seat.since, seat.until) if day is not None}
        firsts = sorted({0, *(max(self._index(day - _DAY) + 1, 0) for day in days)})
        epochs: list[tuple[int, tuple[Seat, ...], int]] = []
        place = -1
        for first, following in zip(firsts, [*firsts[1:], None], strict=True):
            members = self.members(first)
            places = [index for index, seat in enumerate(self.layer.seats) if seat in members]
            offset = bisect_right(places, place) % len(places) if places else 0
            epochs.append((first, members, offset))
            if places and following is not None:
                place = places[(offset + following - first - 1) % len(places)]
        return epochs


def _months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
