"""Opening hours as a founder wrote them, and the calendar made of them, in which public holidays are written out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from inbox.flow import days_off
from inbox.store.tables import OpeningHours
from rules import hours
from rules.hours import Hours, Span

if TYPE_CHECKING:
    from inbox.store.db import Session

YEARS = 10
"""So many years ahead are public holidays written out; a change of anything writes them out anew."""
Week = tuple[tuple[Span, ...], ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """Opening hours as a founder wrote them. country: of whose holidays, "" for none; subdivision: of which part."""

    name: str
    zone: str
    week: Week
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    country: str = ""
    subdivision: str = ""


def of(session: Session, hours_id: int | None, now: datetime) -> Hours | None:
    """Return the calendar of these opening hours as it is now, None for the wall clock."""
    row = session.get(OpeningHours, hours_id) if hours_id else None
    return compiled(drafted(row), now) if row else None


def drafted(row: OpeningHours) -> Draft:
    """Return stored opening hours as they were written."""
    week = tuple(map(hours.read_spans, row.week))
    days = {date.fromisoformat(day): hours.read_spans(spans) for day, spans in row.exceptions.items()}
    return Draft(row.name, row.zone, week, days, row.country, row.subdivision)


def compiled(draft: Draft, now: datetime) -> Hours:
    """Return the calendar to reckon with: the holidays from the year before on are written out in it."""
    holidays = days_off.of(draft.country, draft.subdivision, now.year - 1, now.year + YEARS - 1)
    return Hours(draft.zone, draft.week, dict(draft.exceptions), holidays)
