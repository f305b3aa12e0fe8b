"""A migrated store on either database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres import Postgres
from search_desk import Desk
from stores import share

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


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty store to copy: that is quicker than to migrate for each test."""
    path = tmp_path_factory.mktemp("migrated") / "under24.db"
    migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_store(sqlite_file: Path, tmp_path: Path, clock: MovedClock) -> Iterator[Store]:
    path = shutil.copy(sqlite_file, tmp_path / "under24.db")
    store = share(Store(f"sqlite:///{path}", clock))
    yield store
    store.close()


@pytest.fixture
def postgres_store(postgres_server: Postgres, clock: MovedClock) -> Iterator[Store]:
    url = postgres_server.fresh_database(migrated)
    store = share(Store(url, clock))
    yield store
    store.close()
    postgres_server.give_back(url)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def store(request: pytest.FixtureRequest) -> Store:
    """The same test on both databases."""
    made: Store = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "postgres_store")
    return made


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)
