"""Time zones by the names of the IANA database, of which every process brings its own copy (`tzdata`)."""

from __future__ import annotations

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LONGEST = 64
"""Letters; the longest name there is has 32. A name is looked up among files, so it may be a stranger's path."""


def named(name: str) -> ZoneInfo | None:
    """Return the zone of a name, None where there is none."""
    try:
        return ZoneInfo(name) if 0 < len(name) <= LONGEST else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def or_utc(name: str) -> tzinfo:
    """Return the zone of a name, UTC where there is none."""
    return named(name) or UTC
