"""Named questions about notices, how they are on their way, and the browsers that may be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Notice, NoticeSend, PushSubscription
from inbox.store.tools import insert_new, table

CEILING = 99
_notices, _sends, _browsers = table(Notice), table(NoticeSend), table(PushSubscription)


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that has to leave by one means now."""

    send_id: int
    means: str
    target: int
    tries: int
    queued_at: datetime
    notice: Notice


def add(work: Work, rows: list[dict[str, Any]]) -> dict[int, int]:
    """Add notices; what somebody was told before is left out. Returns the new ids by teammate."""
    if not rows:
        return {}
    dialect = postgresql if work.dialect == "postgresql" else sqlite
    made = dialect.insert(_notices).values(rows).on_conflict_do_nothing()
    found = work.session.execute(made.returning(_notices.c.teammate_id, _notices.c.id))
    return {teammate_id: number for teammate_id, number in found}  # noqa: C416 - a row is no pair to the type checker


def add_many(work: Work, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add many notices at once, each with an id; what somebody was told before is left out."""
    made = [{**row, "id": number} for row, number in zip(rows, work.ids(Notice, len(rows)), strict=True)]
    insert_new(work, Notice, made)
    return made


def queue(work: Work, rows: list[dict[str, Any]]) -> None:
    """Put notices on their way; twice is once."""
    insert_new(work, NoticeSend, rows)


# The list ------------------------------------------------------------------------------------------------------------


def unread(session: Session, teammate_id: int) -> int:
    """Count what a teammate has not read, up to CEILING + 1."""
    some = sa.select(_notices.c.id).where(_notices.c.teammate_id == teammate_id, _notices.c.read_at.is_(None))
    return int(session.execute(sa.select(sa.func.count()).select_from(some.limit(CEILING + 1).subquery())).scalar_one())


def newest(session: Session, teammate_id: int, limit: int, before: int | None = None) -> list[Notice]:
    """Return a teammate's notices, newest first."""
    query = select(Notice).where(Notice.teammate_id == teammate_id)
    if before is not None:
        query = query.where(col(Notice.id) < before)
    return list(session.exec(query.order_by(col(Notice.id).desc()).limit(limit)).all())


def last_id(session: Session, teammate_id: int) -> int:
    """Return the number of a teammate's newest notice, 0 without one."""
    query = sa.select(sa.func.max(_notices.c.id)).where(_notices.c.teammate_id == teammate_id)
    return session.execute(query).scalar() or 0


def fresh(session: Session, teammate_id: int, after: int, limit: int) -> list[Notice]:
    """Return the unread notices after one that an open page may speak of, oldest first."""
    query = select(Notice).where(
        Notice.teammate_id == teammate_id,
        col(Notice.id) > after,
        col(Notice.read_at).is_(None),
        col(Notice.browser).is_(True),
    )
    return list(session.exec(query.order_by(col(Notice.id)).limit(limit)).all())


def mark_read(work: Work, teammate_id: int, *, notice_id: int | None = None, conversation_id: int | None = None) -> int:
    """Mark one notice as read, or those of a conversation, or all of them; returns how many were not."""
    which = sa.update(_notices).where(_notices.c.teammate_id == teammate_id, _notices.c.read_at.is_(None))
    if notice_id is not None:
        which = which.where(_notices.c.id == notice_id)
    if conversation_id is not None:
        which = which.where(_notices.c.conversation_id == conversation_id)
    return int(work.session.execute(which.values(read_at=work.now)).rowcount)  # type: ignore[attr-defined]


# On their way --------------------------------------------------------------------------------------------------------


def due(work: Work, means: str, limit: int) -> list[Due]:
    """Return what has to leave by one means now, which no other process has in hand."""
    query = (
        select(NoticeSend, Notice)
        .join(Notice, col(Notice.id) == col(NoticeSend.notice_id))
        .where(NoticeSend.state == "queued", NoticeSend.means == means, col(NoticeSend.not_before) <= work.now)
        .order_by(col(NoticeSend.not_before), col(NoticeSend.id))
        .limit(limit)
    )
    if work.dialect == "postgresql":
        query = query.with_for_update(of=NoticeSend, skip_locked=True)
    return [
        Due(row.id or 0, row.means, row.target, row.tries, notice.at, notice)
        for row, notice in work.session.exec(query).all()
    ]


def put_off(work: Work, send_ids: list[int], until: datetime, error: str = "") -> None:
    """Try these again later; for whoever has them in hand that is also a lease."""
    later = sa.update(_sends).where(_sends.c.id.in_(send_ids), _sends.c.state == "queued")
    work.session.execute(later.values(not_before=until, tries=_sends.c.tries + 1, error=error))


def end(work: Work, send_ids: list[int], state: str, error: str = "") -> None:
    """Say how sends ended."""
    which = sa.update(_sends).where(_sends.c.id.in_(send_ids), _sends.c.state == "queued")
    work.session.execute(which.values(state=state, error=error, done_at=work.now))


def next_due(session: Session, means: str) -> datetime | None:
    """Return when something has to leave by one means, None when nothing waits."""
    query = sa.select(sa.func.min(_sends.c.not_before)).where(_sends.c.state == "queued", _sends.c.means == means)
    return session.execute(query).scalar()


# Browsers ------------------------------------------------------------------------------------------------------------


def browsers_of(session: Session, teammate_ids: list[int]) -> list[PushSubscription]:
    """Return the browsers of these teammates that may be told."""
    query = select(PushSubscription).where(col(PushSubscription.teammate_id).in_(teammate_ids))
    return list(session.exec(query.order_by(col(PushSubscription.id))).all())


def browser_at(session: Session, endpoint: str) -> PushSubscription | None:
    """Return the browser behind a push address."""
    return session.exec(select(PushSubscription).where(PushSubscription.endpoint == endpoint)).first()


def browser(session: Session, number: int) -> PushSubscription | None:
    """Return one browser."""
    return session.get(PushSubscription, number)


def browser_used(work: Work, number: int) -> None:
    """Remember that a browser could be told."""
    work.session.execute(sa.update(_browsers).where(_browsers.c.id == number).values(used_at=work.now))


def forget_browser(work: Work, number: int) -> None:
    """Tell a browser nothing any more."""
    work.session.execute(sa.delete(_browsers).where(_browsers.c.id == number))
    gone = sa.update(_sends).where(_sends.c.means == "push", _sends.c.target == number, _sends.c.state == "queued")
    work.session.execute(gone.values(state="failed", error="This browser is gone.", done_at=work.now))


def forget_browsers_of(work: Work, teammate_id: int) -> None:
    """Tell none of a teammate's browsers anything any more."""
    for browser in browsers_of(work.session, [teammate_id]):
        forget_browser(work, browser.id or 0)
