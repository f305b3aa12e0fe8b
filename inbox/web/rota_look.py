"""What can be looked up in the rota: who is on duty on a day, and the weeks to come of one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from inbox.flow import duty
from inbox.store import rota_shifts
from inbox.web import rota_days, rota_words
from rules import rota_calendar

if TYPE_CHECKING:
    from inbox.flow.holidays import Day
    from inbox.store.db import Session
    from rules.rota import Slot

FAR = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked up."""

    day: date | None = None
    who: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. far: the day is too far away. shifts: what the person serves in the weeks to come, and why."""

    asked: Asked
    box: rota_days.Box | None = None
    far: bool = False
    person: str = ""
    shifts: tuple[tuple[str, str], ...] = ()


def look(
    session: Session,
    rota_id: int,
    asked: Asked,
    ahead: Sequence[Slot],
    names: Mapping[int, str],
    now: datetime,
    zone: tzinfo,
    off: Sequence[Day],
) -> Found:
    """Look something up. Of a day that is past, who served; else who will."""
    far = asked.day is not None and abs(asked.day - now.date()) > FAR
    box = None
    if asked.day is not None and not far:
        slots = _of_day(session, rota_id, asked.day, now, zone)
        box = rota_days.one(slots, names, 0, zone, asked.day, off)
    person = names.get(asked.who or 0, "")
    served = rota_calendar.shifts(ahead, asked.who) if asked.who is not None and person else []
    shifts = tuple((rota_words.span(one.start, one.end, zone), rota_words.why(one)) for one in served)
    return Found(asked, box, far, person, shifts)


def _of_day(session: Session, rota_id: int, day: date, now: datetime, zone: tzinfo) -> list[Slot]:
    start = rota_calendar.midnight(day, zone)
    end = rota_calendar.midnight(day + timedelta(days=1), zone)
    served = rota_shifts.between(session, rota_id, start, min(end, now)) if start < now else []
    return [*served, *(duty.slots(session, max(start, now), end) if end > now else [])]
