"""Stores and clocks for tests: a clock that is moved, and a migrated store on either database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from postgres import Postgres

from inbox.store.db import Store
from inbox.store.migrate import upgrade

MONDAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class MovedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


def migrate(url: str) -> None:
    store = Store(url, MovedClock())
    upgrade(store)
    store.close()


@cache
def migrated() -> bytes:
    """A migrated, empty SQLite file, to copy: that is quicker than to migrate for each test."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "under24.db"
        migrate(f"sqlite:///{file}")
        return file.read_bytes()


@contextmanager
def sqlite_store(folder: Path, clock: MovedClock) -> Iterator[Store]:
    file = folder / "under24.db"
    file.write_bytes(migrated())
    store = Store(f"sqlite:///{file}", clock)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def postgres_store(server: Postgres, clock: MovedClock) -> Iterator[Store]:
    url = server.fresh_database(migrate)
    store = Store(url.replace("postgresql://", "postgresql+psycopg://", 1), clock)
    try:
        yield store
    finally:
        store.close()
        server.drop(url)
