"""What the page of the rota shows: who answers, the weeks to come, holes before they happen, one's own shifts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from inbox.flow import duty, shifts
from inbox.store import rota as rows
from inbox.store import rota_figures, rota_shifts, teammates
from inbox.web import rota_load, rota_words, words
from inbox.web.words import _, _n
from rules import rota_calendar
from rules.rota import Slot, holes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.flow.sign_in import Signed
    from inbox.store.db import Session
    from inbox.store.tables import Absence, RotaSwap

WEEKS = 4
HOLES = 12
AWAYS = 200
AWAY = timedelta(days=90)
"""So far ahead are absences shown."""


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
    """One day of the calendar."""

    name: str
    long_name: str
    today: bool
    past: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """A time when nobody is on duty although somebody should be. usual: how many write then, on average."""

    slot: Slot
    said: str
    usual: float
    told: str
    best: int | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """A shift of the reader's own. swap: what they asked for it."""

    slot: Slot
    said: str
    why: str
    swap: RotaSwap | None
    begun: bool


def scene(session: Session, me: Signed, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """Gather all of it, in a fixed number of questions."""
    first = rota_calendar.monday(now.astimezone(zone).date())
    start = rota_calendar.midnight(first, zone)
    end = max(rota_calendar.midnight(first + timedelta(weeks=WEEKS), zone), now + timedelta(weeks=WEEKS))
    slots = duty.slots(session, start, end)
    names = teammates.names(session)
    used = rows.in_use(session)
    ahead = [slot for slot in slots if slot.end > now]
    swaps = rota_shifts.swaps(session, used[0], now) if used else []
    shown: dict[str, Any] = {
        "names": names,
        "team": [(one.id, one.name) for one in teammates.active(session)],
        "kept": used is not None,
        "rota": rows.first(session),
        "sentence": rota_words.sentence(slots, names, now, zone),
        "weeks": _weeks(slots, names, me.id, now, zone) if used else [],
        "heads": rota_words.DAYS,
        "states": rota_words.STATES,
        "span_said": rota_words.span,
        "load": None,
        "number_of": words.number_of,
        "holes": _holes(session, used[0], ahead, now, zone) if used else [],
        "shifts": _mine(ahead, swaps, me.id, now, zone) if used else [],
        "zone_name": str(zone),
    }
    rota = rows.first(session)
    if used and rota:
        load = rota_load.shares(session, rota, ahead, [one for one, _name in shown["team"]], now)
        shown["load"] = load if load.loads else None
        shown["holes"] = [replace(one, best=load.best(one.slot)) for one in shown["holes"]]
    shown.update(_asked(swaps, me))
    away = rows.absences(session, now, now + AWAY)[:AWAYS]
    shown["away"] = [(one, away_said(one, zone)) for one in away]
    return shown


def _weeks(slots: Sequence[Slot], names: dict[int, str], me: int, now: datetime, zone: tzinfo) -> list[list[Box]]:
    today = now.astimezone(zone).date()
    merged = rota_calendar.joined(slots)
    days = rota_calendar.days(merged, zone, rota_calendar.monday(today), WEEKS * 7)
    boxes = []
    for day in days:
        midnight = rota_calendar.midnight(day.day, zone).astimezone(zone)
        entries = tuple(_entry(part, names, me, zone) for part in day.parts)
        name, long_name = words.said(midnight, "d MMM"), words.said(midnight, "EEEE d MMMM")
        boxes.append(Box(name, long_name, day.day == today, day.day < today, entries))
    return [boxes[week * 7 : week * 7 + 7] for week in range(WEEKS)]


def _entry(part: rota_calendar.Part, names: dict[int, str], me: int, zone: tzinfo) -> Entry:
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


def _holes(session: Session, rota_id: int, ahead: Sequence[Slot], now: datetime, zone: tzinfo) -> list[Hole]:
    if not ahead:
        return []
    start, end = max(ahead[0].start, now), ahead[-1].end
    cut = [Slot(max(one.start, start), one.end, one.people, one.why) for one in ahead]
    found = holes(shifts.rules_of(session, rota_id, start, end), start, end, cut)[:HOLES]
    usual = rota_figures.arrivals(session, now) if found else {}
    return [_hole(one, rota_calendar.usually(usual, one.start, one.end), zone) for one in found]


def _hole(slot: Slot, usual: float, zone: tzinfo) -> Hole:
    said = rota_words.span(slot.start, slot.end, zone)
    about = round(usual)
    if about:
        told = _n("about {n} person usually writes then", "about {n} people usually write then", about)
    else:
        told = _("hardly anybody usually writes then")
    return Hole(slot, said, usual, told)


def _mine(ahead: Sequence[Slot], swaps: Sequence[RotaSwap], me: int, now: datetime, zone: tzinfo) -> list[Shift]:
    asked = [one for one in swaps if one.teammate_id == me and one.state == "open"]
    found = []
    for slot in rota_calendar.shifts(ahead, me):
        swap = next((one for one in asked if one.starts_at < slot.end and one.ends_at > slot.start), None)
        said = rota_words.span(slot.start, slot.end, zone)
        found.append(Shift(slot, said, rota_words.why(slot), swap, slot.start <= now))
    return found


def _asked(swaps: Sequence[RotaSwap], me: Signed) -> dict[str, list[RotaSwap]]:
    waiting = [one for one in swaps if one.state == "open"]
    return {
        "for_me": [one for one in waiting if one.teammate_id != me.id and one.wanted_id in {None, me.id}],
        "by_me": [one for one in waiting if one.teammate_id == me.id],
        "others": [one for one in waiting if one.teammate_id != me.id and one.wanted_id not in {None, me.id}],
        "settled": [one for one in swaps if one.state != "open"][:20],
    }


def away_said(row: Absence, zone: tzinfo) -> str:
    """Say when somebody is away; whole days as days."""
    first, last = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    if first.time() == last.time() == first.time().min:
        final = last - timedelta(days=1)
        if final.date() == first.date():
            return words.said(first, "EEE d MMM")
        return _("{start} to {end}").format(start=words.said(first, "EEE d MMM"), end=words.said(final, "EEE d MMM"))
    return rota_words.span(row.starts_at, row.ends_at, zone)
