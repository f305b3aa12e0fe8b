"""The state of the promise, which every screen's head tells: kept this week, and who answers now."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from inbox.flow.context import Context
from inbox.store import listing, teammates

KEPT_FOR = 30
"""Seconds; the week's figures are a walk over a week of waits."""
ON_DUTY = "on_duty"


@dataclass(frozen=True, slots=True)
class Promise:
    """Of `settled` waits of the last seven days `kept` were in time; `on_duty` are the names of who answers now."""

    kept: int
    settled: int
    percent: int | None
    on_duty: list[str]


def promise(request: Request) -> Promise:
    """Return how the promise stands; its figures are at most half a minute old."""
    context: Context = request.app.state.context
    now, remembered = context.clock(), request.app.state.kept
    with context.store.reading() as session:
        if not remembered or (now - remembered["at"]).total_seconds() > KEPT_FOR:
            remembered.update(at=now, kept=listing.kept(session, now))
        on_duty = [one.name for one in teammates.active(session) if one.preferences.get(ON_DUTY)]
    figures: listing.Kept = remembered["kept"]
    return Promise(figures.kept, figures.settled, figures.percent, on_duty)
