"""Named questions about when teammates are away."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.tables import Absence
from inbox.store.tools import chunked


def count(session: Session, teammate_id: int, now: datetime) -> int:
    """Count the absences of a teammate that are not over."""
    query = sa.select(sa.func.count()).where(col(Absence.teammate_id) == teammate_id, col(Absence.ends_at) > now)
    return session.execute(query).scalar() or 0


def of_calendar(session: Session, teammate_id: int, now: datetime) -> list[Absence]:
    """Return the absences that a teammate's calendar named and that are not over."""
    query = select(Absence).where(Absence.teammate_id == teammate_id, Absence.source == "ical", Absence.ends_at > now)
    return list(session.exec(query.order_by(col(Absence.starts_at), col(Absence.id))).all())


def of_events(session: Session, teammate_id: int, uids: Collection[str]) -> list[Absence]:
    """Return the absences that these events of a teammate's calendar named, also those that are over."""
    found: list[Absence] = []
    mine = select(Absence).where(Absence.teammate_id == teammate_id, Absence.source == "ical")
    for chunk in chunked(sorted(uids)):
        found += session.exec(mine.where(col(Absence.uid).in_(chunk)).order_by(col(Absence.id))).all()
    return found
