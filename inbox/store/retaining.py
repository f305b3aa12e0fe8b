"""Named questions about how long conversations are kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.db import Work
from inbox.store.tables import Conversation, Delivery, Message, Setting
from inbox.store.tools import table

KEY = "retention_months"
FINAL = ("closed", "spam")

_conversations = table(Conversation)
_messages = table(Message)
_outbox = table(Delivery)


def months(session: Session) -> int:
    """Return for how many months closed conversations are kept, 0 for ever."""
    found = session.get(Setting, KEY)
    return int(found.value) if found is not None and isinstance(found.value, int) else 0


def set_months(work: Work, number: int) -> None:
    """Keep closed conversations for so many months, 0 for ever."""
    work.session.merge(Setting(key=KEY, value=number))
    work.session.flush()


def before(now: datetime, number: int, days: float) -> datetime:
    """Return the time so many months ago."""
    return now - timedelta(days=days * number)


def _due(limit: datetime) -> list[sa.ColumnElement[bool]]:
    return [
        _conversations.c.emptied_at.is_(None),
        _conversations.c.status.in_(FINAL),
        _conversations.c.updated_at < limit,
        _conversations.c.due_at.is_(None),
        _conversations.c.merged_into.is_(None),
        ~_leaving(_conversations.c.id),
    ]


def _leaving(conversation_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Whether something is still to leave from a conversation, perhaps at an hour that a teammate chose."""
    return sa.exists().where(_outbox.c.conversation_id == conversation_id, _outbox.c.state.in_(("queued", "sending")))


def due(session: Session, limit: datetime) -> tuple[int, datetime | None]:
    """Count what has not been touched since that time, and return when the oldest was."""
    query = sa.select(sa.func.count(), sa.func.min(_conversations.c.updated_at)).where(*_due(limit))
    row = session.execute(query).one()
    return int(row[0]), row[1]


def next_due(session: Session, limit: datetime, number: int) -> list[int]:
    """Return a few of them, the oldest first."""
    query = sa.select(_conversations.c.id).where(*_due(limit)).order_by(_conversations.c.updated_at).limit(number)
    return list(session.execute(query).scalars())


def still_due(work: Work, conversation_id: int, limit: datetime) -> Conversation | None:
    """Return one of them, held, if it still is one."""
    row = work.session.get(Conversation, conversation_id, with_for_update=True, populate_existing=True)
    if row is None or row.due_at is not None or row.status not in FINAL or row.updated_at >= limit:
        return None
    if row.merged_into is not None or row.emptied_at is not None:
        return None
    leaving = work.session.execute(sa.select(_leaving(sa.literal(conversation_id)))).scalar()
    return None if leaving else row


def messages_of(session: Session, conversation_id: int) -> list[int]:
    """Return everything in one conversation's timeline."""
    query = sa.select(_messages.c.id).where(_messages.c.conversation_id == conversation_id)
    return list(session.execute(query.order_by(_messages.c.id)).scalars())


def merged_into(session: Session, conversation_id: int) -> list[int]:
    """Return the conversations that were merged into this one and have no words left but their subject."""
    query = sa.select(_conversations.c.id).where(_conversations.c.merged_into == conversation_id)
    return list(session.execute(query).scalars())


def nothing_left(session: Session, contact_id: int) -> bool:
    """Whether every conversation of a person was emptied."""
    query = sa.select(_conversations.c.id).where(
        _conversations.c.contact_id == contact_id, _conversations.c.emptied_at.is_(None)
    )
    return session.execute(query.limit(1)).scalar() is None
