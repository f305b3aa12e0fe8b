"""Each teammate's own public holidays: a team that sits in several countries is not away on the same days.

Whoever names a country is away on its public holidays, by their own clock, but for those on which they say they serve.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from inbox.flow import audit, days_off, shifts
from inbox.flow.absences import may
from inbox.flow.errors import RefusedError
from inbox.flow.rota import here
from inbox.say import say
from inbox.store import rota_away

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.store.db import Session, Work

AHEAD = timedelta(days=366)
"""So far ahead somebody can say that they serve."""


@dataclass(frozen=True, slots=True)
class Day:
    """A public holiday of a teammate's. serves: they do, all the same."""

    teammate_id: int
    day: date
    name: str
    serves: bool


def keep(work: Work, teammate_id: int, country: str, region: str, by: int) -> None:
    """Say whose public holidays somebody keeps; no country is none."""
    may(work, teammate_id, by)
    here(work, teammate_id)
    if region and not country:
        raise RefusedError(say("Choose the country of this region."))
    region = days_off.spelled(country, region)
    days_off.check(country, region)
    rota_away.keep(work, teammate_id, country, region)
    audit.record(work, by, "absence.holidays", teammate=teammate_id, country=country, region=region)
    shifts.people_changed(work, by)


def serve(work: Work, teammate_id: int, day: date, by: int, *, on: bool = True) -> None:
    """Say that somebody serves on a public holiday of theirs, or that they keep it after all."""
    may(work, teammate_id, by)
    here(work, teammate_id)
    place = rota_away.place(work.session, teammate_id)
    since = (work.now - timedelta(days=1)).date()  # somewhere it is still yesterday
    known = days_off.of(place.country, place.region, day.year, day.year) if place else frozenset()
    if not since <= day <= (work.now + AHEAD).date() or day not in known:
        raise RefusedError(say("This is no public holiday of theirs within a year."))
    if rota_away.serve(work, teammate_id, day, on=on):
        audit.record(work, by, "absence.serves" if on else "absence.keeps", teammate=teammate_id, day=day)
        shifts.people_changed(work, by)


def moved(work: Work, teammate_id: int) -> None:
    """Make known that somebody goes by another clock: their days off begin and end at other times now."""
    place = rota_away.place(work.session, teammate_id)
    if place is not None:
        country, region = place.country, place.region
        audit.record(work, teammate_id, "absence.holidays", teammate=teammate_id, country=country, region=region)
        work.session.flush()
        shifts.people_changed(work, teammate_id)


def coming(session: Session, now: datetime, ahead: timedelta = AHEAD, language: str = "") -> list[Day]:
    """Return the public holidays of the team between now and then, the next first."""
    first, last = now.date(), (now + ahead).date()
    found = [
        Day(one.teammate_id, day, name, day in one.serves)
        for one in rota_away.keeping(session, now, now + ahead)
        for day, name in days_off.named(one.country, one.region, first.year, last.year, language).items()
        if first <= day <= last
    ]
    return sorted(found, key=lambda one: (one.day, one.teammate_id))
