"""Named questions about how long matters take as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median

import sqlalchemy as sa
from sqlmodel import Session, select

from inbox.store.tables import Conversation, PolicyVersion, Resolution, Wait
from inbox.store.tools import table

_resolutions, _versions, _waits = table(Resolution), table(PolicyVersion), table(Wait)
_conversations = table(Conversation)
LOOKED_AT = 20_000
"""Matters that figures are made of, the newest first."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Matters that began in a span: how many, how many have ended, how many of those in time. median in seconds."""

    began: int
    ended: int
    in_time: int
    median: float | None
    more: bool


def wanted(session: Session) -> bool:
    """Whether any policy ever promised anything about the end of a matter."""
    query = sa.select(_versions.c.id).where(_versions.c.resolution_minutes.is_not(None)).limit(1)
    return session.execute(query).first() is not None


def of(session: Session, conversation_id: int, *, lock: bool = False) -> Resolution | None:
    """Return how long the matter of a conversation takes; None where nothing is promised about that."""
    query = select(Resolution).where(Resolution.conversation_id == conversation_id)
    return session.exec(query.with_for_update() if lock else query).first()


def first_wait(session: Session, conversation_id: int) -> tuple[int, datetime] | None:
    """Return by which version somebody first waited in a conversation, and since when."""
    query = sa.select(_waits.c.policy_version_id, _waits.c.started_at).where(
        _waits.c.conversation_id == conversation_id
    )
    row = session.execute(query.order_by(_waits.c.started_at, _waits.c.id).limit(1)).first()
    return (row[0], row[1]) if row else None


def figures(session: Session, start: datetime, end: datetime) -> Figures:
    """Count the matters that began in a span; one that was merged into another is none of its own."""
    row = _resolutions.c
    query = (
        sa.select(row.spent_seconds, row.closed_at, _versions.c.resolution_minutes)
        .join(_versions, _versions.c.id == row.policy_version_id)
        .join(_conversations, _conversations.c.id == row.conversation_id)
        .where(row.started_at >= start, row.started_at < end, _conversations.c.merged_into.is_(None))
        .order_by(row.started_at.desc())
    )
    found = session.execute(query.limit(LOOKED_AT + 1)).all()
    ended = [one for one in found[:LOOKED_AT] if one.closed_at is not None]
    in_time = sum(one.spent_seconds <= (one.resolution_minutes or 0) * 60 for one in ended)
    middle = median(one.spent_seconds for one in ended) if ended else None
    return Figures(min(len(found), LOOKED_AT), len(ended), in_time, middle, len(found) > LOOKED_AT)
