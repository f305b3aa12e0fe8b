"""What a look at the deadlines costs while a million people wait and ten of them are due."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from bench.watch import Spent, watched
from bench.world import END
from inbox.flow.tick import tick
from inbox.store.db import Store
from inbox.store.migrate import upgrade
from inbox.store.tables.types import to_micros

DUE = 10
# Ten fall due at each second of the clock. Nothing else is there: a sweep reads waits alone.
WAITS = """
INSERT INTO waits (id, conversation_id, account_id, message_id, kind, started_at, due_at, late, next_step_at, reason)
WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < :count)
SELECT i, i, 1, i, 'first', at - 16 * :hour, at + 8 * :hour, 0, at, ''
FROM (SELECT i, :first + (i - 1) / :due * 1000000 AS at FROM numbers)
"""


class _Clock:
    def __init__(self) -> None:
        self.now = END

    def __call__(self) -> datetime:
        return self.now


def measure(folder: Path, waiting: int, rounds: int = 10) -> tuple[Spent, Spent]:
    """Return what a look costs when ten are due, and when nobody is."""
    clock = _Clock()
    store = Store(f"sqlite:///{folder / 'waits.db'}", clock)
    upgrade(store)
    with store.writer.connect() as connection:
        raw = connection.connection.driver_connection
        if raw is None:
            raise ConnectionError("There is no connection to SQLite.")
        raw.execute("PRAGMA foreign_keys = OFF")
        given = {"count": waiting, "first": to_micros(END), "due": DUE, "hour": 3_600_000_000}
        connection.execute(sa.text(WAITS), given)
        connection.commit()
    try:
        return _look(store, clock, rounds, DUE), _look(store, clock, rounds, 0)
    finally:
        store.close()


def _look(store: Store, clock: _Clock, rounds: int, due: int) -> Spent:
    tick(store)
    with watched(rounds) as spent:
        for _ in range(rounds):
            clock.now += timedelta(seconds=1 if due else 0)
            rang = tick(store)
            if rang != due:
                raise ValueError(f"{rang} waits rang, not {due}.")
    return spent
