"""Named questions about snoozed conversations."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Conversation

_until = col(Conversation.snoozed_until)


def due(work: Work, limit: int) -> list[Conversation]:
    """Return what was snoozed until now, the earliest first, locked."""
    query = select(Conversation).where(_until.is_not(None), _until <= work.now)
    query = query.order_by(_until, col(Conversation.id)).limit(limit)
    return list(work.session.exec(query.with_for_update(skip_locked=True)).all())


def next_at(session: Session) -> datetime | None:
    """Return when the next snoozed conversation comes back."""
    return session.execute(sa.select(sa.func.min(_until)).where(_until.is_not(None))).scalar()
