"""What the page of the rota shows: who answers, the weeks to come, holes before they happen, one's own shifts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from inbox.flow import duty, holidays, shifts
from inbox.store import rota as rows
from inbox.store import rota_away, rota_figures, rota_shifts, teammates
from inbox.web import rota_asked, rota_days, rota_load, rota_look, rota_words, words
from inbox.web.language import language
from inbox.web.words import _, _n
from rules import rota as rules
from rules import rota_calendar
from rules.rota import Slot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from inbox.flow.holidays import Day
    from inbox.flow.sign_in import Signed
    from inbox.store.db import Session
    from inbox.store.tables import Absence, RotaSwap, RotaTable

WEEKS = 4
HOLES = 12
AWAYS = 200
AWAY = timedelta(days=90)
"""So far ahead are absences shown."""
OFF = 20
"""So many days on which somebody keeps a public holiday."""
NOTHING = rota_look.Asked()


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


@dataclass(frozen=True, slots=True)
class Seen:
    """What the page is made of: the slots from this week's Monday on, and who keeps public holidays."""

    me: Signed
    now: datetime
    zone: tzinfo
    slots: list[Slot]
    names: dict[int, str]
    off: list[Day]

    @property
    def ahead(self) -> list[Slot]:
        """Return what is not over."""
        return [slot for slot in self.slots if slot.end > self.now]


def scene(
    session: Session, me: Signed, now: datetime, zone: tzinfo, asked: rota_look.Asked = NOTHING
) -> dict[str, Any]:
    """Gather all of it, in a fixed number of questions."""
    first = rota_calendar.monday(now.astimezone(zone).date())
    start = rota_calendar.midnight(first, zone)
    end = max(rota_calendar.midnight(first + timedelta(weeks=WEEKS), zone), now + timedelta(weeks=WEEKS))
    slots, names = duty.slots(session, start, end), teammates.names(session)
    seen = Seen(me, now, zone, slots, names, holidays.coming(session, now, AWAY, language()))
    team = [(one.id or 0, one.name) for one in teammates.active(session)]
    rota, used = rows.first(session), rows.in_use(session)
    shown: dict[str, Any] = {
        "names": names,
        "team": team,
        "kept": used is not None,
        "sentence": rota_words.sentence(slots, names, now, zone),
        "off": off_said(seen.off, names),
        "away": [(one, away_said(one, zone)) for one in rota_away.absences(session, now, now + AWAY)[:AWAYS]],
        "states": rota_words.STATES,
        "number_of": words.number_of,
        "asked": rota_asked,
        **dict.fromkeys(("load", "found", "weeks", "holes", "shifts", "swaps", "offered")),
    }
    return {**shown, **(_turns(session, rota, seen, team, asked) if rota and used else {})}


def _turns(
    session: Session, rota: RotaTable, seen: Seen, team: Sequence[tuple[int, str]], asked: rota_look.Asked
) -> dict[str, Any]:
    """Gather what only a rota in which somebody sits can show."""
    now, zone, number = seen.now, seen.zone, rota.id or 0
    swaps = rota_shifts.swaps(session, number, now)
    offered = rota_asked.choices(seen.ahead, now, zone, seen.me.id)
    load = rota_load.shares(session, rota, seen.ahead, [one for one, _name in team], now)
    return {
        "weeks": rota_days.weeks(seen.slots, seen.names, seen.me.id, now, zone, seen.off, WEEKS),
        "heads": rota_words.DAYS,
        "zone_name": str(zone),
        "found": rota_look.look(session, number, asked, seen.ahead, seen.names, now, zone, seen.off),
        "load": load if load.loads else None,
        "holes": [replace(one, best=load.best(one.slot)) for one in holes(session, number, seen.ahead, now, zone)],
        "shifts": _mine(seen.ahead, swaps, seen.me.id, now, zone),
        "offered": offered,
        "swaps": rota_asked.gathered(swaps, offered, seen.me, zone),
    }


def holes(session: Session, rota_id: int, ahead: Sequence[Slot], now: datetime, zone: tzinfo) -> list[Hole]:
    """Return when nobody will be on duty although somebody should be, the next first."""
    if not ahead:
        return []
    start, end = max(ahead[0].start, now), ahead[-1].end
    cut = [Slot(max(one.start, start), one.end, one.people, one.why) for one in ahead]
    found = rules.holes(shifts.rules_of(session, rota_id, start, end), start, end, cut)[:HOLES]
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


def off_said(off: Sequence[Day], names: Mapping[int, str]) -> list[tuple[str, str]]:
    """Say on which days to come who keeps a public holiday."""
    days = [day for day in dict.fromkeys(one.day for one in off) if rota_days.people(off, day, names)]
    noon = time(12)
    return [
        (words.said(datetime.combine(day, noon, UTC), "EEE d MMM"), rota_days.people(off, day, names))
        for day in days[:OFF]
    ]


def away_said(row: Absence, zone: tzinfo) -> str:
    """Say when somebody is away; whole days as days."""
    first, last = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    if first.time() == last.time() == first.time().min:
        final = last - timedelta(days=1)
        if final.date() == first.date():
            return words.said(first, "EEE d MMM")
        return _("{start} to {end}").format(start=words.said(first, "EEE d MMM"), end=words.said(final, "EEE d MMM"))
    return rota_words.span(row.starts_at, row.ends_at, zone)
