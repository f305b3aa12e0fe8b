"""The waits behind a figure of the promise, page by page, and those that are due next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store import promise_conditions
from inbox.store.promise_conditions import NOBODY, Only, Span
from inbox.store.tables import Claim, Contact, Conversation, Review, Wait
from inbox.store.tools import table
from rules import promise

PAGE = 50

_waits, _conversations, _contacts = table(Wait), table(Conversation), table(Contact)
_claims, _reviews = table(Claim), table(Review)
_w, _c = _waits.c, _conversations.c


@dataclass(frozen=True, slots=True)
class Waited:
    """One wait as the promise page lists it. person: who answered, else who has it; NOBODY for nobody.

    reviewed: the cause that founders gave it, "" for none yet.
    """

    id: int
    conversation_id: int
    account_id: int
    message_id: int
    closing_message_id: int | None
    started_at: datetime
    due_at: datetime
    closed_at: datetime | None
    cause: str | None
    reason: str
    late: bool
    channel: str
    subject: str
    contact: str
    person: int
    reviewed: str

    @property
    def answered(self) -> bool:
        """Whether a person answered."""
        return self.cause in promise_conditions.ANSWERED

    def state(self, now: datetime) -> str:
        """Say how it stands: kept, near, late, unanswered, undecided."""
        if self.closed_at is None:
            return "unanswered" if self.due_at <= now else "undecided"
        if self.closed_at > self.due_at:
            return "late" if self.answered else "unanswered"
        return "near" if promise.near_miss(self.started_at, self.due_at, self.closed_at) else "kept"


@dataclass(frozen=True, slots=True)
class Held:
    """An open wait that is due next, and who holds it: who claimed it (until when), else whose it is; NOBODY."""

    wait: Waited
    claimed_by: int
    claimed_until: datetime | None


def page(
    session: Session, span: Span, now: datetime, only: Only, *, after: int | None = None, limit: int = PAGE
) -> list[Waited]:
    """Return waits of a span, those due first first. after: the wait that the page before ended with."""
    query = _select().where(*promise_conditions.within(session, span, now, only))
    if after is not None:
        last = sa.select(_w.due_at).where(_w.id == after).scalar_subquery()
        query = query.where(sa.or_(_w.due_at > last, sa.and_(_w.due_at == last, _w.id > after)))
    return _rows(session, query.order_by(_w.due_at, _w.id).limit(limit))


def one(session: Session, wait_id: int) -> Waited | None:
    """Return one wait."""
    return next(iter(_rows(session, _select().where(_w.id == wait_id))), None)


def some(session: Session, wait_ids: Sequence[int]) -> list[Waited]:
    """Return these waits, those due first first."""
    return _rows(session, _select().where(_w.id.in_(list(wait_ids))).order_by(_w.due_at, _w.id))


def due_until(session: Session, until: datetime, now: datetime, limit: int = PAGE) -> list[Held]:
    """Return the open waits that are due by then, or were before, the most urgent first, and who holds each."""
    open_talks = sa.and_(_c.due_at.is_not(None), _c.due_at <= until)
    query = _select().where(open_talks, _w.closed_at.is_(None)).order_by(_c.due_at, _c.id).limit(limit)
    rows = _rows(session, query)
    held = _held(session, [row.id for row in rows], now)
    return [Held(row, *held.get(row.id, (NOBODY, None))) for row in rows]


def _held(session: Session, wait_ids: Sequence[int], now: datetime) -> dict[int, tuple[int, datetime]]:
    query = sa.select(_claims.c.wait_id, _claims.c.teammate_id, _claims.c.until).where(
        _claims.c.wait_id.in_(list(wait_ids)), _claims.c.released_at.is_(None), _claims.c.until > now
    )
    return {row.wait_id: (row.teammate_id, row.until) for row in session.execute(query)}


def _select() -> sa.Select[Any]:
    names = ("id", "conversation_id", "account_id", "message_id", "closing_message_id", "started_at", "due_at")
    more = ("closed_at", "cause", "reason", "late")
    return (
        sa.select(*(_w[name] for name in (*names, *more)), _c.channel, _c.subject, _contacts.c.name.label("contact"))
        .add_columns(
            promise_conditions.person().label("person"), sa.func.coalesce(_reviews.c.cause, "").label("reviewed")
        )
        .select_from(promise_conditions.joined())
        .join(_contacts, _contacts.c.id == _c.contact_id)
        .outerjoin(_reviews, _reviews.c.wait_id == _w.id)
    )


def _rows(session: Session, query: sa.Select[Any]) -> list[Waited]:
    return [Waited(**row) for row in session.execute(query).mappings()]
