"""The rota day by day, on the reader's own clock: who serves between which hours, and whose public holiday it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import TYPE_CHECKING

from inbox.web import rota_words, words
from inbox.web.words import _
from rules import rota_calendar

if TYPE_CHECKING:
    from inbox.flow.holidays import Day
    from rules.rota import Slot


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a day: who, and between which hours where it is not the whole day."""

    said: str
    hours: str
    why: str
    mine: bool
    hole: bool


@dataclass(frozen=True, slots=True)
class Box:
    """One day of the calendar. off: who keeps a public holiday on it."""

    name: str
    long_name: str
    today: bool
    past: bool
    entries: tuple[Entry, ...]
    off: str = ""


def weeks(
    slots: Sequence[Slot],
    names: Mapping[int, str],
    me: int,
    now: datetime,
    zone: tzinfo,
    off: Sequence[Day],
    count: int,
) -> list[list[Box]]:
    """Lay the weeks out, the one that runs first."""
    today = now.astimezone(zone).date()
    days = rota_calendar.days(rota_calendar.joined(slots), zone, rota_calendar.monday(today), count * 7)
    keeping = {day.day: people(off, day.day, names) for day in days}
    boxes = [_box(day, names, me, zone, today, keeping[day.day]) for day in days]
    return [boxes[week * 7 : week * 7 + 7] for week in range(count)]


def one(slots: Sequence[Slot], names: Mapping[int, str], me: int, zone: tzinfo, day: date, off: Sequence[Day]) -> Box:
    """Lay one day out."""
    [found] = rota_calendar.days(rota_calendar.joined(slots), zone, day, 1)
    return _box(found, names, me, zone, None, people(off, day, names))


def people(off: Iterable[Day], day: date, names: Mapping[int, str]) -> str:
    """Name who keeps a public holiday on a day, "" for nobody."""
    return ", ".join(names.get(one.teammate_id, "?") for one in off if one.day == day and not one.serves)


def _box(day: rota_calendar.Day, names: Mapping[int, str], me: int, zone: tzinfo, today: date | None, off: str) -> Box:
    midnight = rota_calendar.midnight(day.day, zone).astimezone(zone)
    entries = tuple(_entry(part, names, me, zone) for part in day.parts)
    name, long_name = words.said(midnight, "d MMM"), words.said(midnight, "EEEE d MMMM")
    past = today is not None and day.day < today
    return Box(name, long_name, day.day == today, past, entries, off)


def _entry(part: rota_calendar.Part, names: Mapping[int, str], me: int, zone: tzinfo) -> Entry:
    slot = part.slot
    start, end = (words.said(at.astimezone(zone), "HH:mm") for at in (slot.start, slot.end))
    if part.begins and part.ends:
        hours = f"{start}\u2013{end}"
    elif part.begins:
        hours = _("from {time}").format(time=start)
    elif part.ends:
        hours = _("until {time}").format(time=end)
    else:
        hours = ""
    return Entry(rota_words.people(slot.people, names), hours, rota_words.why(slot), me in slot.people, not slot.people)
