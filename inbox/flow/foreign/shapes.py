"""One conversation of another product, in our words, and the small readings that all of them need."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from connectors.text import from_html

Record = dict[str, Any]

_ADDRESS = re.compile(r"[^\s<>@,;:\"()\[\]]+@[^\s<>@,;:\"()\[\]]+\.[^\s<>@,;:\"()\[\]]+")
_ID = re.compile(r"<?([^\s<>]{3,400}@[^\s<>]{1,200})>?")


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person as the other product knew them. key: their id there."""

    name: str = ""
    mail: str = ""
    phone: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One entry: something a person wrote, an answer of the team (ours), or a note among the team.

    files: name and address of what was attached there; it is listed, not fetched.
    """

    key: str
    at: datetime
    author: Somebody
    ours: bool = False
    note: bool = False
    text: str = ""
    html: str = ""
    message_id: str = ""
    cc: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation of another product."""

    source: str
    key: str
    customer: Somebody
    subject: str = ""
    tags: tuple[str, ...] = ()
    assignee: str = ""
    spam: bool = False
    said: list[Said] = field(default_factory=list)


def address(value: object) -> str:
    """Return a mail address in lower case, "" when it is none."""
    found = str(value or "").strip().lower()
    return found if _ADDRESS.fullmatch(found) and len(found) <= 250 else ""


def words(value: object, longest: int = 1000) -> str:
    """Return text on one line."""
    return " ".join(str(value or "").split())[:longest]


def moment(value: object) -> datetime | None:
    """Read a time: ISO 8601, or seconds since 1970; None when it is neither."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(str(value).strip().replace(" UTC", "+00:00"))
    except (ValueError, OverflowError, OSError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def message_id(value: object) -> str:
    """Return a Message-ID without brackets, "" when it is none."""
    found = _ID.fullmatch(str(value or "").strip())
    return found[1] if found else ""


def plain(text: object, html: object) -> str:
    """Return the text of an entry: as it was, else what its HTML says."""
    given = str(text or "").strip()
    return given or from_html(str(html or "")).strip()


def records(value: object) -> list[Record]:
    """Return the objects of a list, nothing else."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def inner(record: object, *path: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Follow names into a record; None where the way ends."""
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record


def key_of(record: Record) -> str:
    """Return the id of a record, "" where it has none."""
    return "" if record.get("id") is None else str(record["id"])


def customer_of(record: Record, found: Somebody) -> Somebody:
    """Return whom a conversation is with: as found, or somebody unknown of its own."""
    return found if found.mail or found.key else Somebody(key=f"of-{record['id']}")


def addresses(value: object) -> tuple[str, ...]:
    """Return the mail addresses of a list."""
    return tuple(found for one in value if (found := address(one))) if isinstance(value, list) else ()


def attached(name: object, where: object) -> tuple[str, str]:
    """Return the name and the address of a file."""
    return words(name, 200), words(where, 500)


def in_order(said: Iterable[Said | None]) -> list[Said]:
    """Sort entries by their times, each key once."""
    once = {one.key: one for one in said if one is not None}
    return sorted(once.values(), key=lambda one: (one.at, one.key))
