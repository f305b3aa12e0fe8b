"""The one place that asks what time it is, and by whose rules; everything else is given a clock."""

from __future__ import annotations

import time
import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time, aware, UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds that never go backwards, for measuring spans inside one process."""
    return time.monotonic()


def zone_rules() -> str:
    """Name the rules of time zones that this process goes by: the pinned ones, unless somebody read others."""
    return f"tzdata {version('tzdata')}" if not zoneinfo.TZPATH else "the machine's own"
