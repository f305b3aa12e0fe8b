"""Named questions about founders' reviews: causes, actions, signed weeks, and endings chosen by lot."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store import promise_conditions
from inbox.store.db import Work
from inbox.store.promise_conditions import Only, Span
from inbox.store.tables import Conversation, Review, ReviewSample, ReviewWeek, Wait
from inbox.store.tools import table

CAUSES = ("nobody_on_duty", "notice_missed", "channel_down", "hard_question", "ignored", "other")
ENDINGS = ("no_reply_needed", "spam")
MOST_ENDINGS = 5_000
"""So many endings of a week are put into the lot."""
ACTIONS = 100

_waits, _conversations, _reviews = table(Wait), table(Conversation), table(Review)
_weeks, _samples = table(ReviewWeek), table(ReviewSample)
_w = _waits.c


@dataclass(frozen=True, slots=True)
class Ending:
    """One wait that ended without a reply, as the lot sees it."""

    wait_id: int
    cause: str


def of_wait(session: Session, wait_id: int) -> Review | None:
    """Return what founders wrote of a wait."""
    return session.exec(select(Review).where(Review.wait_id == wait_id)).first()


def of_waits(session: Session, wait_ids: Sequence[int]) -> dict[int, Review]:
    """Return what founders wrote, by wait."""
    query = select(Review).where(col(Review.wait_id).in_(list(wait_ids)))
    return {row.wait_id: row for row in session.exec(query)}


def get(work: Work, review_id: int) -> Review | None:
    """Return one review."""
    return work.session.get(Review, review_id)


def open_actions(session: Session, week: str) -> list[Review]:
    """Return what was to be done up to this week and is not, the oldest first."""
    query = select(Review).where(col(Review.action) != "", col(Review.done_at).is_(None), col(Review.week) <= week)
    return list(session.exec(query.order_by(col(Review.week), col(Review.id)).limit(ACTIONS)).all())


def actions_of(session: Session, week: str) -> list[Review]:
    """Return what founders decided in the review of a week, done or not."""
    query = select(Review).where(Review.week == week, col(Review.action) != "")
    return list(session.exec(query.order_by(col(Review.id)).limit(ACTIONS)).all())


def causes(session: Session, weeks: Collection[str]) -> dict[str, dict[str, int]]:
    """Count the causes by week: {week: {cause: number}}."""
    query = (
        sa.select(_reviews.c.week, _reviews.c.cause, sa.func.count())
        .where(_reviews.c.week.in_(list(weeks)))
        .group_by(_reviews.c.week, _reviews.c.cause)
    )
    found: dict[str, dict[str, int]] = {week: {} for week in weeks}
    for week, cause, number in session.execute(query):
        found[week][cause] = number
    return found


def without_cause(session: Session, span: Span, now: datetime) -> int:
    """Count the broken promises of a span that nobody has given a cause."""
    broken = promise_conditions.within(session, span, now, Only("broken"))
    unknown = sa.not_(sa.exists().where(_reviews.c.wait_id == _w.id))
    query = sa.select(sa.func.count()).select_from(_waits).where(*broken, unknown)
    return session.execute(query).scalar() or 0


def signed(session: Session, week: str) -> ReviewWeek | None:
    """Return who signed a week off, and when."""
    return session.get(ReviewWeek, week)


def endings(session: Session, span: Span, but: Collection[str]) -> list[Ending]:
    """Return the waits of a span that ended without a reply and can be looked at. but: reasons of no interest."""
    query = (
        sa.select(_w.id, _w.cause)
        .select_from(promise_conditions.joined())
        .where(_w.due_at >= span.start, _w.due_at < span.end, _w.cause.in_(ENDINGS))
        .where(_w.reason.not_in(list(but)), _conversations.c.emptied_at.is_(None))
        .order_by(_w.due_at, _w.id)
        .limit(MOST_ENDINGS)
    )
    return [Ending(row.id, row.cause) for row in session.execute(query)]


def verdicts(session: Session, week: str) -> dict[int, ReviewSample]:
    """Return what founders think of the endings of a week, by wait."""
    query = select(ReviewSample).where(ReviewSample.week == week)
    return {row.wait_id: row for row in session.exec(query)}
