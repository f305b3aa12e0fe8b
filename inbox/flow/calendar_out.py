"""One's shifts as a calendar that other programs read, behind a secret link: no customer's word is in it.

An event's name is made of layer, turn and person, so that a shift that moves stays the same event.
"""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from icalendar import Calendar, Event

from inbox.flow import audit, duty
from inbox.flow.errors import NotFoundError
from inbox.flow.sign_in import digest
from inbox.say import say
from inbox.store import calendars
from rules.rota_calendar import shifts

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.flow.context import Context
    from inbox.store.db import Session, Work
    from inbox.store.tables import Teammate
    from rules.rota import Slot

BACK = timedelta(days=60)
AHEAD = timedelta(days=182)
"""The feed holds shifts from so long ago (BACK) until then."""


def make_link(work: Work, by: int) -> str:
    """Make the link to one's own shifts; it is shown once, and the one before leads nowhere from now on."""
    token = secrets.token_urlsafe(32)
    calendars.put_link(work, by, digest(token), token[-4:])
    audit.record(work, by, "calendar.link_made", ending=token[-4:])
    return token


def revoke_link(work: Work, by: int) -> None:
    """Let the link lead nowhere."""
    if not calendars.drop_link(work, by):
        raise NotFoundError(say("There is no link to take back."))
    audit.record(work, by, "calendar.link_revoked")


def whose(session: Session, token: str) -> Teammate:
    """Return whose shifts a link shows. NotFoundError, whatever is wrong with it."""
    found = calendars.whose(session, digest(token)) if token else None
    if found is None:
        raise NotFoundError(say("This page does not exist."))
    return found


def write(context: Context, session: Session, teammate: Teammate, now: datetime) -> bytes:
    """Write somebody's shifts, from two months ago to half a year ahead; the same until the rota changes."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    start, end = day - BACK, day + AHEAD
    sequence, changed = calendars.last_arranged(session) or (0, teammate.created_at)
    made = Calendar()
    made.add("PRODID", "-//Under24//rota//EN")
    made.add("VERSION", "2.0")
    made.add("X-WR-CALNAME", context.voice(teammate.language, say("On duty")))
    host = context.settings.public_url.partition("://")[2].partition("/")[0].partition(":")[0] or "under24.invalid"
    for name, slot in named(shifts(duty.slots(session, start, end), teammate.id or 0), start, end):
        event = Event()
        event.add("UID", f"{name}-{teammate.id}@{host}")
        event.add("DTSTAMP", changed)
        event.add("LAST-MODIFIED", changed)
        event.add("SEQUENCE", sequence)
        event.add("DTSTART", slot.start)
        event.add("DTEND", slot.end)
        event.add("SUMMARY", context.voice(teammate.language, say("On duty")))
        event.add("URL", f"{context.settings.public_url}/rota")
        event.add("TRANSP", "TRANSPARENT")
        made.add_component(event)
    return bytes(made.to_ical())


def named(found: list[Slot], start: datetime, end: datetime) -> list[tuple[str, Slot]]:
    """Name each shift by its turn; pieces of one turn are counted, what stands outside all turns is named by its start.

    What the edges of the time cut is left out: its true beginning or end is not known here.
    """
    seen: Counter[str] = Counter()
    names = []
    for slot in found:
        turn = next((one for one in slot.why if one.startswith("turn:")), "")
        base = turn.replace(":", "-") or f"extra-{slot.start:%Y%m%dT%H%M%SZ}"
        seen[base] += 1
        if slot.start > start and slot.end < end:
            names.append((base if seen[base] == 1 else f"{base}-{seen[base]}", slot))
    return names
