"""How many people write at which hour of the week: what a hole in the rota would mean."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.promise_figures import micros
from inbox.store.tables import Wait
from inbox.store.tables.types import from_micros
from inbox.store.tools import table
from rules.rota_calendar import hour_of_week

WEEKS = 8
_HOUR = 3_600_000_000
_DUE_WITHIN = timedelta(days=31)
"""A wait is found by when it was due; no promise is longer than this."""
_waits = table(Wait).c


def arrivals(session: Session, now: datetime) -> dict[int, float]:
    """Return how many waits opened in each of the 168 hours of a week, on average over the last eight weeks."""
    since = now - timedelta(weeks=WEEKS)
    hour = micros(session, _waits.started_at) // _HOUR
    query = (
        sa.select(hour, sa.func.count())
        .where(_waits.due_at >= since, _waits.due_at < now + _DUE_WITHIN)
        .where(_waits.started_at >= since, _waits.started_at < now)
        .group_by(hour)
    )
    found: Counter[int] = Counter()
    for number, count in session.execute(query):
        found[hour_of_week(from_micros(int(number) * _HOUR))] += int(count)
    return {number: count / WEEKS for number, count in found.items()}


def answers(session: Session, since: datetime, now: datetime) -> dict[int, int]:
    """Return how many people each teammate answered who waited, since a moment."""
    query = (
        sa.select(_waits.closed_by, sa.func.count())
        .where(_waits.due_at >= since, _waits.due_at < now + _DUE_WITHIN, _waits.closed_by.is_not(None))
        .where(_waits.closed_at >= since, _waits.closed_at < now, _waits.cause.in_(("replied", "call_connected")))
        .group_by(_waits.closed_by)
    )
    return {row[0]: row[1] for row in session.execute(query)}
