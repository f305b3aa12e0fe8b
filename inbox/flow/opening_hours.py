"""Write the opening hours that policies count in: a week, what is different on some dates, and public holidays.

Changing them makes a new version of each policy that counts in them; waits that are open keep their deadline.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.flow import audit, days_off, policy_versions, zones
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.open_time import Draft, compiled
from inbox.say import say
from inbox.store import policies
from inbox.store.tables import OpeningHours
from inbox.store.tools import clean
from rules import hours

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.store.db import Work

MOST, NAME, SPANS, DATES = 50, 80, 6, 400
"""Calendars, letters of a name, intervals of one day, dates of their own."""


def save(work: Work, by: int, draft: Draft, hours_id: int | None = None) -> int:
    """Write opening hours, new or again. RefusedError says what is wrong."""
    check(draft, work.now)
    known = find(work, hours_id) if hours_id else None
    everything = policies.calendars(work.session)
    if known is None and len(everything) >= MOST:
        raise RefusedError(say("There are {n} opening hours already: delete some first.", n=MOST))
    if any(one.name == draft.name.strip() and one is not known for one in everything):
        raise RefusedError(say("There are opening hours of this name already."))
    row = known or OpeningHours(name="", zone="", changed_at=work.now)
    row.name, row.zone, row.changed_at = clean(draft.name.strip()), draft.zone, work.now
    row.week = [hours.plain(spans) for spans in draft.week]
    row.exceptions = {day.isoformat(): hours.plain(spans) for day, spans in sorted(draft.exceptions.items())}
    row.country, row.subdivision = draft.country, draft.subdivision
    work.session.add(row)
    work.session.flush()
    for policy in policies.by_hours(work.session, row.id or 0) if known else ():
        policy_versions.renew(work, policy, by)
    audit.record(work, by, "hours.changed" if known else "hours.added", hours=row.id, name=row.name)
    work.announce("policy.saved", teammate_id=by, hours_id=row.id)
    return row.id or 0


def archive(work: Work, by: int, hours_id: int) -> None:
    """Delete opening hours that no policy counts in; those of earlier versions are written there."""
    row = find(work, hours_id)
    used = policies.by_hours(work.session, hours_id)
    if used:
        raise RefusedError(say("The policy “{name}” counts in these hours: change it first.", name=used[0].name))
    row.archived_at = work.now
    audit.record(work, by, "hours.removed", hours=row.id, name=row.name)
    work.announce("policy.saved", teammate_id=by, hours_id=row.id)


def find(work: Work, hours_id: int) -> OpeningHours:
    """Return opening hours that can be chosen, or raise NotFoundError."""
    found = work.session.get(OpeningHours, hours_id, with_for_update=True)
    if found is None or found.archived_at is not None:
        raise NotFoundError(say("These opening hours are not there any more."))
    return found


def check(draft: Draft, now: datetime) -> None:
    """Refuse hours that cannot be counted in, with the first thing that is wrong."""
    if not 0 < len(draft.name.strip()) <= NAME:
        raise RefusedError(say("Give the opening hours a name of up to {n} characters.", n=NAME))
    zones.check(draft.zone)
    if len(draft.week) != 7 or any(len(spans) > SPANS for spans in (*draft.week, *draft.exceptions.values())):
        raise RefusedError(say("A day has at most {n} intervals.", n=SPANS))
    if len(draft.exceptions) > DATES:
        raise RefusedError(say("At most {n} dates can be different.", n=DATES))
    days_off.check(draft.country, draft.subdivision)
    if not hours.open_in_the_next_year(compiled(draft, now), now):
        raise RefusedError(say("These hours are never open within the next year: nobody could be answered in them."))
