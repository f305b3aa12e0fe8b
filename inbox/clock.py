"""The one place that asks what time it is; everything else is given a clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time, aware, UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds that never go backwards, for measuring spans inside one process."""
    return time.monotonic()
