"""Small pictures drawn on the server: icons from the vendor folder, and the ring that fills over 24 hours."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from markupsafe import Markup

from inbox.web import words

ICONS = Path(__file__).parent / "static" / "vendor" / "icons"
CHANNELS = {
    "mail": "mail",
    "sms": "smartphone",
    "voice": "phone",
    "phone": "phone",
    "whatsapp": "message-circle",
    "telegram": "send",
    "x": "at-sign",
    "widget": "message-square",
}
LAST_QUARTER = 0.75

_INSIDE = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@cache
def _drawing(name: str) -> str:
    file = ICONS / f"{name}.svg"
    found = _INSIDE.search(file.read_text(encoding="utf-8")) if file.exists() else None
    return " ".join(found[1].split()) if found else ""


@lru_cache(maxsize=1024)
def icon(name: str, label: str = "", css: str = "") -> Markup:
    """Draw an icon. Without a label it is decoration, and a word stands beside it."""
    name = CHANNELS.get(name.removeprefix("channel:"), "message-square") if name.startswith("channel:") else name
    said = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon {}" viewBox="0 0 24 24" {}>{}</svg>').format(css, said, Markup(_drawing(name)))  # noqa: S704 - our own file


def state(since: datetime, due_at: datetime, now: datetime) -> str:
    """Return how a wait stands: ok, soon (the last quarter) or late."""
    if now >= due_at:
        return "late"
    whole = (due_at - since).total_seconds() or 1
    return "soon" if (now - since).total_seconds() / whole >= LAST_QUARTER else "ok"


def ring(since: datetime | None, due_at: datetime | None, now: datetime) -> Markup:
    """Draw how much of a wait's 24 hours has passed, with the words for it; an empty place while nobody waits."""
    if since is None or due_at is None:
        return Markup('<span class="ring-space"></span>')
    whole = (due_at - since).total_seconds() or 1
    share = min(1.0, max(0.0, (now - since).total_seconds() / whole))
    said = words.waited(since, due_at, now)
    return Markup(
        '<svg class="ring" data-state="{}" data-since="{}" data-due="{}" viewBox="0 0 16 16" role="img"'
        ' aria-label="{}">'
        '<title>{}</title><circle class="ring-track" cx="8" cy="8" r="6"/>'
        '<circle class="ring-fill" cx="8" cy="8" r="6" pathLength="100" stroke-dasharray="{} 100"/></svg>'
    ).format(
        state(since, due_at, now),
        due_at_iso(since),
        due_at_iso(due_at),
        said,
        said,
        f"{share * 100:.1f}",
    )


def gauge(percent: int | None) -> Markup:
    """Draw a share as a ring. The figure stands beside it in words."""
    return Markup(
        '<svg class="gauge" viewBox="0 0 16 16" aria-hidden="true"><circle class="ring-track" cx="8" cy="8" r="6"/>'
        '<circle class="ring-fill" cx="8" cy="8" r="6" pathLength="100" stroke-dasharray="{} 100"/></svg>'
    ).format(percent or 0)


def due_at_iso(at: datetime) -> str:
    """Write a time for a script to read."""
    return at.isoformat(timespec="seconds")
