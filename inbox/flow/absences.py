"""When teammates are away: typed here, or read from their own calendars."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from inbox.flow import audit, shifts
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.rota import check_time, here
from inbox.say import say
from inbox.store import absences as rows
from inbox.store import teammates
from inbox.store.tables import Absence
from inbox.store.tools import clean

if TYPE_CHECKING:
    from inbox.store.db import Work

MOST = 500
"""So many absences to come may somebody have."""
UID = 200


@dataclass(frozen=True, slots=True)
class Away:
    """A time that a calendar says somebody is away, by the event's own name."""

    uid: str
    start: datetime
    end: datetime


def add(work: Work, teammate_id: int, start: datetime, end: datetime, by: int) -> int:
    """Say that somebody is away for a time; returns the number of the absence."""
    may(work, teammate_id, by)
    here(work, teammate_id)
    check_time(work, start, end)
    if rows.count(work.session, teammate_id, work.now) >= MOST:
        raise RefusedError(say("At most {limit} absences can be known ahead.", limit=MOST))
    row = Absence(teammate_id=teammate_id, starts_at=start, ends_at=end, created_at=work.now)
    work.session.add(row)
    work.session.flush()
    audit.record(work, by, "absence.added", teammate=teammate_id, start=start, end=end)
    shifts.people_changed(work, by)
    return row.id or 0


def remove(work: Work, absence_id: int, by: int) -> None:
    """Say that somebody is not away after all; of what has begun, what is left of it."""
    found = work.session.get(Absence, absence_id)
    if found is None or found.ends_at <= work.now:
        raise NotFoundError(say("This absence is over, or was taken back before."))
    may(work, found.teammate_id, by)
    if found.source != "manual":
        raise RefusedError(say("This absence comes from a calendar: change it there."))
    audit.record(work, by, "absence.removed", teammate=found.teammate_id)
    if found.starts_at < work.now:
        found.ends_at = work.now
    else:
        work.session.delete(found)
    work.session.flush()
    shifts.people_changed(work, by)


def replace_calendar(work: Work, teammate_id: int, found: Iterable[Away], by: int | None = None) -> int:
    """Let a calendar say anew when somebody is away from now on; returns how many absences changed."""
    wanted = {
        (clean(one.uid)[:UID], one.start): one.end
        for one in sorted(found, key=lambda one: one.start)
        if one.start < one.end and one.end > work.now and one.uid
    }
    kept = dict(list(wanted.items())[:MOST])
    known = {(row.uid, row.starts_at): row for row in rows.of_calendar(work.session, teammate_id, work.now)}
    gone = [row for key, row in known.items() if key not in kept]
    # What was over may be longer now: an illness that goes on.
    over = rows.of_events(work.session, teammate_id, {uid for uid, start in kept.keys() - known.keys()})
    known = {**{(row.uid, row.starts_at): row for row in over}, **known}
    moved = [(known[key], end) for key, end in kept.items() if key in known and known[key].ends_at != end]
    new = [key for key in kept if key not in known]
    for row in gone:
        work.session.delete(row)
    for row, end in moved:
        row.ends_at = end
    for uid, start in new:
        row = Absence(teammate_id=teammate_id, starts_at=start, ends_at=kept[uid, start], created_at=work.now)
        row.source, row.uid = "ical", uid
        work.session.add(row)
    work.session.flush()
    changed = len(gone) + len(moved) + len(new)
    if changed:
        shifts.people_changed(work, by)
    return changed


def may(work: Work, teammate_id: int, by: int) -> None:
    """Refuse to speak for others who is no founder."""
    acting = teammates.get(work.session, by)
    if teammate_id != by and (acting is None or acting.role != "founder"):
        raise RefusedError(say("Only they themselves or a founder can say when somebody is away."))
