"""Figures of the rail: how many are where, up to a ceiling, and how the promise was kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store import promise_figures, views
from inbox.store.promise_figures import Span
from inbox.store.tables import Conversation, Mention, Message
from inbox.store.tools import table

CEILING = 1000
WEEK = timedelta(days=7)
DAY = timedelta(hours=24)
TICK = timedelta(microseconds=1)
SOON = timedelta(hours=2)
RECENT = 2000
COUNTED = {
    "waiting": "waiting",
    "mine": "mine",
    "unassigned": "unassigned",
    "snoozed": "snoozed",
    "waiting-for-them": "with_them",
    "mentions": "mentions",
    "spam": "spam",
}
"""Lists that are counted, and the name of the count."""

_c = table(Conversation).c
_mentions = table(Mention).c
_messages = table(Message).c


@dataclass(frozen=True, slots=True)
class Counts:
    """How many are where; a number above CEILING means "more than CEILING".

    overdue, due_soon: among those in the list of who waits. snoozed_late: overdue, and out of that list.
    mentions: notes that name this teammate and that they have not seen.
    """

    waiting: int
    mine: int
    unassigned: int
    due_soon: int
    overdue: int
    snoozed: int = 0
    snoozed_late: int = 0
    with_them: int = 0
    mentions: int = 0
    spam: int = 0

    def of(self, view: str) -> int | None:
        """Return the count of a list, None for one that is not counted."""
        return int(getattr(self, COUNTED[view])) if view in COUNTED else None


@dataclass(frozen=True, slots=True)
class Kept:
    """The promise of the last seven days: of `settled` waits that were answered or fell due, `kept` were in time.

    plain: all of them were promised an answer within 24 hours.
    """

    kept: int
    settled: int
    plain: bool = True

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down so that a broken promise is never rounded away; None without a sample."""
        return self.kept * 100 // self.settled if self.settled else None


def counts(session: Session, me: int, now: datetime) -> Counts:
    """Count each list, up to the ceiling, in one question: every page asks it."""
    return Counts(*session.execute(_counting(me, CEILING + 1), {"now": now, "soon": now + SOON}).one())


@lru_cache(maxsize=1024)
def _counting(me: int, most: int) -> sa.Select[Any]:
    """Write a teammate's question down once; to put it together takes longer than the answer. In the order of Counts.

    A note that names somebody counts until they have seen it.
    """
    now, soon = (sa.bindparam(name, type_=_c.due_at.type) for name in ("now", "soon"))
    waiting = views.awake_and_waiting()
    asleep = [_c.due_at.is_not(None), _c.snoozed_until.is_not(None)]
    unseen = sa.select(sa.literal(1)).where(_mentions.teammate_id == me, _mentions.seen_at.is_(None))
    some = (
        _where(*waiting),
        _of("mine", me),
        _of("unassigned", me),
        _where(*waiting, _c.due_at > now, _c.due_at <= soon),
        _where(*waiting, _c.due_at <= now),
        _of("snoozed", me),
        _where(*asleep, _c.due_at <= now),
        _of("waiting-for-them", me),
        unseen,
        _of("spam", me),
    )
    return sa.select(*(_bounded(one, most).scalar_subquery() for one in some))


def _of(view: str, me: int) -> sa.Select[Any]:
    return _where(*views.view(view, me).wanted)


def _where(*wanted: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.literal(1)).select_from(table(Conversation)).where(*wanted)


def _bounded(query: sa.Select[Any], most: int) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(query.limit(most).subquery())


def of_view(session: Session, view: str, me: int, most: int = CEILING) -> int:
    """Count one list, up to `most` and one more."""
    asked = views.view(view, me)
    some_rows = asked.apply(sa.select(_c.id).select_from(table(Conversation))).limit(most + 1).subquery()
    return session.execute(sa.select(sa.func.count()).select_from(some_rows)).scalar() or 0


def kept(session: Session, now: datetime) -> Kept:
    """Measure the promise over the waits of the last seven days, as the promise page counts: answered, due, given up.

    Those that ended otherwise before they were due (spam, merged, no reply needed) promised nothing any more.
    """
    told = promise_figures.outline(session, Span(now - WEEK + TICK, now + DAY + TICK), now)
    return Kept(told.tally.kept, told.tally.settled, told.plain)


def last_reply(session: Session) -> datetime | None:
    """Return when one of us last answered, as far as the newest messages tell."""
    recent = (
        sa.select(_messages.at, _messages.direction, _messages.kind, _messages.nature)
        .order_by(_messages.id.desc())
        .limit(RECENT)
        .subquery()
    )
    ours = sa.and_(recent.c.direction == "out", recent.c.kind == "message", recent.c.nature == "person")
    return session.execute(sa.select(sa.func.max(recent.c.at)).where(ours)).scalar()
