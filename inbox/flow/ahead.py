"""Fetch an account's next batch while the one before is stored and read: the provider, the disk and we work at once.

Nothing is decided ahead. What was fetched is taken only where the cursor stands where it was asked from; cursor and
arrivals are still saved together.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from connectors.contract import Batch, Pulls
    from inbox.clock import Clock


@dataclass(frozen=True, slots=True)
class Fetched:
    """A batch, and when it was asked for."""

    asked_at: datetime
    batch: Batch


class Ahead:
    """Fetches one batch ahead of the caller, where there is more; a context manager, used by one thread."""

    def __init__(self, connector: Pulls, clock: Clock) -> None:
        self._connector, self._clock = connector, clock
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead")
        self._asked_from: str | None = None
        self._coming: Future[Fetched] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of what was fetched ahead; one that is under way is waited for."""
        self._pool.shutdown(cancel_futures=True)

    def take(self, cursor: str | None) -> Fetched:
        """Return what stands after the cursor, and begin to fetch what stands behind that."""
        coming, self._coming = self._coming, None
        fetched = coming.result() if coming else None
        if fetched is None or self._asked_from != cursor:
            fetched = self._fetch(cursor)
        if fetched.batch.more:
            self._asked_from = fetched.batch.cursor
            self._coming = self._pool.submit(self._fetch, self._asked_from)
        return fetched

    def _fetch(self, cursor: str | None) -> Fetched:
        return Fetched(self._clock(), self._connector.fetch(cursor))
