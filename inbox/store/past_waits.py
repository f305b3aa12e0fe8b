"""The waits of the last weeks as they came, for asking what would have been."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store import promise_conditions
from inbox.store.tables import Wait
from inbox.store.tools import table
from rules.whatif import Case

_w = table(Wait).c


def count(session: Session, start: datetime, now: datetime) -> int:
    """Count the waits that began since then and called for an answer."""
    query = sa.select(sa.func.count()).select_from(table(Wait)).where(*_began(start, now))
    return int(session.execute(query).scalar_one())


def some(session: Session, start: datetime, now: datetime, one_in: int) -> list[Case]:
    """Return every such wait, or one in so many of them, chosen by its number; in no order, and as bare numbers."""
    micros = partial(promise_conditions.micros, session)
    answered = sa.case((promise_conditions.answered(), micros(_w.closed_at)))
    query = sa.select(_w.id, micros(_w.started_at), micros(_w.due_at), answered).where(*_began(start, now))
    chosen = query.where(_w.id % one_in == 0) if one_in > 1 else query
    return list(map(Case._make, session.execute(chosen).all()))


def _began(start: datetime, now: datetime) -> list[sa.ColumnElement[bool]]:
    # A deadline is never before its beginning, so that the index by deadlines finds those that began since.
    return [_w.due_at >= start, _w.started_at >= start, _w.started_at <= now, promise_conditions.state(now, "")]
