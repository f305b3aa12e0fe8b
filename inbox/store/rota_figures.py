"""How many people write at which hour of the week: what a hole in the rota would mean."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store import promise_conditions
from inbox.store.tables import Teammate, Wait
from inbox.store.tools import table
from rules.rota_calendar import HOURS_OF_WEEK

WEEKS = 8
_HOUR = 3_600_000_000
_DUE_WITHIN = timedelta(days=31)
"""A wait is found by when it was due; no promise is longer than this."""
_THURSDAY = 3 * 24
"""The first hour of 1970, as hours of a week are counted."""
_waits, _teammates = table(Wait).c, table(Teammate).c


def arrivals(session: Session, now: datetime) -> dict[int, float]:
    """Return how many waits opened in each of the 168 hours of a week, on average over the last eight weeks."""
    since = now - timedelta(weeks=WEEKS)
    hour = promise_conditions.micros(session, _waits.started_at) // _HOUR
    query = (
        sa.select(hour, sa.func.count())
        .where(_waits.due_at >= since, _waits.due_at < now + _DUE_WITHIN)
        .where(_waits.started_at >= since, _waits.started_at < now)
        .group_by(hour)
    )
    found: Counter[int] = Counter()
    for number, count in session.execute(query).all():
        found[(number + _THURSDAY) % HOURS_OF_WEEK] += count
    return {number: count / WEEKS for number, count in found.items()}


def answers(session: Session, since: datetime, now: datetime) -> dict[int, int]:
    """Return how many people each teammate answered who waited, since a moment."""
    mine = (_waits.closed_by == _teammates.id, _waits.closed_at >= since, _waits.closed_at < now)
    counted = sa.select(sa.func.count()).where(*mine, promise_conditions.answered()).scalar_subquery()
    return {row[0]: row[1] for row in session.execute(sa.select(_teammates.id, counted)) if row[1]}
