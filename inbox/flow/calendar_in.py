"""When somebody is away, by their own calendar: what a stranger's file says, read within bounds whatever it says.

Only what tells times is looked at; titles are matched and forgotten. Zones are taken by name: what a file defines by
itself is left out, since it may be made to keep a reader busy for ever. What is not understood is counted, not guessed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from icalendar import Event

from inbox.flow.absences import MOST, Away
from inbox.flow.errors import RefusedError
from inbox.say import say
from rules import recurrence

LARGEST = 1024 * 1024
EVENTS = 3000
"""So many events of a calendar (RFC 5545) are read, and of those that recur so many as RECURRING says."""
LINES = 200
"""So many lines of one event are looked at."""
RECURRING = 200
LONGEST = timedelta(days=366)
"""Nobody is away for longer in one piece."""
_FOLD = re.compile(r"\r?\n[ \t]")
_LINE = re.compile(r"([A-Z-]+)((?:;[^:\"]*(?:\"[^\"]*\"[^:\"]*)*)?):(.*)", re.IGNORECASE)
_READ = frozenset({"UID", "DTSTART", "DTEND", "DURATION", "RDATE", "EXDATE", "RECURRENCE-ID"})
_TEXT = frozenset({"STATUS", "TRANSP", "SUMMARY", "RRULE"})
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What counts: between two moments, on whose clock where no zone is named, with which words in the title."""

    start: datetime
    end: datetime
    zone: tzinfo
    containing: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a calendar says. passed: entries that do not mean an absence; odd: those that could not be understood."""

    away: list[Away] = field(default_factory=list)
    passed: int = 0
    odd: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event, as far as times go. first: a day for whole days, else an aware time."""

    uid: str
    first: date
    lasts: timedelta
    rule: recurrence.Recurrence | None
    more: tuple[date, ...]
    not_on: frozenset[date]
    replaces: date | None
    away: bool


