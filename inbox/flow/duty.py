"""Who is on duty: everybody asks here, and nobody asks the rota or a teammate's preferences.

Where the house has a rota in which somebody sits, it says so; else whoever switched themselves on duty is. What the
rota says of the next weeks is remembered by its stamp, so that to ask costs one small query.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.flow import shifts
from inbox.store import readers
from inbox.store import rota as rows
from rules.rota import Slot, who

if TYPE_CHECKING:
    from inbox.store.db import Session

AHEAD = timedelta(days=35)
"""So far is looked ahead for who comes next, and back for when a shift began."""
REMEMBERED = 4
SWITCH = "switch"
"""The reason where there is no rota: they switched themselves on."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What one state of the rota says of a time."""

    slots: list[Slot]
    starts: list[datetime]
    end: datetime

    def place(self, now: datetime) -> int | None:
        """Return which slot runs, None where too little is known."""
        if not self.starts[0] <= now < self.end - AHEAD / 5:
            return None
        return bisect_right(self.starts, now) - 1


_known: dict[str, _Known] = {}


def on_duty(session: Session, now: datetime) -> list[int]:
    """Return who answers now; nobody, where the rota has a hole."""
    return list(current(session, now).people)


def current(session: Session, now: datetime) -> Slot:
    """Return the slot that runs now, with its reasons; where there is no rota it has no end."""
    found = _asked(session, now)
    if found is None:
        return _switched(session, now, now.max.replace(tzinfo=now.tzinfo))
    known, place = found
    return known.slots[place]


def next_on_duty(session: Session, now: datetime) -> list[int]:
    """Return who answers next, after those who do now; nobody while there is no rota, or where nobody else comes."""
    following = next_slot(session, now)
    return list(following.people) if following else []


def next_slot(session: Session, now: datetime) -> Slot | None:
    """Return the next slot in which others answer than now."""
    found = _asked(session, now)
    if found is None:
        return None
    known, place = found
    running = set(known.slots[place].people)
    return next((slot for slot in known.slots[place + 1 :] if slot.people and set(slot.people) != running), None)


def slots(session: Session, start: datetime, end: datetime) -> list[Slot]:
    """Return who is on duty from one moment to another, without gap or overlap; nobody, where there is a hole."""
    used = rows.in_use(session)
    if used is None:
        return [_switched(session, start, end)]
    known = _known.get(used[1])
    if known and known.starts[0] <= start < end <= known.end:
        cut = (replace(one, start=max(one.start, start), end=min(one.end, end)) for one in known.slots)
        return [one for one in cut if one.start < one.end]
    return who(shifts.rules_of(session, used[0], start, end), start, end)


def by_rota(session: Session) -> bool:
    """Whether a rota says who is on duty, and not each for themselves."""
    return rows.in_use(session) is not None


def _switched(session: Session, start: datetime, end: datetime) -> Slot:
    return Slot(start, end, tuple(readers.on_duty(session)), (SWITCH,))


def _asked(session: Session, now: datetime) -> tuple[_Known, int] | None:
    used = rows.in_use(session)
    if used is None:
        return None
    known = _known.get(used[1])
    place = known.place(now) if known else None
    if known is None or place is None:
        known = _look(session, used[0], now)
        place = bisect_right(known.starts, now) - 1
        for stamp in list(_known)[: 1 - REMEMBERED]:
            _known.pop(stamp, None)
        _known[used[1]] = known
    return known, place


def _look(session: Session, rota_id: int, now: datetime) -> _Known:
    start, end = now - AHEAD, now + AHEAD
    found = who(shifts.rules_of(session, rota_id, start, end), start, end)
    return _Known(found, [slot.start for slot in found], end)
