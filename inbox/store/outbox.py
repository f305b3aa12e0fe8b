"""Named questions about the outbox: queueing, claiming, and what became of each send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from inbox.say import say
from inbox.store.db import Work
from inbox.store.tables import Account, Attachment, Delivery, Message, TakenBack
from inbox.store.tools import chunked, insert_new, table

LEASE = timedelta(minutes=5)
PENDING = ("queued", "sending")
OF_WEEKS = "promise:"
"""So begin the keys of the summaries of weeks: their reviews say to whom each was mailed, however old it is."""

_accounts = table(Account)
_outbox = table(Delivery)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process, and no other, sends now; `lease` proves it."""

    id: int
    lease: str
    kind: str
    key: str
    account_id: int
    conversation_id: int | None
    message_id: int | None
    payload: dict[str, Any]
    tries: int
    created_at: datetime
    raw_sha256: bytes | None


def claim(work: Work, limit: int, lease: str) -> list[Claimed]:
    """Take due deliveries; a conversation's second mail stays behind its first, so that order is kept.

    One that waits for its hour holds nobody up.
    """
    earlier = sa.alias(_outbox)
    due = (
        sa.select(_outbox.c.id)
        .where(_outbox.c.state == "queued", _outbox.c.not_before <= work.now, _enabled())
        .where(
            ~sa.exists().where(
                earlier.c.conversation_id == _outbox.c.conversation_id,
                earlier.c.kind == _outbox.c.kind,
                earlier.c.state.in_(PENDING),
                earlier.c.id < _outbox.c.id,
                sa.or_(earlier.c.scheduled_at.is_(None), earlier.c.not_before <= work.now),
            )
        )
        .order_by(_outbox.c.not_before, _outbox.c.id)
        .limit(limit)
    )
    if work.dialect == "postgresql":
        due = due.with_for_update(skip_locked=True)
    ids = list(work.session.execute(due).scalars())
    if not ids:
        return []
    taken = {"state": "sending", "lease": lease, "lease_until": work.now + LEASE, "tries": _outbox.c.tries + 1}
    work.session.execute(sa.update(_outbox).where(_outbox.c.id.in_(ids)).values(**taken))
    columns = [_outbox.c[name] for name in Claimed.__dataclass_fields__]
    query = sa.select(*columns).where(_outbox.c.id.in_(ids)).order_by(_outbox.c.id)
    return [Claimed(*row) for row in work.session.execute(query)]


def _enabled() -> sa.ColumnElement[bool]:
    """Nothing leaves by an account that is paused; it leaves when the account is resumed."""
    return _outbox.c.account_id.in_(sa.select(_accounts.c.id).where(_accounts.c.enabled.is_(True)))


def finish(work: Work, claimed: Claimed, state: str, **values: object) -> bool:
    """End this try; False when it is not ours any more, and nothing was changed.

    A send that outlasted its lease is "unknown" by then; whoever sent it knows better.
    """
    mine = sa.update(_outbox).where(
        _outbox.c.id == claimed.id, _outbox.c.state.in_(("sending", "unknown")), _outbox.c.lease == claimed.lease
    )
    done = work.session.execute(mine.values(state=state, lease_until=None, lease="", **values))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def expire(work: Work, *, everything: bool = False) -> list[int]:
    """Make sends whose process died "unknown": nobody can say whether they left. Returns the ids of their messages.

    everything: also those whose lease still runs, since the owner of the store knows that every other process is dead.
    A copy into Sent is simply tried again: doing that twice stores it once.
    """
    dead = [_outbox.c.state == "sending"] + ([] if everything else [_outbox.c.lease_until < work.now])
    again = sa.update(_outbox).where(*dead, _outbox.c.kind == "copy")
    work.session.execute(again.values(state="queued", lease_until=None, lease="", not_before=work.now))
    lost = sa.update(_outbox).where(*dead, _outbox.c.kind != "copy").returning(_outbox.c.message_id)
    why = str(say("The app stopped while this was being sent."))
    found = work.session.execute(lost.values(state="unknown", lease_until=None, error=why)).scalars()
    return [message_id for message_id in found if message_id is not None]


def of_messages(session: Session, message_ids: list[int]) -> dict[int, Delivery]:
    """Return the newest send of each of these messages."""
    query = select(Delivery).where(col(Delivery.message_id).in_(message_ids), Delivery.kind == "send")
    rows = session.exec(query.order_by(col(Delivery.id))).all()
    return {row.message_id: row for row in rows if row.message_id is not None}


def letters_among(session: Session, message_ids: set[str]) -> set[str]:
    """Return which of these Message-IDs are those of letters of our own to teammates."""
    if not message_ids:
        return set()
    query = sa.select(_outbox.c.external_id).where(
        _outbox.c.kind == "letter", _outbox.c.external_id.in_(sorted(message_ids))
    )
    return set(session.execute(query).scalars())


