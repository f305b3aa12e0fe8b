"""The state of the promise, which every screen's head tells: kept this week, and who answers now."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request

from inbox.flow import duty
from inbox.flow.context import Context
from inbox.store import listing, teammates

KEPT_FOR = 30
"""Seconds; the week's figures are a walk over a week of waits."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Of `settled` waits of the last seven days `kept` were in time; `on_duty` are the names of who answers now.

    people: the same by number. by_rota: a rota says so. took_over: they took over, and can hand back.
    plain: all of those waits were promised an answer within 24 hours.
    """

    kept: int
    settled: int
    percent: int | None
    on_duty: list[str]
    people: tuple[int, ...] = ()
    by_rota: bool = False
    took_over: bool = False
    plain: bool = True


def promise(request: Request) -> Promise:
    """Return how the promise stands; its figures are at most half a minute old."""
    context: Context = request.app.state.context
    now, remembered = context.clock(), request.app.state.kept
    with context.store.reading() as session:
        if not remembered or (now - remembered["at"]).total_seconds() > KEPT_FOR:
            remembered.update(at=now, kept=listing.kept(session, now))
        running, names = duty.current(session, now), teammates.names(session)
    figures: listing.Kept = remembered["kept"]
    serving = [names[one] for one in running.people if one in names]
    by_rota = running.why != (duty.SWITCH,)
    took_over = by_rota and any(reason.startswith("take_over:") for reason in running.why)
    return Promise(
        figures.kept, figures.settled, figures.percent, serving, running.people, by_rota, took_over, figures.plain
    )
