"""Facts about the database itself, for doctor, backup and export."""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.db import Store, StoreError
from inbox.store.tables import Change
from inbox.store.tools import table

BUGGY = ((3, 7, 0), (3, 51, 2))
"""SQLite's first and last version with the WAL-reset bug (sqlite.org/wal.html)."""


def version(store: Store) -> str:
    """Return the database's name and version."""
    with store.reading() as session:
        if store.dialect == "sqlite":
            return f"SQLite {session.execute(sa.text('SELECT sqlite_version()')).scalar_one()}"
        return f"PostgreSQL {session.execute(sa.text('SHOW server_version')).scalar_one()}"


def has_wal_bug(version_info: tuple[int, int, int] = sqlite3.sqlite_version_info) -> bool:
    """Whether two connections that write and checkpoint could lose a commit with this SQLite."""
    return BUGGY[0] <= version_info <= BUGGY[1]


def newest_change(session: Session) -> datetime | None:
    """Return when the last change was written: the clock should not be before it."""
    changes = table(Change)
    return session.execute(sa.select(changes.c.at).order_by(changes.c.seq.desc()).limit(1)).scalar()


def back_up(store: Store, target: Path) -> int:
    """Copy a SQLite store, as of one moment, to a new file (0600) while it is in use; returns its size in bytes.

    The copy appears whole or not at all. StoreError on PostgreSQL, or when the file is there already.
    """
    if store.dialect != "sqlite":
        raise StoreError("PostgreSQL makes its own backups: use pg_dump (see docs/operations.md).")
    if target.exists():
        raise StoreError(f"{target} is there already; name a new file.")
    draft = target.with_name(f"{target.name}.part")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    try:
        _copy(store, draft)
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    return target.stat().st_size


def _copy(store: Store, draft: Path) -> None:
    source, copy = store.reader.raw_connection(), sqlite3.connect(draft)
    try:
        driver = source.driver_connection
        if not isinstance(driver, sqlite3.Connection):
            raise StoreError("This store cannot be copied while it is in use.")
        driver.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
        [told] = copy.execute("PRAGMA quick_check(1)").fetchone()
        if told != "ok":
            raise StoreError(f"The copy is damaged, and so may be the store: {told}. Run `inbox verify`.")
    finally:
        copy.close()
        source.close()
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
