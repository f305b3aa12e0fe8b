"""Named questions about webhooks: the endpoints, what they are to be told, and what became of each telling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Change, Webhook, WebhookCall
from inbox.store.tools import insert_new, table

LEASE = timedelta(minutes=2)
TO_CALL = ("queued", "sending")

_hooks = table(Webhook)
_calls = table(WebhookCall)
_changes = table(Change)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call that this process, and no other, makes now; `lease` proves it."""

    id: int
    webhook_id: int
    key: str
    kind: str
    body: str
    tries: int
    created_at: datetime
    lease: str


def everything(session: Session) -> list[Webhook]:
    """Return every endpoint, the oldest first."""
    return list(session.exec(select(Webhook).order_by(col(Webhook.id))).all())


def get(session: Session, webhook_id: int) -> Webhook | None:
    """Return one endpoint."""
    return session.get(Webhook, webhook_id)


def held(work: Work, webhook_id: int) -> Webhook | None:
    """Return one endpoint that nobody else changes until this transaction ends."""
    return work.session.get(Webhook, webhook_id, with_for_update=True, populate_existing=True)


def behind(session: Session) -> list[int]:
    """Return the endpoints in use that have not considered the newest change."""
    newest = sa.select(sa.func.coalesce(sa.func.max(_changes.c.seq), 0)).scalar_subquery()
    query = sa.select(_hooks.c.id).where(_hooks.c.enabled.is_(True), _hooks.c.seen_seq < newest)
    return list(session.execute(query.order_by(_hooks.c.id)).scalars())


def add_calls(work: Work, rows: list[dict[str, Any]]) -> None:
    """Queue calls; what an endpoint is to be told already is not queued again."""
    blank = {"state": "queued", "tries": 0, "lease": "", "answer": "", "error": "", "sent": {}, "seconds": 0.0}
    insert_new(work, WebhookCall, [{**blank, **row} for row in rows])


def claim(work: Work, limit: int, lease: str) -> list[Claimed]:
    """Take due calls of endpoints in use; those of one that fails come last, so that it delays nobody."""
    due = (
        sa.select(_calls.c.id)
        .join(Webhook, _hooks.c.id == _calls.c.webhook_id)
        .where(_calls.c.state == "queued", _calls.c.not_before <= work.now, _hooks.c.enabled.is_(True))
        .order_by(_hooks.c.failing_since.is_not(None), _calls.c.tries, _calls.c.not_before, _calls.c.id)
        .limit(limit)
    )
    if work.dialect == "postgresql":
        due = due.with_for_update(of=_calls, skip_locked=True)
    ids = list(work.session.execute(due).scalars())
    if not ids:
        return []
    taken = {"state": "sending", "lease": lease, "lease_until": work.now + LEASE, "tries": _calls.c.tries + 1}
    work.session.execute(sa.update(_calls).where(_calls.c.id.in_(ids)).values(**taken))
    columns = [_calls.c[name] for name in Claimed.__dataclass_fields__]
    rows = work.session.execute(sa.select(*columns).where(_calls.c.id.in_(ids)).order_by(_calls.c.id))
    return [Claimed(*row) for row in rows]


def finish(work: Work, claimed: Claimed, **values: object) -> bool:
    """Write down what became of a try; False when it is not ours any more."""
    mine = sa.update(_calls).where(
        _calls.c.id == claimed.id, _calls.c.state == "sending", _calls.c.lease == claimed.lease
    )
    done = work.session.execute(mine.values(lease="", lease_until=None, tried_at=work.now, **values))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def expire(work: Work) -> int:
    """Queue again what a process took and did not finish: a receiver knows the same webhook-id when it comes twice."""
    dead = sa.update(_calls).where(_calls.c.state == "sending", _calls.c.lease_until < work.now)
    again = work.session.execute(dead.values(state="queued", lease="", lease_until=None, not_before=work.now))
    return int(again.rowcount)  # type: ignore[attr-defined]


def next_due(session: Session) -> datetime | None:
    """Return when the next call is to be made, or taken over; None when there is none."""
    in_use = sa.select(_hooks.c.id).where(_hooks.c.enabled.is_(True))
    queued = sa.select(sa.func.min(_calls.c.not_before)).where(
        _calls.c.state == "queued", _calls.c.webhook_id.in_(in_use)
    )
    lost = sa.select(sa.func.min(_calls.c.lease_until)).where(_calls.c.state == "sending")
    found = [moment for query in (queued, lost) if (moment := session.execute(query).scalar())]
    return min(found, default=None)


def calls_of(session: Session, webhook_id: int, limit: int, before: int | None = None) -> list[WebhookCall]:
    """Return the newest calls of an endpoint, newest first."""
    query = select(WebhookCall).where(WebhookCall.webhook_id == webhook_id)
    if before is not None:
        query = query.where(col(WebhookCall.id) < before)
    return list(session.exec(query.order_by(col(WebhookCall.id).desc()).limit(limit)).all())


def call(session: Session, call_id: int) -> WebhookCall | None:
    """Return one call."""
    return session.get(WebhookCall, call_id)


def again(work: Work, call_id: int) -> bool:
    """Queue a finished call once more, with the same webhook-id; False when it is under way."""
    mine = sa.update(_calls).where(_calls.c.id == call_id, _calls.c.state.in_(("sent", "failed", "queued")))
    fresh = {"state": "queued", "tries": 0, "not_before": work.now, "created_at": work.now, "error": ""}
    return bool(work.session.execute(mine.values(**fresh)).rowcount)  # type: ignore[attr-defined]


def open_calls(session: Session) -> dict[int, int]:
    """Count what is still to be told, by endpoint."""
    query = sa.select(_calls.c.webhook_id, sa.func.count()).where(_calls.c.state.in_(TO_CALL))
    return {row[0]: row[1] for row in session.execute(query.group_by(_calls.c.webhook_id))}


def remove(work: Work, webhook_id: int) -> None:
    """Remove an endpoint and its log."""
    work.session.execute(sa.delete(_calls).where(_calls.c.webhook_id == webhook_id))
    work.session.execute(sa.delete(_hooks).where(_hooks.c.id == webhook_id))


def anything_before(session: Session, before: datetime) -> bool:
    """Whether the log holds finished calls from before a time."""
    old = sa.select(_calls.c.id).where(_calls.c.created_at < before, _calls.c.state.in_(("sent", "failed")))
    return session.execute(old.limit(1)).scalar() is not None


def forget(work: Work, before: datetime, limit: int) -> int:
    """Remove finished calls from before a time, a bounded number at once; returns how many."""
    old = sa.select(_calls.c.id).where(_calls.c.created_at < before, _calls.c.state.in_(("sent", "failed")))
    ids = list(work.session.execute(old.order_by(_calls.c.created_at).limit(limit)).scalars())
    if ids:
        work.session.execute(sa.delete(_calls).where(_calls.c.id.in_(ids)))
    return len(ids)
