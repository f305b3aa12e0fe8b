"""What strangers may read of how the promise was kept: figures of the last weeks, and nothing about anybody."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.store import promise_figures
from inbox.store.promise_figures import Figures, Span, Tally
from rules import promise
from rules.intervals import wilson

if TYPE_CHECKING:
    from inbox.store.db import Session

SPANS = (28, 90)
"""The days that are measured."""
ENOUGH = 20
"""A channel with fewer cases is not told apart: so few would say more of single people than of us."""


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, in whole percent, and between which the true share lies."""

    name: str
    kept: int
    cases: int
    percent: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Measured:
    """One span. whole: None while there are too few cases to say anything. plain: all were promised 24 hours."""

    days: int
    cases: int
    unanswered: int
    plain: bool
    whole: Share | None
    channels: tuple[Share, ...]
    median: timedelta | None
    p90: timedelta | None
    slowest: timedelta | None


@dataclass(frozen=True, slots=True)
class Published:
    """Everything on the page, and when it was measured."""

    at: datetime
    spans: tuple[Measured, ...]


def measure(session: Session, now: datetime) -> Published:
    """Measure what is published."""
    return Published(now, tuple(_span(session, now, days) for days in SPANS))


def _span(session: Session, now: datetime, days: int) -> Measured:
    span = Span(now - timedelta(days=days), now)
    told = promise_figures.figures(session, span, now)
    channels = promise_figures.by_channel(session, span, now)
    few = told.tally.settled < promise.FEW
    return Measured(
        days=days,
        cases=told.tally.settled,
        unanswered=told.tally.unanswered,
        plain=told.plain,
        whole=None if few else share("", told.tally),
        channels=tuple(share(name, one) for name, one in channels.items() if one.settled >= ENOUGH),
        **_times(told, few=few),
    )


def _times(told: Figures, *, few: bool) -> dict[str, timedelta | None]:
    names = ("median", "p90", "slowest")
    return {name: None if few else getattr(told, name) for name in names}


def share(name: str, counted: Tally) -> Share:
    """Return a share in whole percent; it and its lower bound are rounded down, so that we never look better."""
    low, high = wilson(counted.kept, counted.settled)
    percent = counted.percent or 0
    return Share(name, counted.kept, counted.settled, percent, math.floor(low * 100), math.ceil(high * 100))
