"""Stores and clocks for tests: a clock that is moved, and a migrated store on either database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from postgres import Postgres
from sqlalchemy.util import LRUCache

from inbox.store.db import Store
from inbox.store.migrate import upgrade

STATEMENTS = 3_000
"""As many different ones as a run asks."""
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


@cache
def first(dialect: str) -> list[sa.Engine]:
    """Keep the engine whose compiled statements the others of its dialect share."""
    del dialect
    return []


def share(store: Store) -> Store:
    """Let a statement be compiled once a run: a store of its own for each test would compile each for itself."""
    kept = first(store.dialect)
    if not kept:
        store.writer.connect().close()  # the dialect learns what its database can do
        store.writer._compiled_cache = LRUCache(STATEMENTS)
        kept.append(store.writer)
    for engine in (store.writer, store.reader, store.locks):
        engine.dialect, engine._compiled_cache = kept[0].dialect, kept[0]._compiled_cache
    return store


@contextmanager
def sqlite_store(folder: Path, clock: MovedClock) -> Iterator[Store]:
    file = folder / "under24.db"
    file.write_bytes(migrated())
    store = share(Store(f"sqlite:///{file}", clock))
    try:
        yield store
    finally:
        store.close()


@contextmanager
def postgres_store(server: Postgres, clock: MovedClock) -> Iterator[Store]:
    url = server.fresh_database(migrate)
    store = share(Store(url.replace("postgresql://", "postgresql+psycopg://", 1), clock))
    try:
        yield store
    finally:
        store.close()
        server.give_back(url)
