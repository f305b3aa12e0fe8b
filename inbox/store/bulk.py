"""Named questions about acts on one or many conversations, and what each was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import BulkAct, BulkItem
from inbox.store.tools import chunked, insert_new, table

_acts = table(BulkAct)
_items = table(BulkItem)
REASONS = 5


@dataclass(frozen=True, slots=True)
class Tally:
    """How far an act is: how many items are in which state, and why some were refused."""

    states: dict[str, int]
    reasons: list[tuple[str, int]]

    def count(self, *states: str) -> int:
        """How many are in these states."""
        return sum(self.states.get(state, 0) for state in states)


def add(work: Work, act: BulkAct, conversation_ids: Sequence[int]) -> int:
    """Store an act with the conversations it is for; returns its number."""
    work.session.add(act)
    work.session.flush()
    number = act.id or 0
    rows = [{"bulk_id": number, "conversation_id": one, "state": "waiting", "reason": ""} for one in conversation_ids]
    for chunk in chunked(rows):
        insert_new(work, BulkItem, list(chunk))
    return number


def lock(work: Work, bulk_id: int) -> BulkAct | None:
    """Return an act that no other transaction can carry on until this one ends."""
    return work.session.exec(select(BulkAct).where(BulkAct.id == bulk_id).with_for_update()).first()


def get(session: Session, bulk_id: int) -> BulkAct | None:
    """Return one act."""
    return session.get(BulkAct, bulk_id)


def items(work: Work, bulk_id: int, state: str, limit: int) -> list[BulkItem]:
    """Return the next items in a state, by conversation."""
    query = select(BulkItem).where(BulkItem.bulk_id == bulk_id, BulkItem.state == state)
    return list(work.session.exec(query.order_by(col(BulkItem.conversation_id)).limit(limit)).all())


def tally(session: Session, bulk_id: int) -> Tally:
    """Count an act's items by state, and the commonest reasons of refusal."""
    states = sa.select(_items.c.state, sa.func.count()).where(_items.c.bulk_id == bulk_id).group_by(_items.c.state)
    reasons = (
        sa.select(_items.c.reason, sa.func.count().label("times"))
        .where(_items.c.bulk_id == bulk_id, _items.c.state.in_(("refused", "kept")), _items.c.reason != "")
        .group_by(_items.c.reason)
        .order_by(sa.desc("times"))
        .limit(REASONS)
    )
    found = [(row[0], row[1]) for row in session.execute(reasons)]
    return Tally({row[0]: row[1] for row in session.execute(states)}, found)


def left_alone(session: Session, since: datetime, limit: int) -> list[int]:
    """Return acts that are not finished and that nobody has carried on since then."""
    query = (
        sa.select(_acts.c.id)
        .where(_acts.c.state.in_(("running", "undoing")), _acts.c.touched_at < since)
        .order_by(_acts.c.touched_at, _acts.c.id)
        .limit(limit)
    )
    return list(session.execute(query).scalars())


def sweep(work: Work, before: datetime, limit: int) -> int:
    """Forget acts that can no longer be undone; returns how many."""
    old = sa.select(_acts.c.id).where(_acts.c.at < before, _acts.c.state.in_(("done", "undone")))
    ids = list(work.session.execute(old.order_by(_acts.c.at).limit(limit)).scalars())
    for chunk in chunked(ids):
        work.session.execute(sa.delete(_items).where(_items.c.bulk_id.in_(chunk)))
        work.session.execute(sa.delete(_acts).where(_acts.c.id.in_(chunk)))
    return len(ids)
