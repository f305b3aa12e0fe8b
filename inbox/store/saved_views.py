"""Named questions about saved views."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import SavedView
from inbox.store.tools import table

MOST = 100
_views = table(SavedView)


def visible(session: Session, me: int) -> list[SavedView]:
    """Return the views this teammate sees: their own and the team's, in their order."""
    query = select(SavedView).where(sa.or_(col(SavedView.shared).is_(True), col(SavedView.teammate_id) == me))
    return list(session.exec(query.order_by(col(SavedView.place), col(SavedView.id)).limit(MOST)).all())


def get(session: Session, view_id: int, me: int) -> SavedView | None:
    """Return a view that this teammate may see."""
    found = session.get(SavedView, view_id)
    return found if found is not None and (found.shared or found.teammate_id == me) else None


def last_place(session: Session) -> int:
    """Return the place of the last view."""
    return session.execute(sa.select(sa.func.max(_views.c.place))).scalar() or 0


def count(session: Session, me: int) -> int:
    """How many views a teammate has made."""
    query = sa.select(sa.func.count()).select_from(_views).where(_views.c.teammate_id == me)
    return session.execute(query).scalar() or 0


def renumber(work: Work, ids: list[int]) -> None:
    """Give views the places of this order."""
    for place, view_id in enumerate(ids, start=1):
        work.session.execute(sa.update(_views).where(_views.c.id == view_id).values(place=place))
