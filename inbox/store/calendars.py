"""Calendars that speak with the rota: the secret links to one's shifts, and where absences are read from."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Audit, CalendarLink, CalendarSource, Teammate

ARRANGED = ("rota.", "absence.", "teammate.")
"""What changes who serves when leaves a line in the audit log; these kinds do."""


def link_of(session: Session, teammate_id: int) -> CalendarLink | None:
    """Return the link to somebody's shifts."""
    return session.get(CalendarLink, teammate_id)


def whose(session: Session, digest: bytes) -> Teammate | None:
    """Return whose shifts a link shows; None when it was taken back, or they do not work here any more."""
    query = (
        select(Teammate)
        .join(CalendarLink, col(CalendarLink.teammate_id) == col(Teammate.id))
        .where(CalendarLink.digest == digest, col(Teammate.disabled_at).is_(None))
    )
    return session.exec(query).first()


def put_link(work: Work, teammate_id: int, digest: bytes, ending: str) -> None:
    """Keep a new link; the one before leads nowhere."""
    drop_link(work, teammate_id)
    work.session.add(CalendarLink(teammate_id=teammate_id, digest=digest, ending=ending, created_at=work.now))
    work.session.flush()


def drop_link(work: Work, teammate_id: int) -> bool:
    """Take a link back; True when there was one."""
    gone = sa.delete(CalendarLink).where(col(CalendarLink.teammate_id) == teammate_id)
    return bool(work.session.execute(gone).rowcount)  # type: ignore[attr-defined]


def last_arranged(session: Session) -> tuple[int, datetime] | None:
    """Return the number and the time of the last act that may have changed who serves when; both only ever rise."""
    kinds = [sa.and_(col(Audit.kind) >= one, col(Audit.kind) < one[:-1] + "/") for one in ARRANGED]
    newest = [sa.select(sa.func.max(col(Audit.id)).label("id")).where(one) for one in kinds]
    found = sa.union_all(*newest).subquery()
    number = session.execute(sa.select(sa.func.max(found.c.id))).scalar()
    row = session.get(Audit, number) if number else None
    return (row.id or 0, row.at) if row else None


# Where absences come from ---------------------------------------------------------------------------------------------


def source_of(session: Session, teammate_id: int) -> CalendarSource | None:
    """Return where somebody's absences are read from."""
    return session.get(CalendarSource, teammate_id)


def lock_source(work: Work, teammate_id: int) -> CalendarSource | None:
    """Return it, changed by nobody else until the end of this transaction."""
    query = select(CalendarSource).where(CalendarSource.teammate_id == teammate_id).with_for_update()
    return work.session.exec(query.execution_options(populate_existing=True)).first()


def drop_source(work: Work, teammate_id: int) -> None:
    """Read somebody's calendar no more."""
    work.session.execute(sa.delete(CalendarSource).where(col(CalendarSource.teammate_id) == teammate_id))


def to_read(session: Session, now: datetime) -> int | None:
    """Return whose calendar is to be read again now, the longest due first; of those who work here."""
    query = (
        sa.select(col(CalendarSource.teammate_id))
        .join(Teammate, col(Teammate.id) == col(CalendarSource.teammate_id))
        .where(col(CalendarSource.next_at) <= now, col(Teammate.disabled_at).is_(None))
        .order_by(col(CalendarSource.next_at))
    )
    return session.execute(query.limit(1)).scalar()
