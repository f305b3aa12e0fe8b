"""Named questions about what was published of a rota, what is past, and when duty passed on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import RotaHandover, RotaShift, RotaSwap
from rules.rota import Slot

SWAPS_SHOWN = 200


def between(session: Session, rota_id: int, start: datetime, end: datetime) -> list[Slot]:
    """Return what was published of a time, cut to it; what is past of it is who served."""
    query = select(RotaShift).where(RotaShift.rota_id == rota_id, RotaShift.ends_at > start, RotaShift.starts_at < end)
    rows = session.exec(query.order_by(col(RotaShift.starts_at))).all()
    return [Slot(max(row.starts_at, start), min(row.ends_at, end), tuple(row.people), tuple(row.why)) for row in rows]


def publish(work: Work, rota_id: int, slots: Iterable[Slot]) -> None:
    """Write what follows anew; what stood before stays, and the shift that runs is cut only if it changes."""
    slots = list(slots)
    since, mine = slots[0].start, col(RotaShift.rota_id) == rota_id
    work.session.execute(sa.delete(RotaShift).where(mine, col(RotaShift.starts_at) >= since))
    runs = work.session.exec(select(RotaShift).where(mine, col(RotaShift.ends_at) >= since)).first()
    if runs is not None and (tuple(runs.people), tuple(runs.why)) == (slots[0].people, slots[0].why):
        runs.ends_at, slots = slots[0].end, slots[1:]
    elif runs is not None:
        runs.ends_at = since
    work.session.flush()
    rows = [
        {"rota_id": rota_id, "starts_at": one.start, "ends_at": one.end, "people": [*one.people], "why": [*one.why]}
        for one in slots
    ]
    work.insert(RotaShift, rows)


def last_handover(session: Session, rota_id: int) -> RotaHandover | None:
    """Return when duty passed on last."""
    query = select(RotaHandover).where(RotaHandover.rota_id == rota_id).order_by(col(RotaHandover.at).desc())
    return session.exec(query.limit(1)).first()


def hand_over(work: Work, rota_id: int, at: datetime, leaving: list[int], coming: list[int]) -> None:
    """Remember that duty passed on; what happens twice in one instant is once."""
    same = work.session.get(RotaHandover, (rota_id, at))
    if same is not None:
        same.coming, same.noticed_at = coming, work.now
    else:
        row = RotaHandover(rota_id=rota_id, at=at, leaving=leaving, coming=coming, noticed_at=work.now)
        work.session.add(row)
    work.session.flush()


# Swaps ----------------------------------------------------------------------------------------------------------------


def lock_swap(work: Work, swap_id: int) -> RotaSwap | None:
    """Return a swap that nobody else answers until the end of this transaction."""
    query = select(RotaSwap).where(RotaSwap.id == swap_id).with_for_update()
    return work.session.exec(query.execution_options(populate_existing=True)).first()


def open_swaps(session: Session, rota_id: int) -> list[RotaSwap]:
    """Return what is asked and not answered, the next first."""
    query = select(RotaSwap).where(RotaSwap.rota_id == rota_id, RotaSwap.state == "open")
    return list(session.exec(query.order_by(col(RotaSwap.starts_at), col(RotaSwap.id)).limit(SWAPS_SHOWN)).all())


def begins(swap: RotaSwap) -> datetime:
    """Return when the first shift begins of which a swap is made: nobody can answer it any more then."""
    return min(swap.starts_at, swap.back_starts_at or swap.starts_at)


def first_open(session: Session, rota_id: int) -> datetime | None:
    """Return when the first shift begins of which an open swap is made."""
    starts, back = col(RotaSwap.starts_at), col(RotaSwap.back_starts_at)
    first = sa.case((back < starts, back), else_=starts)
    query = sa.select(sa.func.min(first)).where(col(RotaSwap.rota_id) == rota_id, col(RotaSwap.state) == "open")
    return session.execute(query).scalar()


def swaps(session: Session, rota_id: int, since: datetime) -> list[RotaSwap]:
    """Return the swaps of shifts that begin after a moment, whatever became of them, the next first.

    Where there are more than are shown, those that can still be answered are.
    """
    query = select(RotaSwap).where(RotaSwap.rota_id == rota_id, RotaSwap.starts_at >= since)
    answered = sa.case((col(RotaSwap.state) == "open", 0), else_=1)
    found = session.exec(query.order_by(answered, col(RotaSwap.starts_at), col(RotaSwap.id)).limit(SWAPS_SHOWN)).all()
    return sorted(found, key=lambda one: (one.starts_at, one.id or 0))