def letters_since(session: Session, since: datetime, keys: tuple[str, ...]) -> dict[str, str]:
    """Return the keys of letters since then by their Message-IDs: those whose key begins with one of these."""
    query = sa.select(_outbox.c.external_id, _outbox.c.key).where(
        _outbox.c.kind == "letter",
        _outbox.c.created_at >= since,
        sa.or_(*(_outbox.c.key.startswith(key, autoescape=True) for key in keys)),
    )
    return {row[0]: row[1] for row in session.execute(query)}


def by_key(session: Session, key: str) -> Delivery | None:
    """Return the delivery of an idempotency key."""
    return session.exec(select(Delivery).where(Delivery.key == key)).first()


def call_back(work: Work, key: str) -> bool:
    """Take a letter back that has not left; False when it has, or is on its way just now. Its words are forgotten."""
    query = select(Delivery).where(Delivery.key == key, Delivery.state == "queued", Delivery.kind == "letter")
    row = work.session.exec(query.with_for_update(skip_locked=True)).first()
    if row is None:
        return False
    row.state, row.payload = "cancelled", {**row.payload, "subject": "", "markdown": "", "spoken": ""}
    return True


def was_taken_back(session: Session, key: str) -> bool:
    """Whether the send of this key was undone."""
    return session.get(TakenBack, key) is not None


def send_of(work: Work, message_id: int) -> Delivery | None:
    """Return the newest send of a message, locked: while it is held nobody begins to send it.

    None when another holds it, who is sending it just now; waiting for them could be waiting for each other.
    """
    query = select(Delivery).where(Delivery.message_id == message_id, Delivery.kind == "send")
    newest = query.order_by(col(Delivery.id).desc()).limit(1).with_for_update(skip_locked=True)
    return work.session.exec(newest.execution_options(populate_existing=True)).first()


def erase(work: Work, row: Delivery, by: int) -> None:
    """Forget a send that never began, with its message; its key can never send again."""
    work.session.flush()
    insert_new(work, TakenBack, [{"key": row.key, "teammate_id": by, "at": work.now}])
    message_id, files, said = row.message_id, table(Attachment), table(Message)
    work.session.execute(sa.delete(_outbox).where(_outbox.c.id == row.id))
    work.session.execute(sa.delete(files).where(files.c.message_id == message_id))
    work.session.execute(sa.delete(said).where(said.c.id == message_id))
    work.session.expire_all()


def newest_sends(session: Session, conversation_id: int, limit: int = 10) -> list[Delivery]:
    """Return the newest sends of a conversation that left or will, newest first."""
    query = select(Delivery).where(
        Delivery.conversation_id == conversation_id,
        Delivery.kind == "send",
        col(Delivery.state).in_(("queued", "sending", "sent", "unknown")),
    )
    return list(session.exec(query.order_by(col(Delivery.id).desc()).limit(limit)).all())


def later(session: Session, conversation_ids: list[int]) -> list[Delivery]:
    """Return the sends of these conversations that wait for an hour a teammate chose, locked."""
    found: list[Delivery] = []
    for chunk in chunked(sorted(conversation_ids)):
        query = select(Delivery).where(
            col(Delivery.conversation_id).in_(chunk),
            Delivery.state == "queued",
            col(Delivery.scheduled_at).is_not(None),
        )
        found += session.exec(query.order_by(col(Delivery.id)).with_for_update()).all()
    return found


def not_left(session: Session, conversation_id: int) -> list[Delivery]:
    """Return the sends of a conversation that have not left, locked; not those that another takes up just now."""
    query = _sends_of(conversation_id, "queued").with_for_update(skip_locked=True)
    return list(session.exec(query.execution_options(populate_existing=True)).all())


def cancelled(session: Session, conversation_id: int) -> list[Delivery]:
    """Return the sends of a conversation that were kept from leaving, locked."""
    query = _sends_of(conversation_id, "cancelled").with_for_update()
    return list(session.exec(query.execution_options(populate_existing=True)).all())


def _sends_of(conversation_id: int, state: str) -> SelectOfScalar[Delivery]:
    query = select(Delivery).where(
        Delivery.conversation_id == conversation_id, Delivery.state == state, Delivery.kind == "send"
    )
    return query.order_by(col(Delivery.id))


def mark_bounced(work: Work, message_id: int, error: str) -> bool:
    """Mark the accepted send of a message as come back; False when there is none (or it is marked already)."""
    sent = sa.update(_outbox).where(
        _outbox.c.message_id == message_id, _outbox.c.kind == "send", _outbox.c.state.in_(("sent", "unknown"))
    )
    return bool(work.session.execute(sent.values(state="bounced", error=error)).rowcount)  # type: ignore[attr-defined]


def next_due(session: Session) -> datetime | None:
    """Return when the next delivery may be tried, None when nothing is queued."""
    query = sa.select(sa.func.min(_outbox.c.not_before)).where(_outbox.c.state == "queued", _enabled())
    return session.execute(query).scalar()