def read(body: bytes, wanted: Wanted) -> Found:
    """Read when somebody is away. RefusedError when it is no calendar, or too large."""
    if len(body) > LARGEST:
        raise RefusedError(say("This calendar is too large: {n} MB at most.", n=LARGEST // 1024 // 1024))
    text = _FOLD.sub("", body.decode("utf-8-sig", "replace"))
    if "BEGIN:VCALENDAR" not in text[:2000].upper():
        raise RefusedError(say("This is no calendar file. It begins with BEGIN:VCALENDAR."))
    entries, odd, more = [], 0, False
    for number, lines in enumerate(_events(text)):
        if number >= EVENTS:
            more = True
            break
        entry = _entry(lines, wanted)
        odd += entry is None
        entries += [entry] if entry else []
    return _found(entries, wanted, odd, more=more)


def _found(entries: Sequence[_Entry], wanted: Wanted, odd: int, *, more: bool) -> Found:
    moved = {(one.uid, one.replaces) for one in entries if one.replaces is not None}
    recurring, passed, away = 0, 0, {}
    for one in entries:
        recurring += one.rule is not None
        if not one.away:
            passed += 1
            continue
        if one.rule is not None and recurring > RECURRING:
            more = True
            continue
        for day in _occurrences(one, wanted):
            if one.replaces is None and (one.uid, day) in moved:
                continue
            start, end = _span(day, one.lasts, wanted.zone)
            if start < wanted.end and end > wanted.start:
                away[one.uid, start] = Away(one.uid, start, end)
    found = sorted(away.values(), key=lambda one: (one.start, one.end))
    return Found(found[:MOST], passed, odd, more or len(found) > MOST)


def _events(text: str) -> Iterator[list[tuple[str, str, str]]]:
    """Give the lines of each event that tell times, as name, parameters and value; what is nested in it is left out."""
    inside: list[str] = []
    lines: list[tuple[str, str, str]] = []
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        name, value = found[1].upper(), found[3].strip()
        if name == "BEGIN":
            inside.append(value.upper())
            lines = [] if inside[-1] == "VEVENT" else lines
        elif name == "END" and inside:
            if inside.pop() == "VEVENT":
                yield lines
        elif inside and inside[-1] == "VEVENT" and name in _READ | _TEXT and len(lines) < LINES:
            lines.append((name, found[2], value))


def _entry(lines: list[tuple[str, str, str]], wanted: Wanted) -> _Entry | None:
    """Understand one event; None when that cannot be done."""
    said = {name: value for name, _given, value in lines if name in _TEXT}
    block = "\r\n".join(f"{name}{given}:{value}" for name, given, value in lines if name in _READ)
    try:
        event: Any = Event.from_ical(f"BEGIN:VEVENT\r\n{block}\r\nEND:VEVENT\r\n")
        first = _time(event["DTSTART"].dt, wanted.zone)
        lasts = _lasts(event, first, wanted.zone)
        replaces = _time(event["RECURRENCE-ID"].dt, wanted.zone) if "RECURRENCE-ID" in event else None
        more, not_on = _days(event, "RDATE", wanted.zone), _days(event, "EXDATE", wanted.zone)
        uid = _name(str(event.get("UID", "")), first, said.get("SUMMARY", ""))
    except (ValueError, KeyError, AttributeError, TypeError, OverflowError, LookupError, OSError):
        return None  # a zone's name may lead to a folder: that is an OSError
    rule = recurrence.read(said["RRULE"]) if "RRULE" in said else None
    if not timedelta(0) < lasts <= LONGEST or ("RRULE" in said and rule is None):
        return None
    return _Entry(uid, first, lasts, rule, more, frozenset(not_on), replaces, _means_away(said, first, wanted))


def _means_away(said: dict[str, str], first: date, wanted: Wanted) -> bool:
    """Whole days count however they are marked, hours only where they are marked as busy."""
    if said.get("STATUS", "").upper() == "CANCELLED":
        return False
    if isinstance(first, datetime) and said.get("TRANSP", "").upper() == "TRANSPARENT":
        return False
    return wanted.containing.casefold() in said.get("SUMMARY", "").casefold()


def _time(value: object, zone: tzinfo) -> date:
    """Return a day, or an aware time; one without a zone is on the person's own clock."""
    if not isinstance(value, date) or not 1900 <= value.year <= 2200:
        raise TypeError
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=zone)
    return value


def _lasts(event: Any, first: date, zone: tzinfo) -> timedelta:  # noqa: ANN401 - the library's own
    if "DTEND" in event:
        last = _time(event["DTEND"].dt, zone)
        if isinstance(last, datetime) != isinstance(first, datetime):
            raise TypeError
        if isinstance(last, datetime) and isinstance(first, datetime):
            return last.astimezone(UTC) - first.astimezone(UTC)
        return last - first
    if "DURATION" in event:
        found = event["DURATION"].dt
        return found if isinstance(found, timedelta) else timedelta(0)
    return timedelta(0) if isinstance(first, datetime) else _DAY


def _days(event: Any, name: str, zone: tzinfo) -> tuple[date, ...]:  # noqa: ANN401 - the library's own
    held = event.get(name, [])
    lists = held if isinstance(held, list) else [held]
    return tuple(_time(one.dt, zone) for found in lists for one in found.dts)


def _name(uid: str, first: date, title: str) -> str:
    """Name an event by what it is called there, unreadably: an event's name may hold a person's address."""
    return hashlib.sha256((uid or f"{first.isoformat()} {title}").encode("utf-8", "replace")).hexdigest()[:40]


def _occurrences(entry: _Entry, wanted: Wanted) -> Iterator[date]:
    """Give the days or times at which an event begins, those that may matter."""
    found = dict.fromkeys((entry.first, *entry.more))
    if entry.rule is not None:
        since = (wanted.start - entry.lasts - 2 * _DAY).date()
        first = entry.first.date() if isinstance(entry.first, datetime) else entry.first
        for day in recurrence.days(entry.rule, first, since, (wanted.end + _DAY).date()):
            found[_on(day, entry.first)] = None
    yield from (one for one in found if one not in entry.not_on)


def _on(day: date, first: date) -> date:
    """Return the same time of another day."""
    return datetime.combine(day, first.timetz()) if isinstance(first, datetime) else day


def _span(begins: date, lasts: timedelta, zone: tzinfo) -> tuple[datetime, datetime]:
    if isinstance(begins, datetime):
        start = begins.astimezone(UTC)
        return start, start + lasts
    last = begins + lasts
    return tuple(datetime.combine(one, time(0), tzinfo=zone).astimezone(UTC) for one in (begins, last))  # type: ignore[return-value]
