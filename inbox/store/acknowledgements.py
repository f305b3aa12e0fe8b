"""Named questions about what people were told by itself."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Acknowledgement, Delivery
from inbox.store.tools import insert_new, table

KEY = "acknowledgement:"
"""How the keys of their deliveries begin; the conversation's number follows."""

_outbox = table(Delivery)


def decided(session: Session, conversation_id: int) -> bool:
    """Whether this was decided for a conversation: it never is again."""
    return session.get(Acknowledgement, conversation_id) is not None


def lately(session: Session, since: datetime, contact_id: int | None = None) -> int:
    """Return how many were queued since then: to one person, or to anybody."""
    query = select(sa.func.count()).select_from(Acknowledgement)
    query = query.where(Acknowledgement.at > since, Acknowledgement.skipped == "")
    if contact_id is not None:
        query = query.where(Acknowledgement.contact_id == contact_id)
    return session.exec(query).one()


def keep(work: Work, row: Acknowledgement) -> None:
    """Write the decision down; a second one about the same conversation is none."""
    told = row.model_dump()
    insert_new(work, Acknowledgement, [{name: told[name] for name in table(Acknowledgement).c.keys()}])  # noqa: SIM118 - columns


def counts(session: Session, since: datetime) -> dict[str, int]:
    """Return how many were decided since then, by why not; "" for those that were queued."""
    query = (
        select(Acknowledgement.skipped, sa.func.count())
        .where(Acknowledgement.at > since)
        .group_by(col(Acknowledgement.skipped))
    )
    return dict(session.exec(query).all())


def stop(work: Work, conversation_id: int) -> None:
    """A person answers: what has not left by itself stays here."""
    mine = sa.update(_outbox).where(_outbox.c.conversation_id == conversation_id, _outbox.c.state == "queued")
    mine = mine.where(_outbox.c.key.startswith(KEY, autoescape=True))  # also one that came here by a merge
    work.session.execute(mine.values(state="cancelled"))
