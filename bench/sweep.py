"""What a look at the deadlines costs while a million people wait, and how long many that fall due at once keep others.

Nothing else is there than waits: that is all a look reads.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from bench.watch import Spent, percentiles, watched
from bench.world import END
from inbox.flow.tick import BATCH, ring_due, tick
from inbox.store.db import Store
from inbox.store.migrate import upgrade
from inbox.store.tables.types import to_micros

DUE = 10
STORM = 2_000
"""So many fall due at once, one day, at the end."""
# Ten fall due at each second of the clock; the next day two thousand in one.
SQLITE = """
INSERT INTO waits (id, conversation_id, account_id, message_id, kind, started_at, due_at, late, next_step_at, reason)
WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < :count)
SELECT i, i, 1, i, 'first', at - 16 * :hour, at + 8 * :hour, 0, at, ''
FROM (SELECT i, CASE WHEN i > :count - :storm THEN :last ELSE :first + (i - 1) / :due * 1000000 END AS at FROM numbers)
"""
POSTGRES = """
INSERT INTO waits (id, conversation_id, account_id, message_id, kind, started_at, due_at, late, next_step_at, reason)
SELECT i, i, 1, i, 'first', at - interval '16 hours', at + interval '8 hours', false, at, ''
FROM (SELECT i, CASE WHEN i > :count - :storm THEN cast(:last AS timestamptz)
    ELSE cast(:first AS timestamptz) + (i - 1) / :due * interval '1 second' END AS at
    FROM generate_series(1, :count) i) numbers
"""


@dataclass(frozen=True)
class Looked:
    """What a look costs when ten are due and when nobody is; the transactions of two thousand at once, in ms."""

    due: Spent
    idle: Spent
    storm_p50: float
    storm_p95: float


class _Clock:
    def __init__(self) -> None:
        self.now = END

    def __call__(self) -> datetime:
        return self.now


def measure(url: str, waiting: int, rounds: int = 10) -> Looked:
    """Fill an empty database and look."""
    clock = _Clock()
    store = Store(url, clock)
    try:
        upgrade(store)
        fill(store, waiting)
        due, idle = _look(store, clock, rounds, DUE), _look(store, clock, rounds, 0)
        clock.now = _last(waiting)
        return Looked(due, idle, *percentiles(_storm(store, waiting)))
    finally:
        store.close()


def _last(waiting: int) -> datetime:
    return END + timedelta(seconds=waiting / DUE + 3600)


def fill(store: Store, waiting: int) -> None:
    """Write the waits alone: what they refer to is not there, and nobody checks."""
    first, last = END, _last(waiting)
    given = {"count": waiting, "due": DUE, "storm": min(STORM, waiting // 2)}
    with store.writer.connect() as connection:
        if store.dialect == "sqlite":
            raw = connection.connection.driver_connection
            if raw is None:
                raise ConnectionError("There is no connection to SQLite.")
            raw.execute("PRAGMA foreign_keys = OFF")
            given |= {"hour": 3_600_000_000}
            connection.execute(sa.text(SQLITE), given | {"first": to_micros(first), "last": to_micros(last)})
        else:
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            connection.execute(sa.text(POSTGRES), given | {"first": first, "last": last})
        connection.commit()
    if store.dialect == "postgresql":
        with store.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE waits"))


def _look(store: Store, clock: _Clock, rounds: int, due: int) -> Spent:
    tick(store)
    with watched(rounds) as spent:
        for _ in range(rounds):
            clock.now += timedelta(seconds=1 if due else 0)
            rang = tick(store)
            if rang != due:
                raise ValueError(f"{rang} waits rang, not {due}.")
    return spent


def _storm(store: Store, waiting: int) -> list[float]:
    """Ring all that fall due at once, as tick does; return for how many ms each transaction held the pen."""
    with store.writer.begin() as connection:
        early = "UPDATE waits SET next_step_at = NULL WHERE id <= :count - :storm"
        connection.execute(sa.text(early), {"count": waiting, "storm": min(STORM, waiting // 2)})
    held, rang = list[float](), BATCH
    while rang == BATCH:
        with store.unit_of_work() as work:
            began = time.perf_counter()
            rang = ring_due(work)
        held.append((time.perf_counter() - began) * 1000)
    return held
