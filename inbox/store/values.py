"""Named values that founders set for the whole house."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from inbox.store.db import Work
from inbox.store.tables import Setting


def get(session: Session, key: str) -> dict[str, Any]:
    """Return a value that is a table of its own, empty while nobody has set it."""
    row = session.get(Setting, key)
    return dict(row.value) if row is not None and isinstance(row.value, dict) else {}


def put(work: Work, key: str, value: dict[str, Any]) -> None:
    """Keep a value; an empty one is forgotten."""
    row = work.session.get(Setting, key)
    if row is None and value:
        work.session.add(Setting(key=key, value=value))
    elif row is not None and value:
        row.value = value
    elif row is not None:
        work.session.delete(row)
    work.session.flush()
