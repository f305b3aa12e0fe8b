"""What must not come back: keyed hashes of what was erased, and the raw mail that goes with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.db import SQLModel, Work
from inbox.store.erasing import EMPTY, keep_empty_blob
from inbox.store.tables import Arrival, Blob, Tombstone
from inbox.store.tools import chunked, insert_new, table

_arrivals, _blobs, _tombstones = table(Arrival), table(Blob), table(Tombstone)


def set_aside(session: Session, after: int, limit: int) -> list[tuple[int, bytes, bytes]]:
    """Return a page of (id, hash, raw) of arrivals that became no message."""
    query = (
        sa.select(_arrivals.c.id, _arrivals.c.sha256, _blobs.c.data)
        .join(_blobs)
        .where(_arrivals.c.id > after, _arrivals.c.state.in_(("ignored", "quarantined")), _arrivals.c.sha256 != EMPTY)
        .order_by(_arrivals.c.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(query)]


def empty_arrivals(work: Work, ids: Sequence[int], reason: str) -> set[bytes]:
    """Remove the raw bytes of arrivals that became no message; returns blobs that may be loose now."""
    if not ids:
        return set()
    keep_empty_blob(work)
    held = set(work.session.execute(sa.select(_arrivals.c.sha256).where(_arrivals.c.id.in_(ids))).scalars())
    blank = {"sha256": EMPTY, "size": 0, "facts": {}, "state": "ignored", "reason": reason}
    work.session.execute(sa.update(_arrivals).where(_arrivals.c.id.in_(ids)).values(**blank))
    return held - {EMPTY}


def drop_blobs(work: Work, hashes: Collection[bytes]) -> int:
    """Delete those of these blobs that nothing refers to any more; returns how many."""
    loose = set(hashes) - {EMPTY}
    for column in _referring():
        for chunk in chunked(sorted(loose)):
            loose -= set(work.session.execute(sa.select(column).where(column.in_(chunk)).distinct()).scalars())
    for chunk in chunked(sorted(loose)):
        work.session.execute(sa.delete(_blobs).where(_blobs.c.sha256.in_(chunk)))
    return len(loose)


def _referring() -> list[sa.Column[Any]]:
    """Return every column, of whichever table, that names a blob."""
    return [
        column
        for one in SQLModel.metadata.tables.values()
        for column in one.columns
        if any(key.target_fullname == "blobs.sha256" for key in column.foreign_keys)
    ]


def bury(work: Work, keys: Iterable[str], at: datetime | None = None) -> None:
    """Remember keyed hashes of what was erased; an older one of the same key gives way. at: when, None for now."""
    fresh = sorted(set(keys))
    for chunk in chunked(fresh):
        work.session.execute(sa.delete(_tombstones).where(_tombstones.c.key.in_(chunk)))
    insert_new(work, Tombstone, [{"key": key, "at": at or work.now} for key in fresh])


def buried(session: Session, keys: Collection[str]) -> dict[str, datetime]:
    """Return when each of these was erased, as far as it was."""
    found: dict[str, datetime] = {}
    for chunk in chunked(sorted(keys)):
        query = sa.select(_tombstones.c.key, _tombstones.c.at).where(_tombstones.c.key.in_(chunk))
        found.update((row.key, row.at) for row in session.execute(query))
    return found


def anything_buried(session: Session) -> bool:
    """Whether anything was ever erased here."""
    return session.execute(sa.select(_tombstones.c.key).limit(1)).scalar() is not None
