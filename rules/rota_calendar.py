"""The rota as people read it: day by day on their own clock, their own shifts, and how many usually write meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from rules.rota import Absence, Slot

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOURS_OF_WEEK = 168


@dataclass(frozen=True, slots=True)
class Part:
    """What of a slot falls on a day. begins, ends: whether it does so within this day, and not at its edge."""

    slot: Slot
    begins: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar, and who serves on it."""

    day: date
    parts: tuple[Part, ...]


def joined(slots: Iterable[Slot]) -> list[Slot]:
    """Put slots of the same people together that differ only in why; their reasons add up."""
    found: list[Slot] = []
    for slot in slots:
        last = found[-1] if found else None
        if last is not None and last.people == slot.people and last.end == slot.start and _turn(last) == _turn(slot):
            found[-1] = replace(last, end=slot.end, why=tuple(dict.fromkeys((*last.why, *slot.why))))
        else:
            found.append(slot)
    return found


def _turn(slot: Slot) -> tuple[str, ...]:
    """Return the turns a slot is made of, so that two weeks of the same person stay two shifts."""
    return tuple(one for one in slot.why if one.startswith("turn:"))


def days(slots: Sequence[Slot], zone: tzinfo, first: date, count: int) -> list[Day]:
    """Lay slots out on `count` days of a zone's calendar."""
    edges = [midnight(first + timedelta(days=number), zone) for number in range(count + 1)]
    made = []
    for number in range(count):
        start, end = edges[number], edges[number + 1]
        inside = [slot for slot in slots if slot.start < end and slot.end > start]
        parts = tuple(Part(slot, slot.start > start, slot.end < end) for slot in inside)
        made.append(Day(first + timedelta(days=number), parts))
    return made


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a day begins in a zone."""
    return datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)


def days_off(person: int, off: Iterable[date], zone: tzinfo) -> list[Absence]:
    """Let somebody be away on their public holidays, from midnight to midnight of their own clock."""
    return [Absence(person, midnight(day, zone), midnight(day + DAY, zone), "holiday") for day in sorted(off)]


def away_throughout(absences: Iterable[Absence], person: int, start: datetime, end: datetime) -> bool:
    """Whether somebody is away from one moment to another without a break."""
    reached = start
    for one in sorted((one for one in absences if one.person == person), key=lambda one: one.start):
        if one.start <= reached:
            reached = max(reached, one.end)
    return reached >= end


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def shifts(slots: Iterable[Slot], person: int) -> list[Slot]:
    """Return when somebody is on duty; what follows on without a change of turn is one shift."""
    return joined(replace(slot, people=(person,)) for slot in slots if person in slot.people)


def hour_of_week(at: datetime) -> int:
    """Return which of the 168 hours of a week it is, in UTC: Monday at midnight is 0."""
    here = at.astimezone(UTC)
    return here.weekday() * 24 + here.hour


def usually(by_hour: Mapping[int, float], start: datetime, end: datetime) -> float:
    """Return how many usually write between two moments, by what each hour of the week brings on average."""
    total, at = 0.0, start
    while at < end:
        following = min(at.replace(minute=0, second=0, microsecond=0) + HOUR, end)
        total += by_hour.get(hour_of_week(at), 0.0) * ((following - at) / HOUR)
        at = following
    return total
