"""The matters behind the figures of how long they take as a whole, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.promise_conditions import Span
from inbox.store.tables import Contact, Conversation, PolicyVersion, Resolution
from inbox.store.tools import table

PAGE = 50

_r, _c, _contacts, _versions = table(Resolution), table(Conversation), table(Contact), table(PolicyVersion)


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter. spent: the seconds that counted until it ended or paused; target: those that were planned."""

    id: int
    conversation_id: int
    contact: str
    subject: str
    started_at: datetime
    closed_at: datetime | None
    spent: int
    target: int


def page(session: Session, span: Span, *, after: int | None = None, limit: int = PAGE) -> list[Matter]:
    """Return the matters that began in a span, the oldest first. after: the one that the page before ended with."""
    query = (
        sa.select(_r.c.id, _r.c.conversation_id, _contacts.c.name.label("contact"), _c.c.subject, _r.c.started_at)
        .add_columns(_r.c.closed_at, _r.c.spent_seconds.label("spent"))
        .add_columns((sa.func.coalesce(_versions.c.resolution_minutes, 0) * 60).label("target"))
        .join(_c, _c.c.id == _r.c.conversation_id)
        .join(_contacts, _contacts.c.id == _c.c.contact_id)
        .join(_versions, _versions.c.id == _r.c.policy_version_id)
        .where(_r.c.started_at >= span.start, _r.c.started_at < span.end, _c.c.merged_into.is_(None))
    )
    if after is not None:
        last = sa.select(_r.c.started_at).where(_r.c.id == after).scalar_subquery()
        query = query.where(sa.or_(_r.c.started_at > last, sa.and_(_r.c.started_at == last, _r.c.id > after)))
    rows = session.execute(query.order_by(_r.c.started_at, _r.c.id).limit(limit)).mappings()
    return [Matter(**row) for row in rows]
