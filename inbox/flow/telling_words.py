"""What the ladder says: people, not tickets, and how long they have waited."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inbox.store.tellings import Scene

_MINUTE = timedelta(minutes=1)


def span(length: timedelta) -> str:
    """Write a span of time as every language of ours does: 22 h, 2 h 10, 40 min."""
    minutes = max(round(length / _MINUTE), 0)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"


def facts(scene: Scene, now: datetime, *, nobody: bool = False) -> dict[str, Any]:
    """Return what a notice of a wait names; left is "" once the promise is broken."""
    left = scene.due_at - now
    return {
        "wait_id": scene.wait_id,
        "contact": scene.contact,
        "subject": scene.subject,
        "waited": span(now - scene.started_at),
        "left": span(left) if left > _MINUTE / 2 else "",
        "promised": span(scene.due_at - scene.started_at),
        "nobody": nobody,
    }
