"""Named questions about snoozed conversations."""

from __future__ import annotations

from sqlmodel import col, select

from inbox.store.db import Work
from inbox.store.tables import Conversation

_until = col(Conversation.snoozed_until)


def due(work: Work, limit: int) -> list[Conversation]:
    """Return what was snoozed until now, the earliest first, locked."""
    query = select(Conversation).where(_until.is_not(None), _until <= work.now)
    query = query.order_by(_until, col(Conversation.id)).limit(limit)
    return list(work.session.exec(query.with_for_update(skip_locked=True)).all())
