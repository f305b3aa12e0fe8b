"""Named questions about waits, and the only statements that change one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Wait, WaitEvent, WaitStep
from inbox.store.tools import insert_new, table

_waits = table(Wait)
_steps = table(WaitStep)


def open_of(session: Session, conversation_id: int) -> Wait | None:
    """Return the open wait of a conversation; there is at most one."""
    query = select(Wait).where(Wait.conversation_id == conversation_id, col(Wait.closed_at).is_(None))
    return session.exec(query).first()


def unsettled(session: Session, conversation_id: int, *, lock: bool = False) -> Wait | None:
    """Return the open wait of a conversation while its terms are not settled, None otherwise."""
    query = select(Wait).where(
        Wait.conversation_id == conversation_id, col(Wait.closed_at).is_(None), col(Wait.unsettled).is_not(None)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).first()


def of_conversation(session: Session, conversation_id: int) -> list[Wait]:
    """Return every wait of a conversation, oldest first."""
    query = select(Wait).where(Wait.conversation_id == conversation_id).order_by(col(Wait.started_at), col(Wait.id))
    return list(session.exec(query).all())


def closed_by_message(session: Session, message_id: int) -> Wait | None:
    """Return the wait that this reply closed."""
    query = select(Wait).where(Wait.closing_message_id == message_id, Wait.cause == "replied")
    return session.exec(query).first()


def record(work: Work, wait_id: int, kind: str, **details: object) -> None:
    """Append one event to a wait's history."""
    work.insert(WaitEvent, [event_row(wait_id, kind, work.now, **details)])


def event_row(wait_id: int, kind: str, at: datetime, **details: object) -> dict[str, Any]:
    """Make one row of a wait's history."""
    return {"wait_id": wait_id, "kind": kind, "at": at, "details": details}


def due(session: Session, now: datetime, limit: int, *, lock: bool) -> list[Wait]:
    """Return the open waits with a step that has to ring, the most urgent first."""
    query = (
        select(Wait)
        .where(col(Wait.next_step_at).is_not(None), col(Wait.next_step_at) <= now)
        .order_by(col(Wait.next_step_at), col(Wait.id))
        .limit(limit)
    )
    if lock:
        query = query.with_for_update(skip_locked=True)
    return list(session.exec(query).all())


def rung(session: Session, wait_ids: list[int]) -> dict[int, set[str]]:
    """Return the steps that have rung, by wait."""
    found: dict[int, set[str]] = {}
    for wait_id, step in session.execute(
        sa.select(_steps.c.wait_id, _steps.c.step).where(_steps.c.wait_id.in_(wait_ids))
    ):
        found.setdefault(wait_id, set()).add(step)
    return found


def ring(work: Work, rows: list[dict[str, Any]]) -> None:
    """Record steps that ring; one that rang before is left as it is."""
    insert_new(work, WaitStep, rows)


def set_next_steps(work: Work, rows: list[dict[str, Any]]) -> None:
    """Set when each wait rings next: {wait, at}."""
    if rows:
        statement = sa.update(_waits).where(_waits.c.id == sa.bindparam("wait"))
        statement = statement.where(_waits.c.closed_at.is_(None)).values(next_step_at=sa.bindparam("at"))
        work.session.connection().execute(statement, rows)


def update(work: Work, wait_id: int, values: dict[str, Any]) -> None:
    """Change the row of one wait; the flow records the event that goes with it."""
    work.session.execute(sa.update(_waits).where(_waits.c.id == wait_id).values(**values))
