"""How long something took, by the wall and by our processor, and what it asked of the store."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from inbox.store.db import Store

ASKED = ("SELECT", "WITH", "UPDATE")


@dataclass
class Spent:
    """Seconds by the wall, and seconds of processor that this process used in all its threads."""

    wall: float = 0.0
    cpu: float = 0.0
    count: int = 0

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.count / self.wall if self.wall else 0.0

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of processor each."""
        return self.cpu * 1000 / self.count if self.count else 0.0

    @property
    def wall_ms(self) -> float:
        """Milliseconds each."""
        return self.wall * 1000 / self.count if self.count else 0.0


@contextmanager
def watched(count: int = 1) -> Iterator[Spent]:
    """Fill in what the body spends."""
    spent = Spent(count=count)
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield spent
    finally:
        spent.wall, spent.cpu = time.perf_counter() - wall, time.process_time() - cpu


def percentiles(times: Sequence[float]) -> tuple[float, float]:
    """Return the middle one, and the one that nineteen of twenty stay below."""
    if len(times) < 2:
        return times[0], times[0]
    return statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]


@contextmanager
def listening(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Collect the questions that are asked of a store, each with what it was given."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, given: object, *_: object) -> None:
        if statement.lstrip().upper().startswith(ASKED):
            asked.append((statement, given))

    engines = {store.reader, store.writer}
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)
