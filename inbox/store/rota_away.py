"""Named questions about who cannot serve: who is away, who has left, and whose public holidays fall into a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Absence, HolidayPlace, HolidayServed, Teammate
from inbox.store.tools import insert_new
from rules import rota as rules
from rules import rota_calendar
from rules.zones import or_utc

EVER = datetime(9999, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
DaysOff = Callable[[str, str, int, int], Collection[date]]
"""Names the public holidays of a country and region between two years."""


@dataclass(slots=True)
class Keeps:
    """Whose public holidays a teammate keeps, by their own clock, and on which of them they serve all the same."""

    teammate_id: int
    country: str
    region: str
    zone: str
    serves: set[date] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Gone:
    """Who cannot serve in a time. left: since when who has left is gone."""

    absences: tuple[rules.Absence, ...]
    left: dict[int, datetime]


def absences(session: Session, start: datetime, end: datetime, teammate_id: int | None = None) -> list[Absence]:
    """Return who is away in a time, or when one teammate is, the earliest first."""
    query = select(Absence).where(Absence.ends_at > start, Absence.starts_at < end)
    if teammate_id is not None:
        query = query.where(Absence.teammate_id == teammate_id)
    return list(session.exec(query.order_by(col(Absence.starts_at), col(Absence.id))).all())


def gone(session: Session, start: datetime, end: datetime, zone: str, days_off: DaysOff) -> Gone:
    """Return who cannot serve between two moments; whoever has named no zone keeps their days by the rota's."""
    left, kept = _people(session, start, end)
    found = [rules.Absence(one.teammate_id, one.starts_at, one.ends_at) for one in absences(session, start, end)]
    found += [rules.Absence(person, since, EVER) for person, since in left.items()]
    return Gone((*found, *_holidays(kept, start, end, zone, days_off)), left)


def keeping(session: Session, start: datetime, end: datetime) -> list[Keeps]:
    """Return who of those who work here keeps public holidays, and on which they serve between two moments."""
    left, kept = _people(session, start, end)
    return [one for one in kept if one.teammate_id not in left]


def _people(session: Session, start: datetime, end: datetime) -> tuple[dict[int, datetime], list[Keeps]]:
    served = sa.and_(
        col(HolidayServed.teammate_id) == col(HolidayPlace.teammate_id),
        col(HolidayServed.day).between((start - _DAY).date(), (end + _DAY).date()),
    )
    columns = (
        col(Teammate.id),
        col(Teammate.disabled_at),
        col(Teammate.zone),
        col(HolidayPlace.country),
        col(HolidayPlace.region),
        col(HolidayServed.day),
    )
    query = (
        sa.select(*columns)
        .outerjoin(HolidayPlace, col(HolidayPlace.teammate_id) == col(Teammate.id))
        .outerjoin(HolidayServed, served)
        .where(sa.or_(col(Teammate.disabled_at).is_not(None), col(HolidayPlace.country).is_not(None)))
        .order_by(col(Teammate.id))
    )
    left: dict[int, datetime] = {}
    kept: dict[int, Keeps] = {}
    for number, since, zone, country, region, day in session.execute(query):
        if since is not None:
            left[number] = since
        if country:
            one = kept.setdefault(number, Keeps(number, country, region, zone))
            one.serves |= {day} if day else set()
    return left, list(kept.values())


def _holidays(
    kept: Iterable[Keeps], start: datetime, end: datetime, zone: str, days_off: DaysOff
) -> list[rules.Absence]:
    """Return whose holidays fall into a time; each country is asked for once, whoever is at home there."""
    first, last = (start - _DAY).date(), (end + _DAY).date()
    by_place: dict[tuple[str, str], list[date]] = defaultdict(list)
    found: list[rules.Absence] = []
    for one in kept:
        place = (one.country, one.region)
        if place not in by_place:
            days = days_off(*place, first.year, last.year)
            by_place[place] = [day for day in days if first <= day <= last]
        off = [day for day in by_place[place] if day not in one.serves]
        found += rota_calendar.days_off(one.teammate_id, off, or_utc(one.zone or zone))
    return [one for one in found if one.start < end and one.end > start]


# What people say of themselves ----------------------------------------------------------------------------------------


def place(session: Session, teammate_id: int) -> HolidayPlace | None:
    """Return whose public holidays somebody keeps."""
    return session.get(HolidayPlace, teammate_id)


def keep(work: Work, teammate_id: int, country: str, region: str) -> None:
    """Let somebody keep the public holidays of a country, "" for none; on which they serve is asked anew."""
    work.session.execute(sa.delete(HolidayServed).where(col(HolidayServed.teammate_id) == teammate_id))
    work.session.execute(sa.delete(HolidayPlace).where(col(HolidayPlace.teammate_id) == teammate_id))
    if country:
        insert_new(work, HolidayPlace, [{"teammate_id": teammate_id, "country": country, "region": region}])


def serve(work: Work, teammate_id: int, day: date, *, on: bool) -> bool:
    """Let somebody serve on a public holiday of theirs, or keep it; False when that was so before."""
    known = work.session.get(HolidayServed, (teammate_id, day))
    if (known is not None) == on:
        return False
    if on:
        insert_new(work, HolidayServed, [{"teammate_id": teammate_id, "day": day}])
    else:
        mine = (col(HolidayServed.teammate_id) == teammate_id, col(HolidayServed.day) == day)
        work.session.execute(sa.delete(HolidayServed).where(*mine))
    return True
