"""Named questions about what could not be read, what was ignored, and how single arrivals ended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.db import Work
from inbox.store.tables import Account, Arrival, Message
from inbox.store.tools import chunked, table

PAGE = 50

_accounts = table(Account)
_arrivals = table(Arrival)
_messages = table(Message)


@dataclass(frozen=True, slots=True)
class Row:
    """One arrival on a list: how it ended and why; its raw bytes stay in the store."""

    id: int
    account_id: int
    account: str
    state: str
    reason: str
    size: int
    folder: str
    facts: dict[str, Any]
    received_at: datetime
    stored_at: datetime
    message_id: int | None
    sha256: bytes
    subject: str | None
    conversation_id: int | None


def page(
    session: Session,
    *,
    state: str | None = None,
    account_id: int | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Row]:
    """Return arrivals newest first, older than the id `before`; None leaves a filter out."""
    query = _rows().order_by(_arrivals.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(_arrivals.c.state == state)
    if account_id is not None:
        query = query.where(_arrivals.c.account_id == account_id)
    if before is not None:
        query = query.where(_arrivals.c.id < before)
    return [Row(*row) for row in session.execute(query)]


def get(session: Session, arrival_id: int) -> Row | None:
    """Return one arrival."""
    row = session.execute(_rows().where(_arrivals.c.id == arrival_id)).first()
    return Row(*row) if row else None


def _rows() -> sa.Select[Any]:
    names = ("state", "reason", "size", "folder", "facts", "received_at", "stored_at", "message_id", "sha256")
    return (
        sa.select(
            _arrivals.c.id,
            _arrivals.c.account_id,
            _accounts.c.address,
            *(_arrivals.c[name] for name in names),
            _messages.c.subject,
            _messages.c.conversation_id,
        )
        .join(_accounts, _accounts.c.id == _arrivals.c.account_id)
        .outerjoin(_messages, _messages.c.id == _arrivals.c.message_id)
    )


def count_set_aside(session: Session) -> int:
    """Count what waits in quarantine for a person's look."""
    query = sa.select(sa.func.count()).select_from(_arrivals).where(_arrivals.c.state == "quarantined")
    return int(session.execute(query).scalar_one())


def states(session: Session, arrival_ids: Collection[int]) -> dict[str, int]:
    """Count these arrivals by the state they are in now."""
    counts: dict[str, int] = {}
    for chunk in chunked(sorted(arrival_ids)):
        query = (
            sa.select(_arrivals.c.state, sa.func.count()).where(_arrivals.c.id.in_(chunk)).group_by(_arrivals.c.state)
        )
        for state, number in session.execute(query):
            counts[state] = counts.get(state, 0) + number
    return counts


def pending_among(session: Session, arrival_ids: Collection[int]) -> set[int]:
    """Return those of these arrivals that are not read yet."""
    return _pending(session, _arrivals.c.id, sorted(arrival_ids))


def pending_named(session: Session, account_id: int, external_ids: Sequence[str]) -> set[int]:
    """Return the ids of an account's arrivals with these external ids that are not read yet."""
    return _pending(session, _arrivals.c.external_id, external_ids, _arrivals.c.account_id == account_id)


def _pending(
    session: Session, named: sa.Column[Any], wanted: Sequence[Any], *where: sa.ColumnElement[bool]
) -> set[int]:
    query = sa.select(_arrivals.c.id).where(_arrivals.c.state == "pending", *where)
    return {one for chunk in chunked(wanted) for one in session.execute(query.where(named.in_(chunk))).scalars()}


def mark(work: Work, arrival_id: int, **facts: str) -> None:
    """Write facts of ours on an arrival, beside those of the transport."""
    known = work.session.execute(sa.select(_arrivals.c.facts).where(_arrivals.c.id == arrival_id)).scalar_one()
    values = {"facts": {**known, **facts}}
    work.session.execute(sa.update(_arrivals).where(_arrivals.c.id == arrival_id).values(**values))


def set_aside_for_good(work: Work, arrival_id: int, reason: str) -> bool:
    """Make a quarantined arrival ignored; False when it is not in quarantine."""
    mine = sa.update(_arrivals).where(_arrivals.c.id == arrival_id, _arrivals.c.state == "quarantined")
    done = work.session.execute(mine.values(state="ignored", reason=reason))
    return bool(done.rowcount)  # type: ignore[attr-defined]
