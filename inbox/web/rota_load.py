"""Who carries how much of the rota, and how evenly: what was served, and what is planned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inbox.flow import days_off, shifts
from inbox.store import rota as rows
from inbox.store import rota_figures, rota_shifts
from inbox.web.words import _, _n
from rules import rota_fair
from rules.rota import Absence, Slot
from rules.rota_fair import Load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.store.db import Session
    from inbox.store.tables import RotaTable

SERVED = timedelta(weeks=12)
EVEN, FAIR = 0.9, 0.7


@dataclass(frozen=True, slots=True)
class Shares:
    """What each carries. said: whether that is even, in a sentence; None where nobody could share."""

    loads: list[Load]
    said: str
    balance: float | None
    slots: list[Slot]
    absences: tuple[Absence, ...]

    def best(self, slot: Slot) -> int | None:
        """Return who could fill a hole, whoever carries least first."""
        found = rota_fair.suggest(slot.start, slot.end, self.loads, self.slots, self.absences)
        return found[0].person if found else None


def shares(session: Session, rota: RotaTable, ahead: Sequence[Slot], team: Sequence[int], now: datetime) -> Shares:
    """Add up twelve weeks of what was served, and the weeks that are planned."""
    since = now - SERVED
    served = rota_shifts.between(session, rota.id or 0, since, now)
    planned = [Slot(max(one.start, now), one.end, one.people, one.why) for one in ahead]
    slots = [*served, *planned]
    seats = rows.seats(session, [one.id or 0 for one in rows.layers(session, rota.id or 0)])
    sitting = {seat.teammate_id for places in seats.values() for seat in places}
    people = [one for one in team if one in sitting or any(one in slot.people for slot in slots)]
    end = slots[-1].end if slots else now
    away = shifts.away(session, rota.zone, since, end)
    off = days_off.of(rota.country, rota.region, since.year, end.year) if rota.country else frozenset()
    replies = rota_figures.answers(session, since, now)
    loads = rota_fair.loads(slots, people, ZoneInfo(rota.zone), holidays=off, replies=replies, absences=away)
    even = rota_fair.balance(loads)
    return Shares(loads, _said(even, len(people)), even, slots, away)


def _said(even: float | None, count: int) -> str:
    if even is None:
        return _("One person alone cannot share.") if count == 1 else ""
    percent = int(even * 100)
    if even >= EVEN:
        told = _("The load is shared evenly: {percent} %")
    elif even >= FAIR:
        told = _("The load is shared fairly evenly: {percent} %")
    else:
        told = _("The load is not shared evenly: {percent} %")
    among = _n("of {n} person.", "among {n} people.", count)
    return f"{told.format(percent=percent)} {among}"
