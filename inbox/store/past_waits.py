"""The waits of the last weeks as they came, for asking what would have been."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store import promise_figures
from inbox.store.tables import Wait
from inbox.store.tools import table

_w = table(Wait).c


class Past(NamedTuple):
    """One wait that called for an answer. answered_at: None where nobody answered."""

    id: int
    started_at: datetime
    due_at: datetime
    answered_at: datetime | None


def count(session: Session, start: datetime, now: datetime) -> int:
    """Count the waits that began since then and called for an answer."""
    query = sa.select(sa.func.count()).select_from(table(Wait)).where(*_began(session, start, now))
    return int(session.execute(query).scalar_one())


def some(session: Session, start: datetime, now: datetime, one_in: int) -> list[Past]:
    """Return every such wait, or one in so many of them, chosen by its number.

    Sorted here: asked for in the order of their numbers, SQLite would go through all that there ever were.
    """
    answered = sa.case((_w.cause.in_(promise_figures.ANSWERED), _w.closed_at)).label("answered_at")
    query = sa.select(_w.id, _w.started_at, _w.due_at, sa.type_coerce(answered, _w.closed_at.type))
    query = query.where(*_began(session, start, now), _w.id % one_in == 0 if one_in > 1 else sa.true())
    return sorted(Past(*row) for row in session.execute(query))


def _began(session: Session, start: datetime, now: datetime) -> list[sa.ColumnElement[bool]]:
    # A deadline is never before its beginning, so that the index by deadlines finds those that began since.
    return [_w.due_at >= start, _w.started_at >= start, _w.started_at <= now, promise_figures.state(session, now, "")]
