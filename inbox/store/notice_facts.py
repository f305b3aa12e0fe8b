"""What notices ask the other tables: who can be told, who waits, and what a conversation is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.tables import Contact, Conversation, Message, Notice, Teammate, Wait
from inbox.store.tools import table

_conversations, _waits, _contacts, _notices = table(Conversation), table(Wait), table(Contact), table(Notice)
_messages = table(Message)


@dataclass(frozen=True, slots=True)
class Scene:
    """A conversation as a notice speaks of it."""

    id: int
    subject: str
    contact: str
    assignee_id: int | None
    status: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who waits in a conversation."""

    wait_id: int
    conversation_id: int
    assignee_id: int | None
    since: datetime
    due_at: datetime


def people(session: Session) -> list[Teammate]:
    """Return everybody who can be told."""
    return list(session.exec(select(Teammate).where(col(Teammate.disabled_at).is_(None))).all())


def scene(session: Session, conversation_id: int) -> Scene | None:
    """Return a conversation, None when it is merged away."""
    query = (
        sa.select(
            _conversations.c.id,
            _conversations.c.subject,
            _contacts.c.name,
            _conversations.c.assignee_id,
            _conversations.c.status,
        )
        .join(_contacts, _contacts.c.id == _conversations.c.contact_id)
        .where(_conversations.c.id == conversation_id, _conversations.c.merged_into.is_(None))
    )
    row = session.execute(query).first()
    return Scene(*row) if row else None


def opened(session: Session, conversation_id: int, message_id: int) -> bool:
    """Whether a conversation began with this message."""
    earlier = sa.select(_messages.c.id).where(
        _messages.c.conversation_id == conversation_id, _messages.c.kind == "message", _messages.c.id < message_id
    )
    return session.execute(earlier.limit(1)).first() is None


def unclaimed(session: Session, until: datetime, limit: int) -> list[Waiting]:
    """Return those whom nobody has taken on, and who have waited since before `until`; the newest of them first."""
    nobodys = (_conversations.c.assignee_id.is_(None), _conversations.c.waiting_since <= until)
    return _who_waits(session, nobodys, limit)


def _who_waits(session: Session, where: tuple[sa.ColumnElement[bool], ...], limit: int) -> list[Waiting]:
    query = (
        sa.select(_waits.c.id, _conversations.c.id, _conversations.c.assignee_id, _waits.c.started_at, _waits.c.due_at)
        .join(_waits, sa.and_(_waits.c.conversation_id == _conversations.c.id, _waits.c.closed_at.is_(None)))
        .where(_conversations.c.due_at.is_not(None), *where)
        .order_by(_conversations.c.due_at.desc(), _conversations.c.id.desc())
        .limit(limit)
    )
    return [Waiting(*row) for row in session.execute(query)]


def told(session: Session, kind: str, subjects: list[str]) -> set[tuple[int, str]]:
    """Return (teammate, subject) of those who have been told already."""
    query = sa.select(_notices.c.teammate_id, _notices.c.subject).where(
        _notices.c.kind == kind, _notices.c.subject.in_(subjects)
    )
    return {(teammate_id, subject) for teammate_id, subject in session.execute(query)}
