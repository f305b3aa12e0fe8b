"""Who did what that matters for safety or settings, when, and from where.

    audit.record(work, me.id, "webhook.added", webhook=made.id, url=host)

kind: a noun and what happened to it, with a dot (the page has a sentence for each: inbox/web/audit_words.py). Details
are small facts by name: ids, names, host names. What a customer wrote, and anything secret, does not belong there; a
value whose name sounds secret is left out. The row commits with the act itself, or not at all.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from inbox.store import audit
from inbox.store.db import Work
from inbox.store.tools import clean

LONGEST = 300
_SECRET = re.compile(r"password|secret|^token$|token_value|^code$|private|credential|cookie", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act comes from. address: of the network. via: "browser", "api", "command", "app"."""

    address: str = ""
    via: str = "app"


_UNKNOWN = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=_UNKNOWN)


def comes_from(address: str, via: str) -> None:
    """Say where what follows in this request or command comes from."""
    _origin.set(Origin(clean(address)[:64], via))


def origin() -> Origin:
    """Return where this request or command comes from."""
    return _origin.get()


def record(work: Work, by: int | None, kind: str, **details: object) -> None:
    """Add an act to the audit log. by: the teammate who acts, None for a stranger, a command or the app itself."""
    here = origin()
    told = {name: _told(name, value) for name, value in details.items() if value is not None}
    row = {"at": work.now, "kind": kind, "teammate_id": by, "address": here.address, "via": here.via, "details": told}
    audit.add(work, row)


def _told(name: str, value: object) -> Any:  # noqa: ANN401 - what JSON holds
    if _SECRET.search(name):
        return "…"
    if isinstance(value, bool | int):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_told("", one) for one in list(value)[:50]]
    return clean(str(value))[:LONGEST]
