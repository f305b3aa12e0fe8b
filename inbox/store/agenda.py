"""When there is something to do that falls due by itself: one question for all of it, since it is asked all day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import col

from inbox.store.tables import BulkAct, Conversation, RotaTable, Wait

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Mapped
    from sqlmodel import Session


@dataclass(frozen=True, slots=True)
class Agenda:
    """The earliest moment of each kind, in UTC; None where there is nothing.

    step: a step of somebody's wait rings. snoozed: a conversation comes back. duty: a rota passes on, or publishes
    more. at_work: an act on many that is not finished was carried on last. ended: one that is done was begun.
    """

    step: datetime | None
    snoozed: datetime | None
    duty: datetime | None
    at_work: datetime | None
    ended: datetime | None

    @property
    def first(self) -> datetime | None:
        """When something falls due that has a time of its own."""
        return min((at for at in (self.step, self.snoozed, self.duty) if at), default=None)


def read(session: Session) -> Agenda:
    """Ask; each answer is the end of an index."""
    row = session.execute(_ALL).one()
    return Agenda(*row)


def _earliest(column: Mapped[Any], *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[datetime]:
    return sa.select(sa.func.min(column)).where(column.is_not(None), *where).scalar_subquery()


def _in_state(*states: str) -> sa.ColumnElement[bool]:
    """The words stand in the question itself, or the index of those that are at work would not be used."""
    return col(BulkAct.state).in_([sa.literal_column(f"'{state}'") for state in states])


_ALL = sa.select(
    _earliest(col(Wait.next_step_at)),
    _earliest(col(Conversation.snoozed_until)),
    _earliest(col(RotaTable.next_at), col(RotaTable.removed_at).is_(None)),
    _earliest(col(BulkAct.touched_at), _in_state("running", "undoing")),
    _earliest(col(BulkAct.at), _in_state("done", "undone")),
)
