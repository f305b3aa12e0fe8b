"""Named questions about long work on the data: one is claimed, done, and its outcome kept for the screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import DataJob
from inbox.store.tools import table

LEASE = timedelta(minutes=5)
TRIES = 5
"""How often work is begun that ends with the process each time."""

_jobs = table(DataJob)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Work that this process, and no other, does now."""

    id: int
    kind: str
    asked: dict[str, Any]
    file: str
    by_id: int | None
    lease: str
    tries: int


def add(
    work: Work, kind: str, asked: dict[str, Any], by: int | None, *, file: str = "", expires_at: datetime | None = None
) -> int:
    """Queue work and return its id."""
    [row_id] = work.ids(DataJob, 1)
    row = DataJob(id=row_id, kind=kind, asked=asked, by_id=by, file=file, expires_at=expires_at, created_at=work.now)
    work.session.add(row)
    work.session.flush()
    work.announce("data.queued", job_id=row_id)
    return row_id


def claim(work: Work, lease: str) -> Claimed | None:
    """Take the oldest work that nobody does, or whose doer died."""
    free = sa.or_(_jobs.c.state == "waiting", sa.and_(_jobs.c.state == "running", _jobs.c.lease_until < work.now))
    query = sa.select(_jobs.c.id).where(free).order_by(_jobs.c.id).limit(1)
    if work.dialect == "postgresql":
        query = query.with_for_update(skip_locked=True)
    row_id = work.session.execute(query).scalar()
    if row_id is None:
        return None
    taken = {"state": "running", "lease": lease, "lease_until": work.now + LEASE, "tries": _jobs.c.tries + 1}
    work.session.execute(sa.update(_jobs).where(_jobs.c.id == row_id).values(**taken))
    columns = [_jobs.c[name] for name in Claimed.__dataclass_fields__]
    return Claimed(*work.session.execute(sa.select(*columns).where(_jobs.c.id == row_id)).one())


def _mine(claimed: Claimed) -> sa.Update:
    return sa.update(_jobs).where(_jobs.c.id == claimed.id, _jobs.c.state == "running", _jobs.c.lease == claimed.lease)


def go_on(work: Work, claimed: Claimed, **values: object) -> bool:
    """Say how far it is and keep the lease; False when another does it now."""
    said = work.session.execute(_mine(claimed).values(lease_until=work.now + LEASE, **values))
    return bool(said.rowcount)  # type: ignore[attr-defined]


def give_back(work: Work, claimed: Claimed) -> None:
    """Leave the work to whoever comes next, at once; being told to stop counts as no try."""
    free = {"state": "waiting", "lease": "", "lease_until": None, "tries": _jobs.c.tries - 1}
    work.session.execute(_mine(claimed).values(**free))


def end(work: Work, claimed: Claimed, state: str, **values: object) -> bool:
    """End the work."""
    said = work.session.execute(
        _mine(claimed).values(state=state, lease="", lease_until=None, finished_at=work.now, **values)
    )
    work.announce("data.ended", job_id=claimed.id)
    return bool(said.rowcount)  # type: ignore[attr-defined]


def anything_due(session: Session, now: datetime) -> bool:
    """Whether there is work to take."""
    free = sa.or_(_jobs.c.state == "waiting", sa.and_(_jobs.c.state == "running", _jobs.c.lease_until < now))
    return session.execute(sa.select(_jobs.c.id).where(free).limit(1)).scalar() is not None


def get(session: Session, job_id: int) -> DataJob | None:
    """Return one piece of work."""
    return session.get(DataJob, job_id)


def held(work: Work, job_id: int) -> DataJob | None:
    """Return one piece of work that nobody else changes until this transaction ends."""
    return work.session.get(DataJob, job_id, with_for_update=True, populate_existing=True)


def newest(session: Session, kinds: tuple[str, ...], limit: int) -> list[DataJob]:
    """Return the newest work of these kinds, newest first."""
    query = select(DataJob).where(col(DataJob.kind).in_(kinds)).order_by(col(DataJob.id).desc()).limit(limit)
    return list(session.exec(query).all())


def files(session: Session) -> set[str]:
    """Return the names of all files that belong to some work."""
    return set(session.execute(sa.select(_jobs.c.file).where(_jobs.c.file != "")).scalars())


def with_file(session: Session) -> list[DataJob]:
    """Return finished work that still has a file."""
    query = select(DataJob).where(DataJob.file != "", col(DataJob.state).in_(("done", "failed")))
    return list(session.exec(query.order_by(col(DataJob.id))).all())
