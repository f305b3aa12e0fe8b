"""The questions behind the list of conversations: pages by keyset, counts with a ceiling, the promise in figures.

Every page is one walk along one index (see Conversation.__table_args__), whatever the size of the table. Names, tags
and waits of a page are asked once for the page, never once a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.tables import Contact, Conversation, ConversationTag, Message, Teammate, Wait
from inbox.store.tools import table

VIEWS = ("waiting", "mine", "unassigned", "open", "all", "closed", "spam")
PAGE = 50
CEILING = 1000
WEEK = timedelta(days=7)
DAY = timedelta(hours=24)
SOON = timedelta(hours=2)
RECENT = 2000

_c = table(Conversation).c
_contacts = table(Contact).c
_messages = table(Message).c
_tags = table(ConversationTag).c
_teammates = table(Teammate).c
_waits = table(Wait).c


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the value it is ordered by, and the id that breaks ties."""

    at: datetime
    id: int


@dataclass(slots=True)
class Row:
    """One conversation in a list."""

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
    assignee: str = ""
    tags: list[str] = field(default_factory=list)
    late: bool = False

    @property
    def place(self) -> datetime:
        """The time a list that is not ordered by deadline is ordered by."""
        return self.updated_at


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list; `next` is where the following one begins, None after the last."""

    rows: list[Row]
    next: Place | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are where; a number above CEILING means "more than CEILING"."""

    waiting: int
    mine: int
    unassigned: int
    due_soon: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Kept:
    """The promise of the last seven days: of `settled` waits that were answered or fell due, `kept` were in time."""

    kept: int
    settled: int

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down so that a broken promise is never rounded away; None without a sample."""
        return self.kept * 100 // self.settled if self.settled else None


def page(session: Session, view: str, me: int, before: Place | None = None, limit: int = PAGE) -> Listed:
    """Return one page of a view."""
    key, rising = _order(view)
    query = _select().where(*_belongs(view, me))
    if before is not None:
        here = sa.tuple_(sa.literal(before.at, _c.updated_at.type), sa.literal(before.id))
        query = query.where(sa.tuple_(key, _c.id) > here if rising else sa.tuple_(key, _c.id) < here)
    order = (key.asc(), _c.id.asc()) if rising else (key.desc(), _c.id.desc())
    rows = [Row(*found) for found in session.execute(query.order_by(*order).limit(limit + 1))]
    more = len(rows) > limit
    rows = rows[:limit]
    _complete(session, rows)
    return Listed(rows, _place(view, rows[-1]) if more else None)


def some(session: Session, view: str, me: int, ids: Sequence[int]) -> list[Row]:
    """Return those of these conversations that belong to a view now, in its order."""
    key, rising = _order(view)
    query = _select().where(_c.id.in_(list(ids)), *_belongs(view, me))
    rows = [Row(*found) for found in session.execute(query.order_by(key.asc() if rising else key.desc(), _c.id))]
    _complete(session, rows)
    return rows


def named(session: Session, ids: Sequence[int]) -> dict[int, Row]:
    """Return these conversations by id, wherever they are."""
    rows = [Row(*found) for found in session.execute(_select().where(_c.id.in_(list(ids))))]
    _complete(session, rows)
    return {row.id: row for row in rows}


def of_contact(session: Session, contact_id: int, limit: int) -> list[Row]:
    """Return a person's conversations, the newest first."""
    query = _select().where(_c.contact_id == contact_id, _c.merged_into.is_(None))
    return [Row(*found) for found in session.execute(query.order_by(_c.updated_at.desc(), _c.id.desc()).limit(limit))]


def _select() -> sa.Select[Any]:
    names = (
        "channel",
        "subject",
        "snippet",
        "status",
        "assignee_id",
        "due_at",
        "waiting_since",
        "version",
        "updated_at",
    )
    columns = [_c.id, _c.contact_id, _contacts.name, *(_c[name] for name in names)]
    return sa.select(*columns).join(table(Contact), _contacts.id == _c.contact_id)


def _order(view: str) -> tuple[sa.Column[Any], bool]:
    return (_c.due_at, True) if view == "waiting" else (_c.updated_at, False)


def _place(view: str, row: Row) -> Place:
    return Place(row.due_at if view == "waiting" and row.due_at else row.updated_at, row.id)


def _belongs(view: str, me: int) -> list[sa.ColumnElement[bool]]:
    """Return what makes a conversation belong to a view; the words are ours, never a stranger's."""
    visible = _c.merged_into.is_(None)
    if view == "waiting":
        return [_c.due_at.is_not(None)]
    if view == "mine":
        return [_c.assignee_id == me, _c.status == "open", visible]
    if view == "unassigned":
        return [_c.assignee_id.is_(None), _c.status == "open", visible]
    if view == "all":
        return [visible]
    if view in {"open", "closed", "spam"}:
        return [_c.status == view, visible]
    raise ValueError(f"There is no view {view!r}.")


def _complete(session: Session, rows: list[Row]) -> None:
    """Fill in names, tags and lateness: one question each, whatever the number of rows."""
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
    names = {row[0]: row[1] for row in session.execute(sa.select(_teammates.id, _teammates.name))}
    for row in rows:
        row.assignee = names.get(row.assignee_id, "") if row.assignee_id else ""


def counts(session: Session, me: int, now: datetime) -> Counts:
    """Count each list, up to the ceiling."""
    waiting = _c.due_at.is_not(None)
    return Counts(
        waiting=_count(session, waiting),
        mine=_count(session, *_belongs("mine", me)),
        unassigned=_count(session, *_belongs("unassigned", me)),
        due_soon=_count(session, waiting, _c.due_at > now, _c.due_at <= now + SOON),
        overdue=_count(session, waiting, _c.due_at <= now),
    )


def _count(session: Session, *wanted: sa.ColumnElement[bool]) -> int:
    some_rows = sa.select(sa.literal(1)).select_from(table(Conversation)).where(*wanted).limit(CEILING + 1).subquery()
    return session.execute(sa.select(sa.func.count()).select_from(some_rows)).scalar() or 0


def kept(session: Session, now: datetime) -> Kept:
    """Measure the promise over the waits that were settled in the last seven days.

    Settled: answered, or due. Those that ended otherwise (spam, merged, no reply needed) promised nothing any more.
    """
    in_time = sa.and_(_waits.closed_at.is_not(None), _waits.closed_at <= _waits.due_at)
    query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((in_time, 1), else_=0)), 0)).where(
        _waits.due_at > now - WEEK,
        _waits.due_at <= now + DAY,
        sa.or_(
            sa.and_(_waits.cause.in_(("replied", "call_connected")), _waits.closed_at > now - WEEK),
            sa.and_(_waits.cause.is_(None), _waits.due_at <= now),
        ),
    )
    settled, in_time_count = session.execute(query).one()
    return Kept(int(in_time_count), int(settled))


def last_reply(session: Session) -> datetime | None:
    """Return when one of us last answered, as far as the newest messages tell."""
    recent = (
        sa.select(_messages.at, _messages.direction, _messages.kind, _messages.nature)
        .order_by(_messages.id.desc())
        .limit(RECENT)
        .subquery()
    )
    ours = sa.and_(recent.c.direction == "out", recent.c.kind == "message", recent.c.nature == "person")
    return session.execute(sa.select(sa.func.max(recent.c.at)).where(ours)).scalar()
