"""The questions behind the list of conversations: pages by keyset, and what stands in a row.

Names, tags, waits and what was read of a page are asked once for the page, never once a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store import claims, readers
from inbox.store.counting import CEILING, Counts, Kept, counts, kept, last_reply, of_view
from inbox.store.tables import Contact, Conversation, ConversationTag, Mention, Message, Teammate, Wait
from inbox.store.tools import table
from inbox.store.views import RISING, VIEWS, View, view

__all__ = [
    "CEILING",
    "PAGE",
    "RISING",
    "VIEWS",
    "Condition",
    "Counts",
    "Kept",
    "Listed",
    "Place",
    "Row",
    "counts",
    "for_reader",
    "ids",
    "kept",
    "last_reply",
    "named",
    "of_contact",
    "of_view",
    "page",
    "some",
    "urgent",
]

PAGE = 50
Condition = sa.ColumnElement[bool]

_c = table(Conversation).c
_contacts = table(Contact).c
_mentions = table(Mention).c
_messages = table(Message).c
_tags = table(ConversationTag).c
_teammates = table(Teammate).c
_waits = table(Wait).c
_NAMES = (
    "channel",
    "subject",
    "snippet",
    "status",
    "assignee_id",
    "due_at",
    "waiting_since",
    "version",
    "updated_at",
    "snoozed_until",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the value it is ordered by, and the id that breaks ties."""

    at: datetime
    id: int


@dataclass(slots=True)
class Row:
    """One conversation in a list. sort_at: the time that gives it its place there.

    claimed: who says that they are on it, and until when that counts.
    unread: something was said that this teammate has not had before their eyes. mentioned: a note they have not seen
    names them.
    """

    id: int
    contact_id: int
    contact: str
    channel: str
    subject: str
    snippet: str
    status: str
    assignee_id: int | None
    due_at: datetime | None
    waiting_since: datetime | None
    version: int
    updated_at: datetime
    snoozed_until: datetime | None
    sort_at: datetime
    assignee: str = ""
    tags: list[str] = field(default_factory=list)
    late: bool = False
    unread: bool = False
    following: bool = False
    mentioned: bool = False
    claimed_by: int | None = None
    claimed: str = ""
    claimed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list; `next` is where the following one begins, None after the last."""

    rows: list[Row]
    next: Place | None


def page(session: Session, name: str, me: int, before: Place | None = None, limit: int = PAGE) -> Listed:
    """Return one page of a view."""
    return _page(session, view(name, me), me, before, limit)


def some(session: Session, name: str, me: int, ids: Sequence[int]) -> list[Row]:
    """Return those of these conversations that belong to a view now, in its order."""
    asked = view(name, me)
    rows = _rows(session, asked.apply(_select(asked.key)).where(_c.id.in_(list(ids))).order_by(*asked.order))
    _complete(session, rows, me)
    return rows


def ids(session: Session, name: str, me: int, limit: int) -> list[int]:
    """Return what belongs to a view, in its order."""
    asked = view(name, me)
    query = asked.apply(sa.select(_c.id).select_from(table(Conversation)))
    return list(session.execute(query.order_by(*asked.order).limit(limit)).scalars())


def urgent(session: Session, wanted: Sequence[Condition], me: int, before: Place | None, limit: int = PAGE) -> Listed:
    """Return who waits of what is wanted, the least time left first."""
    asked = View(_c.due_at, [_c.due_at.is_not(None), _c.merged_into.is_(None), *wanted], urgent=True)
    return _page(session, asked, me, before, limit)


def _page(session: Session, asked: View, me: int, before: Place | None, limit: int) -> Listed:
    query = asked.apply(_select(asked.key))
    if before is not None:
        query = query.where(asked.after(before.at, before.id))
    rows = _rows(session, query.order_by(*asked.order).limit(limit + 1))
    more, rows = len(rows) > limit, rows[:limit]
    _complete(session, rows, me)
    return Listed(rows, Place(rows[-1].sort_at, rows[-1].id) if more else None)


def named(session: Session, ids: Sequence[int], me: int = 0) -> dict[int, Row]:
    """Return these conversations by id, wherever they are."""
    rows = _rows(session, _select(_c.updated_at).where(_c.id.in_(list(ids))))
    _complete(session, rows, me)
    return {row.id: row for row in rows}


def of_contact(session: Session, contact_id: int, limit: int) -> list[Row]:
    """Return a person's conversations, the newest first."""
    query = _select(_c.updated_at).where(_c.contact_id == contact_id, _c.merged_into.is_(None))
    return _rows(session, query.order_by(_c.updated_at.desc(), _c.id.desc()).limit(limit))


def _select(key: sa.ColumnElement[Any]) -> sa.Select[Any]:
    columns = [_c.id, _c.contact_id, _contacts.name, *(_c[name] for name in _NAMES), key.label("sort_at")]
    return sa.select(*columns).join(table(Contact), _contacts.id == _c.contact_id)


def _rows(session: Session, query: sa.Select[Any]) -> list[Row]:
    return [Row(*found) for found in session.execute(query)]


def _complete(session: Session, rows: list[Row], me: int) -> None:
    """Fill in names, tags, lateness and what was read: one question each, whatever the number of rows."""
    ids = [row.id for row in rows]
    if not ids:
        return
    by_id = {row.id: row for row in rows}
    for cid, tag in session.execute(
        sa.select(_tags.conversation_id, _tags.tag).where(_tags.conversation_id.in_(ids)).order_by(_tags.tag)
    ):
        by_id[cid].tags.append(tag)
    late = sa.select(_waits.conversation_id).where(
        _waits.conversation_id.in_(ids), _waits.closed_at.is_(None), _waits.late.is_(True)
    )
    for cid in session.execute(late).scalars():
        by_id[cid].late = True
    for cid, held in claims.of_conversations(session, ids).items():
        by_id[cid].claimed_by, by_id[cid].claimed, by_id[cid].claimed_until = held.teammate_id, held.name, held.until
    names = {row[0]: row[1] for row in session.execute(sa.select(_teammates.id, _teammates.name))}
    for row in rows:
        row.assignee = names.get(row.assignee_id, "") if row.assignee_id else ""
    if me:
        for_reader(session, rows, me)


def for_reader(session: Session, rows: list[Row], me: int) -> None:
    """Fill in what this teammate has seen and follows, and where they are named."""
    ids = [row.id for row in rows]
    seen = readers.seen(session, me, ids)
    followed = readers.following(session, me, ids)
    named_in = _unseen_mentions(session, ids, me)
    for row in rows:
        row.unread = row.status == "open" and row.version > seen.get(row.id, 0)
        row.following = row.id in followed
        row.mentioned = row.id in named_in


def _unseen_mentions(session: Session, ids: Iterable[int], me: int) -> set[int]:
    query = (
        sa.select(_messages.conversation_id)
        .select_from(table(Mention))
        .join(table(Message), _messages.id == _mentions.message_id)
        .where(_mentions.teammate_id == me, _mentions.seen_at.is_(None), _messages.conversation_id.in_(list(ids)))
    )
    return set(session.execute(query.distinct()).scalars())
