"""The Date header (RFC 5322 section 3.3), obsolete and broken forms included, as UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

_USUAL = re.compile(
    r"(?:[A-Za-z]{3,9},? *)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))? ([+-])(\d\d)(\d\d)\b"
)
_MONTHS = {
    name: n
    for n, name in enumerate(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1)
}
_LONGEST = 100
_YEARS = range(1960, 2101)
_QUARTERS = (0, 15, 30, 45)
_FARTHEST = 14 * 60


def parse(value: str) -> datetime | None:
    """Return the time in UTC; None where there is none or it is absurd (not between 1960 and 2100)."""
    found = _USUAL.match(value)
    if found is None:
        return _unusual(value[: 2 * _LONGEST])
    day, name, year, hour, minute, second, sign, hours, minutes = found.groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return _utc(
        (int(year), _MONTHS.get(name.lower(), 0), int(day), int(hour), int(minute), int(second or 0)),
        -offset if sign == "-" else offset,
    )


def offset(value: str) -> int | None:
    """Return how many minutes east of UTC the writer's clock stood; None where the date does not tell.

    A date in UTC tells nothing: whole services write every date so, wherever the writer is.
    """
    found = _USUAL.match(value)
    if found is None:
        return None
    sign, hours, minutes = found.groups()[6:]
    east = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1)
    return east if east and int(minutes) in _QUARTERS and abs(east) <= _FARTHEST else None


def _unusual(value: str) -> datetime | None:
    try:
        numbers = parsedate_tz(" ".join(value.split()))
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
    if numbers is None:
        return None
    year, month, day, hour, minute, second = numbers[:6]
    return _utc((year, month, day, hour, minute, second), timedelta(seconds=numbers[9] or 0))


def _utc(parts: tuple[int, int, int, int, int, int], offset: timedelta) -> datetime | None:
    year, month, day, hour, minute, second = parts
    if year not in _YEARS:
        return None
    try:
        return datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC) - offset
    except (ValueError, OverflowError):
        return None
