"""Named questions about the feed of changes."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.tables import Change


def last_seq(session: Session) -> int:
    """Return the number of the newest change, 0 when there is none."""
    return session.execute(sa.select(sa.func.max(col(Change.seq)))).scalar() or 0


def first_seq(session: Session) -> int:
    """Return the number of the oldest change that is still kept, 0 when there is none."""
    return session.execute(sa.select(sa.func.min(col(Change.seq)))).scalar() or 0


def after(session: Session, seq: int, limit: int) -> list[Change]:
    """Return what changed after `seq`, oldest first."""
    return list(session.exec(select(Change).where(col(Change.seq) > seq).order_by(col(Change.seq)).limit(limit)).all())


def of_conversation(session: Session, conversation_id: int, limit: int) -> list[Change]:
    """Return the newest changes of one conversation, newest first."""
    query = select(Change).where(Change.conversation_id == conversation_id)
    return list(session.exec(query.order_by(col(Change.seq).desc()).limit(limit)).all())
