"""Named questions about saved replies."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import SavedReply
from inbox.store.tools import table

MOST = 1000


def visible(session: Session, teammate_id: int) -> list[SavedReply]:
    """Return everybody's and one's own, by folder and name."""
    mine = sa.or_(col(SavedReply.owner_id).is_(None), col(SavedReply.owner_id) == teammate_id)
    query = select(SavedReply).where(mine).order_by(col(SavedReply.folder), col(SavedReply.name), col(SavedReply.id))
    return list(session.exec(query.limit(MOST)).all())


def get(session: Session, reply_id: int, teammate_id: int) -> SavedReply | None:
    """Return one that this teammate may see."""
    found = session.get(SavedReply, reply_id)
    return found if found is not None and found.owner_id in {None, teammate_id} else None


def count(session: Session) -> int:
    """Return how many there are."""
    return session.execute(sa.select(sa.func.count()).select_from(table(SavedReply))).scalar() or 0


def used(work: Work, reply_id: int) -> None:
    """Count one use."""
    rows = table(SavedReply)
    work.session.execute(sa.update(rows).where(rows.c.id == reply_id).values(used=rows.c.used + 1, used_at=work.now))


def remove(work: Work, reply_id: int) -> None:
    """Forget one; what was written with it stays."""
    rows = table(SavedReply)
    work.session.execute(sa.delete(rows).where(rows.c.id == reply_id))
