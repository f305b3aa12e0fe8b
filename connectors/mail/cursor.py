"""Where we stand in a mailbox, and the names of mails in it, as texts that others store."""

from __future__ import annotations

import json
from typing import NamedTuple

from connectors.errors import Permanent


class Place(NamedTuple):
    """How far a folder has been read: its UIDVALIDITY and the last UID taken."""

    validity: int
    uid: int


def read(cursor: str | None) -> dict[str, Place]:
    """Read a cursor, None being the very beginning. Permanent when it is not one of ours."""
    if cursor is None:
        return {}
    try:
        return {str(name): Place(int(validity), int(uid)) for name, (validity, uid) in json.loads(cursor).items()}
    except (ValueError, TypeError, AttributeError) as problem:
        raise Permanent("The stored place in the mailbox cannot be read.") from problem


def write(places: dict[str, Place]) -> str:
    """Write a cursor; equal places give equal texts."""
    return json.dumps(places, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def name(folder: str, validity: int, uid: int) -> str:
    """Name a mail for good: UIDs are never used again while the UIDVALIDITY stays (RFC 3501 section 2.3.1.1)."""
    return f"{folder};{validity};{uid}"


def parse_name(external_id: str) -> tuple[str, int, int] | None:
    """Read the name of a mail, None when it is none of ours."""
    folder, _, rest = external_id.rpartition(";")
    folder, _, validity = folder.rpartition(";")
    if folder and validity.isdecimal() and rest.isdecimal():
        return folder, int(validity), int(rest)
    return None
