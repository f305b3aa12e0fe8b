"""Named questions about what is kept for a while only: the feed, what rules did about it, notices, letters.

Each removes a bounded number of rows, the oldest, found by an index. What tells how somebody's wait went is not among
them, nor is the audit log: they stay.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.db import Work
from inbox.store.outbox import OF_WEEKS
from inbox.store.tables import Change, Delivery, Notice, NoticeSend, RuleAct, Setting, TakenBack, Wait, Webhook
from inbox.store.tools import table

NEWEST = 1_000
"""So many of the newest changes stay, whatever their age."""
LEFT = ("sent", "failed", "cancelled", "unknown")

_changes, _acts, _waits, _hooks = table(Change), table(RuleAct), table(Wait), table(Webhook)
_notices, _sends, _settings = table(Notice), table(NoticeSend), table(Setting)
_outbox, _undone = table(Delivery), table(TakenBack)


def read_by_all(session: Session) -> int | None:
    """Return the change up to which everybody who follows the feed is through; None where nobody follows it."""
    readers = sa.select(_settings.c.value).where(_settings.c.key.startswith("cursor.", autoescape=True))
    places = [int(value["seq"]) for value in session.execute(readers).scalars()]
    hooks = sa.select(sa.func.min(_hooks.c.seen_seq)).where(_hooks.c.enabled.is_(True))
    behind = session.execute(hooks).scalar()
    return min([*places, *([] if behind is None else [behind])], default=None)


def old_changes(session: Session, before: datetime, limit: int) -> list[int]:
    """Return the oldest changes, from before a time, that nobody has still to read."""
    newest = session.execute(sa.select(sa.func.max(_changes.c.seq))).scalar() or 0
    through = read_by_all(session)
    last = newest - NEWEST if through is None else min(through, newest - NEWEST)
    query = sa.select(_changes.c.seq, _changes.c.at).where(_changes.c.seq <= last).order_by(_changes.c.seq).limit(limit)
    found = []
    for seq, at in session.execute(query):
        if at >= before:
            break
        found.append(seq)
    return found


def forget_changes(work: Work, ids: list[int]) -> None:
    """Remove changes."""
    work.session.execute(sa.delete(_changes).where(_changes.c.seq.in_(ids)))


def old_acts(session: Session, before: datetime, limit: int) -> list[int]:
    """Return what rules did before a time about changes, and about waits of where nobody waits any more.

    What they did about a message that nobody answers stays: by that they know not to do it again.
    """
    waiting = sa.exists().where(_waits.c.conversation_id == _acts.c.conversation_id, _waits.c.closed_at.is_(None))
    passing: sa.ColumnElement[bool] = sa.literal_column("substr(rule_acts.subject, 1, 8) <> 'message:'")
    query = sa.select(_acts.c.id).where(passing, _acts.c.at < before)
    query = query.where(sa.or_(_acts.c.subject.startswith("seq:"), ~waiting))
    return list(session.execute(query.order_by(_acts.c.at).limit(limit)).scalars())


def forget_acts(work: Work, ids: list[int]) -> None:
    """Remove what rules did."""
    work.session.execute(sa.delete(_acts).where(_acts.c.id.in_(ids)))


def old_notices(session: Session, before: datetime, unread: datetime, limit: int) -> list[int]:
    """Return notices of before a time that were read, and those of before an earlier one that nobody reads."""
    query = sa.select(_notices.c.id).where(
        _notices.c.at < before, sa.or_(_notices.c.read_at < before, _notices.c.at < unread)
    )
    return list(session.execute(query.order_by(_notices.c.at).limit(limit)).scalars())


def forget_notices(work: Work, ids: list[int]) -> None:
    """Remove notices and what became of them on their way."""
    work.session.execute(sa.delete(_sends).where(_sends.c.notice_id.in_(ids)))
    work.session.execute(sa.delete(_notices).where(_notices.c.id.in_(ids)))


def old_letters(session: Session, before: datetime, limit: int) -> list[int]:
    """Return letters to teammates that left, or never will, before a time; not the summaries of weeks."""
    query = sa.select(_outbox.c.id).where(
        sa.literal_column("outbox.kind = 'letter'"), _outbox.c.created_at < before, _outbox.c.state.in_(LEFT)
    )
    query = query.where(~_outbox.c.key.startswith(OF_WEEKS, autoescape=True))
    return list(session.execute(query.order_by(_outbox.c.created_at).limit(limit)).scalars())


def forget_letters(work: Work, ids: list[int]) -> None:
    """Remove letters to teammates."""
    work.session.execute(sa.delete(_outbox).where(_outbox.c.id.in_(ids)))


def old_undone(session: Session, before: datetime, limit: int) -> list[str]:
    """Return the keys of sends that were undone before a time."""
    query = sa.select(_undone.c.key).where(_undone.c.at < before)
    return list(session.execute(query.order_by(_undone.c.at).limit(limit)).scalars())


def forget_undone(work: Work, keys: list[str]) -> None:
    """Remove keys of sends that were undone."""
    work.session.execute(sa.delete(_undone).where(_undone.c.key.in_(keys)))
