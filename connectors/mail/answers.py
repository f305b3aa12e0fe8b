"""What FETCH and SEARCH answered (RFC 3501 section 7), read without trust: only what was asked for is believed.

imaplib2 hands over a list in which a text stands for a line and a pair for a line with the literal that ends it; lines
after a literal continue it. Data that other clients caused may stand between (RFC 3501 section 7, unsolicited data).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_START = re.compile(rb"\d+ \(")
_UID = re.compile(rb"(?:^\d+ \(|[ )])UID (\d{1,10})(?=[ )])", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,15})\b", re.IGNORECASE)
_DATE = re.compile(
    rb'INTERNALDATE "([ \d]\d)-([A-Z][a-z]{2})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"', re.IGNORECASE
)
_BODY = re.compile(rb"BODY\[(?:HEADER)?\](?:<0>)? ~?\{\d+\}$", re.IGNORECASE)
_QUOTED_BODY = re.compile(rb'BODY\[(?:HEADER)?\](?:<0>)? "((?:[^"\\]|\\.)*)"', re.IGNORECASE | re.DOTALL)
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NAMES = (b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}


class Meta(NamedTuple):
    """What is known of a mail before its body: UID, size in bytes, when the server got it (None where absurd)."""

    uid: int
    size: int
    received_at: datetime | None


class Response(NamedTuple):
    """One FETCH response: its text without literals, and the literal of the body if there was one."""

    text: bytes
    body: bytes | None

    @property
    def uid(self) -> int:
        """The UID it is about, 0 where it does not say; what stands in strings was written by strangers."""
        found = _UID.search(_STRING.sub(b'""', self.text))
        return int(found[1]) if found else 0


def responses(data: Iterable[object]) -> Iterator[Response]:
    """Put lines and literals together again."""
    text, body = b"", None
    for item in data:
        line, literal = item if isinstance(item, tuple) else (item, None)
        if not isinstance(line, bytes):
            continue
        if text and _START.match(line):
            yield Response(text, body)
            text, body = b"", None
        text += line
        if literal is not None and _BODY.search(line):
            body = literal
    if text:
        yield Response(text, body)


def metas(data: Iterable[object], asked: Iterable[int]) -> list[Meta]:
    """Read sizes and dates of the UIDs asked for, by UID; the first word on a UID counts."""
    wanted = set(asked)
    found: dict[int, Meta] = {}
    for response in responses(data):
        uid, size = response.uid, _SIZE.search(response.text)
        if uid in wanted and uid not in found and size:
            found[uid] = Meta(uid, int(size[1]), read_date(response.text))
    return [found[uid] for uid in sorted(found)]


def bodies(data: Iterable[object], asked: Iterable[int]) -> dict[int, bytes | None]:
    """Read the bodies of the UIDs asked for; None where the server answered NIL. The first body of a UID counts."""
    wanted = set(asked)
    found: dict[int, bytes | None] = {}
    for response in responses(data):
        uid = response.uid
        if uid in wanted and found.get(uid) is None and b"BODY[" in response.text.upper():
            found[uid] = response.body if response.body is not None else _quoted(response.text)
    return found


def _quoted(text: bytes) -> bytes | None:
    """A short body may come as a quoted string."""
    found = _QUOTED_BODY.search(text)
    return re.sub(rb"\\(.)", rb"\1", found[1]) if found else None


def read_date(text: bytes) -> datetime | None:
    """Read INTERNALDATE as UTC, None where there is none or it is no date."""
    found = _DATE.search(text)
    if not found or found[2].lower() not in _MONTHS:
        return None
    try:
        offset = timedelta(hours=int(found[8]), minutes=int(found[9]))
        zone = timezone(-offset if found[7] == b"-" else offset)
        day = datetime(int(found[3]), _MONTHS[found[2].lower()], int(found[1]), tzinfo=zone)
        time = timedelta(hours=int(found[4]), minutes=int(found[5]), seconds=int(found[6]))
        return (day + time).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def uids(data: Iterable[object], least: int, most: int) -> list[int]:
    """Read SEARCH answers: sorted, each once, and only from `least` to `most` (`n:*` also names the last mail)."""
    found: set[int] = set()
    for line in data:
        if isinstance(line, bytes):
            found.update(int(word) for word in line.split() if word.isdigit() and len(word) <= 10)
    return sorted(uid for uid in found if least <= uid <= most)
