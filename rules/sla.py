"""The promise as arithmetic: when a wait starts, is due, and rings. Times are aware UTC."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

WARNING = "warning"
BREACH = "breach"


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a person may wait, and how long before that the team is warned. The default is the promise itself."""

    duration: timedelta = timedelta(hours=24)
    warn_before: timedelta = timedelta(hours=8)
    late_after: timedelta = timedelta(hours=1)


PROMISE = Policy()


@dataclass(frozen=True, slots=True)
class Span:
    """A wait as it opens. `late` says that the message reached us long after it was received."""

    started_at: datetime
    due_at: datetime
    next_step_at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A deadline of a wait: its name and when it has to ring."""

    name: str
    at: datetime


def open_span(received_at: datetime, now: datetime, policy: Policy = PROMISE) -> Span:
    """Start a wait at the provider's time, never in the future, however late the message reached us."""
    started = min(received_at, now)
    due = started + policy.duration
    return Span(started, due, due - policy.warn_before, late=now - started > policy.late_after)


def steps(due_at: datetime, policy: Policy = PROMISE) -> tuple[Step, Step]:
    """Return every step of a wait, in the order they ring."""
    return Step(WARNING, due_at - policy.warn_before), Step(BREACH, due_at)


def ringing(due_at: datetime, rung: Collection[str], now: datetime, policy: Policy = PROMISE) -> list[Step]:
    """Return the steps that have to ring now: not those that have, not those still to come."""
    return [step for step in steps(due_at, policy) if step.name not in rung and step.at <= now]


def next_step(due_at: datetime, rung: Collection[str], policy: Policy = PROMISE) -> datetime | None:
    """Return when the next step has to ring, None after the last."""
    return next((step.at for step in steps(due_at, policy) if step.name not in rung), None)
