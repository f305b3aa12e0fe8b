"""Absences from somebody's own calendar: a file once, or an address that is read again each hour.

What the calendar does not say any more is an absence no more; what was typed here stays. The address may be a secret
of theirs, so it is locked with the house's key and never shown.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from inbox.flow import absences, audit, outward
from inbox.flow.calendar_in import LARGEST, Found, Wanted, read
from inbox.flow.errors import FlowError, NotFoundError, RefusedError
from inbox.say import say
from inbox.store import calendars, teammates
from inbox.store.tables import CalendarSource
from inbox.store.tools import clean
from inbox.vault import VaultError
from rules.zones import or_utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from inbox.flow.absences import Away
    from inbox.flow.context import Context
    from inbox.store.db import Work

AHEAD = timedelta(days=366)
AGAIN = timedelta(hours=1)
"""A calendar that is followed is fetched so often."""
WORDS = 100
ACCEPTED = {"Accept": "text/calendar, text/plain;q=0.5", "User-Agent": "Under24"}


def look(body: bytes, now: datetime, zone: tzinfo, containing: str) -> Found:
    """Say what a calendar holds; nothing is kept."""
    return read(body, Wanted(now, now + AHEAD, zone, containing.strip()[:WORDS]))


def fetch(context: Context, url: str) -> bytes:
    """Fetch a calendar. RefusedError with a sentence for whoever typed the address."""
    url = url.strip()
    if url.lower().startswith("webcal://"):
        url = "https" + url[len("webcal") :]
    answer = outward.get(url, ACCEPTED, LARGEST + 1, loopback=context.settings.webhooks_loopback)
    if answer.status != 200:
        raise RefusedError(say("The calendar answered with {status}: is the address right?", status=answer.status))
    return answer.body


def take(work: Work, teammate_id: int, found: Sequence[Away], containing: str) -> int:
    """Take over what a file said; no address is read any more. Returns how many absences changed."""
    calendars.drop_source(work, teammate_id)
    row = CalendarSource(teammate_id=teammate_id, containing=clean(containing.strip())[:WORDS], entries=len(found))
    row.read_at = work.now
    work.session.add(row)
    return _replace(work, teammate_id, found, teammate_id)


def follow(work: Work, context: Context, url: str, found: Sequence[Away], containing: str, by: int) -> int:
    """Take over what an address said, and read it again each hour. Returns how many absences changed."""
    changed = take(work, by, found, containing)
    row = calendars.lock_source(work, by)
    if row is not None:
        host = url.partition("://")[2].partition("/")[0].rpartition("@")[2]
        row.url, row.host, row.next_at = context.vault.lock({"url": url.strip()}), host[:200], work.now + AGAIN
        audit.record(work, by, "calendar.chosen", host=row.host)
    return changed


def drop(work: Work, by: int) -> None:
    """Read no calendar any more; what it said of the time to come is forgotten."""
    if calendars.lock_source(work, by) is None:
        raise NotFoundError(say("No calendar of yours is read."))
    calendars.drop_source(work, by)
    audit.record(work, by, "calendar.dropped")
    _replace(work, by, [], by)


def _replace(work: Work, teammate_id: int, found: Sequence[Away], by: int | None) -> int:
    changed = absences.replace_calendar(work, teammate_id, found, by)
    if changed:
        audit.record(work, by, "absence.imported", teammate=teammate_id, changed=changed)
    return changed


# Each hour ------------------------------------------------------------------------------------------------------------


def sync(context: Context) -> bool:
    """Read the calendar whose turn it is again; True when there was one. Nobody waits for it with the store held."""
    with context.store.reading() as session:
        teammate_id = calendars.to_read(session, context.clock())
    if teammate_id is None:
        return False
    with context.store.unit_of_work() as work:
        row = calendars.lock_source(work, teammate_id)
        if row is None or row.next_at is None or row.next_at > work.now or row.url is None:
            return True  # another worker was quicker
        row.next_at = work.now + AGAIN
        sealed, containing = row.url, row.containing
        teammate = teammates.get(work.session, teammate_id)
    zone = or_utc(teammate.zone if teammate else "")
    try:
        body = fetch(context, context.vault.unlock(sealed)["url"])
        found = look(body, context.clock(), zone, containing)
    except (FlowError, VaultError) as error:
        _failed(context, teammate_id, sealed, str(error))
        return True
    _read(context, teammate_id, sealed, found)
    return True


def _failed(context: Context, teammate_id: int, sealed: bytes, error: str) -> None:
    """What is known of their absences stays: a calendar that cannot be read says nothing."""
    with context.store.unit_of_work() as work:
        row = calendars.lock_source(work, teammate_id)
        if row is not None and row.url == sealed:
            row.error = error[:500]


def _read(context: Context, teammate_id: int, sealed: bytes, found: Found) -> None:
    with context.store.unit_of_work() as work:
        row = calendars.lock_source(work, teammate_id)
        if row is None or row.url != sealed:
            return  # meanwhile they chose another one, or none
        row.read_at, row.entries, row.error = work.now, len(found.away), ""
        _replace(work, teammate_id, found.away, None)
