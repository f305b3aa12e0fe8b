"""Is the load shared fairly, and who could fill a hole: hours on duty by their weight, and replies that were sent."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

from rules.rota import Absence, Slot
from rules.rota_time import local_day, resolve

WEIGHTS: Mapping[str, float] = {"day": 1.0, "evening": 1.25, "night": 2.0, "weekend": 1.5, "holiday": 2.0}
"""How much an hour counts, by what it takes from somebody's own life; the heaviest that fits is meant."""
REPLY = 0.25
"""A reply counts as so many hours of an ordinary day."""
_TURNS = (time(0), time(6), time(18), time(22))
"""Where the kind of an hour may change, by the clock of the zone: midnight, then day, evening and night begin."""
_SATURDAY = 5
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_EVER = timedelta(days=36_500)
"""Longer than anybody serves."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one person carried in a time. hours: by their kind. available: the share of the time they were not away."""

    person: int
    hours: Mapping[str, float] = field(default_factory=dict)
    replies: int = 0
    available: float = 1.0

    @property
    def total(self) -> float:
        """All hours, unweighted."""
        return sum(self.hours.values())

    @property
    def weighted(self) -> float:
        """What it amounts to, in hours of an ordinary day."""
        return sum(WEIGHTS[kind] * hours for kind, hours in self.hours.items()) + REPLY * self.replies

    @property
    def normal(self) -> float:
        """What it would amount to, had they been here all the time."""
        return self.weighted / self.available if self.available > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Who could fill a hole: with what load, and how long they have been and will be off duty around it."""

    person: int
    load: float
    before: timedelta
    after: timedelta


def loads(
    slots: Sequence[Slot],
    people: Collection[int],
    zone: ZoneInfo,
    *,
    holidays: Collection[date] = (),
    replies: Mapping[int, int] | None = None,
    absences: Iterable[Absence] = (),
) -> list[Load]:
    """Add up what each of these people carried in the slots, the heaviest load first."""
    hours: dict[int, dict[str, float]] = {person: {} for person in people}
    for slot in slots:
        serving = [person for person in slot.people if person in hours]
        for kind, span in _by_kind(slot, zone, holidays) if serving else ():
            for person in serving:
                hours[person][kind] = hours[person].get(kind, 0.0) + span / _HOUR
    away = _away(list(absences), slots)
    found = [
        Load(person, kinds, (replies or {}).get(person, 0), away.get(person, 1.0)) for person, kinds in hours.items()
    ]
    return sorted(found, key=lambda load: (-load.normal, load.person))


def balance(found: Iterable[Load]) -> float | None:
    """Say how evenly the load is shared: 1 is even, 0 is one person alone; None where nobody could share."""
    shares = [load.normal for load in found if load.available > 0]
    pairs = [min(pair) / max(pair) if max(pair) > 0 else 1.0 for pair in combinations(shares, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def suggest(
    start: datetime, end: datetime, found: Iterable[Load], slots: Sequence[Slot], absences: Iterable[Absence] = ()
) -> list[Suggestion]:
    """Name who could serve then, the best first: who carried least, then who was off duty longest, around it too."""
    away = {one.person for one in absences if one.start < end and one.end > start}
    busy = {person for slot in slots if slot.start < end and slot.end > start for person in slot.people}
    able = [load for load in found if load.person not in away | busy]
    named = [Suggestion(load.person, round(load.normal, 1), *_gaps(load.person, start, end, slots)) for load in able]
    return sorted(named, key=lambda one: (one.load, -one.before, -min(one.before, one.after), one.person))


def _gaps(person: int, start: datetime, end: datetime, slots: Iterable[Slot]) -> tuple[timedelta, timedelta]:
    mine = [slot for slot in slots if person in slot.people]
    before = min((start - slot.end for slot in mine if slot.end <= start), default=_EVER)
    after = min((slot.start - end for slot in mine if slot.start >= end), default=_EVER)
    return before, after


def _by_kind(slot: Slot, zone: ZoneInfo, holidays: Collection[date]) -> Iterator[tuple[str, timedelta]]:
    """Cut a slot where the kind of hour changes."""
    day, last = local_day(slot.start, zone), local_day(slot.end, zone)
    cuts = {slot.start, slot.end}
    while day <= last:
        cuts |= {resolve(datetime.combine(day, turn), zone) for turn in _TURNS}
        day += _DAY
    edges = sorted(at for at in cuts if slot.start <= at <= slot.end)
    for start, end in pairwise(edges):
        yield _kind(start.astimezone(zone), holidays), end - start


def _kind(here: datetime, holidays: Collection[date]) -> str:
    if here.date() in holidays:
        return "holiday"
    if here.hour < 6 or here.hour >= 22:
        return "night"
    if here.weekday() >= _SATURDAY:
        return "weekend"
    return "evening" if here.hour >= 18 else "day"


def _away(absences: Sequence[Absence], slots: Sequence[Slot]) -> dict[int, float]:
    """Return which share of the time each was there; of those who were away at all."""
    if not slots:
        return {}
    start, end = slots[0].start, slots[-1].end
    shares: dict[int, float] = {}
    for person in {one.person for one in absences}:
        spans = sorted((max(one.start, start), min(one.end, end)) for one in absences if one.person == person)
        gone, reached = timedelta(0), start
        for opens, closes in spans:
            gone += max(closes - max(opens, reached), timedelta(0))
            reached = max(reached, closes)
        shares[person] = 1 - gone / (end - start)
    return shares
