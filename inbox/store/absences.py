"""Named questions about when teammates are away."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.tables import Absence


def count(session: Session, teammate_id: int, now: datetime) -> int:
    """Count the absences of a teammate that are not over."""
    query = sa.select(sa.func.count()).where(col(Absence.teammate_id) == teammate_id, col(Absence.ends_at) > now)
    return session.execute(query).scalar() or 0


def of_calendar(session: Session, teammate_id: int, now: datetime) -> list[Absence]:
    """Return the absences that a teammate's calendar named and that are not over."""
    query = select(Absence).where(Absence.teammate_id == teammate_id, Absence.source == "ical", Absence.ends_at > now)
    return list(session.exec(query.order_by(col(Absence.starts_at), col(Absence.id))).all())
