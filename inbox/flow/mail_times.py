"""When a mail in a file was received, as well as can be known without its server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

HEAD = 64 * 1024
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)

_FIELD = re.compile(rb"^(received|date):((?:[^\n]*)(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_ASCTIME = re.compile(
    r"([A-Z][a-z]{2}) +(\d{1,2}) (\d{1,2}:\d\d(?::\d\d)?)"
    r" (?:([+-]\d{4}|[A-Z]{1,5}) )?(\d{4})(?: ([+-]\d{4}|[A-Z]{1,5}))?\s*$"
)


def received(raw: bytes, separator: bytes, touched: datetime, now: datetime) -> datetime:
    """Return the time of the topmost plausible Received line, else of mbox's "From " line, Date, or the file.

    It is never later than now.
    """
    for candidate in _candidates(raw, separator):
        if candidate is not None and EARLIEST <= candidate <= now + timedelta(days=1):
            return min(candidate, now)
    return min(max(touched, EARLIEST), now)


def from_seconds(seconds: float) -> datetime:
    """Turn a file's time into an aware UTC time; one before 1980 or unusable becomes 1980."""
    try:
        return max(datetime.fromtimestamp(seconds, UTC), EARLIEST)
    except (OverflowError, ValueError, OSError):
        return EARLIEST


def _candidates(raw: bytes, separator: bytes) -> Iterator[datetime | None]:
    head = raw[:HEAD].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    fields = [(name.lower(), value.decode("latin-1")) for name, value in _FIELD.findall(head)]
    yield from (_moment(value.rpartition(";")[2]) for name, value in fields if name == b"received" and ";" in value)
    yield _of_separator(separator.decode("latin-1"))
    yield from (_moment(value) for name, value in fields if name == b"date")


def _of_separator(line: str) -> datetime | None:
    found = _ASCTIME.search(line)
    if found is None:
        return None
    month, day, clock, zone, year, late_zone = found.groups()
    return _moment(f"{day} {month} {year} {clock} {zone or late_zone or '+0000'}")


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(" ".join(text.split())[:100])
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
