"""A migrated store on either database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres import Postgres

from inbox.store import migrate
from inbox.store.db import Store

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class MovedClock:
    """A clock that stands until somebody moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def move(self, **span: float) -> None:
        self.now += timedelta(**span)


def migrated(url: str) -> None:
    store = Store(url, lambda: START)
    migrate.upgrade(store)
    store.close()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def sqlite_store(tmp_path: Path, clock: MovedClock) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/under24.db", clock)
    migrate.upgrade(store)
    yield store
    store.close()


@pytest.fixture
def postgres_store(postgres_server: Postgres, clock: MovedClock) -> Iterator[Store]:
    url = postgres_server.fresh_database(migrated)
    store = Store(url, clock)
    yield store
    store.close()
    postgres_server.drop(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Store:
    """The same test on both databases."""
    made: Store = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "postgres_store")
    return made
