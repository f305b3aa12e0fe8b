"""What one shift leaves to the next, and the notes that said so."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Claim, Contact, Conversation, Delivery, Handover, HandoverWords, Wait
from inbox.store.tools import table

DUE = timedelta(hours=12)
"""What falls due within so long is told to whoever comes."""
BACK = timedelta(days=3)
"""Snoozes that end, and replies that leave, within so long are told."""
LISTED = 15
"""So many of each kind are named; how many there are in all is counted up to CEILING."""
CEILING = 500
KEPT = 5_000
"""More notes than are ever kept."""
KINDS = ("due", "open", "later", "snoozed", "claimed")

_conversations, _contacts, _outbox = table(Conversation), table(Contact), table(Delivery)
_waits, _claims, _words, _handovers = table(Wait), table(Claim), table(HandoverWords), table(Handover)
_c = _conversations.c


@dataclass(frozen=True, slots=True)
class Item:
    """One conversation that is left, and the time that matters of it."""

    conversation_id: int
    contact: str
    subject: str
    assignee_id: int | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Left:
    """What is left, by kind; `counts` may be larger than what is listed."""

    items: dict[str, list[Item]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is left at all."""
        return any(self.counts.values())


def left(session: Session, people: Collection[int], now: datetime) -> Left:
    """Return what those who go leave: what is due, what is open in their name, what they promised for later."""
    queries = {
        "due": _conversations_where(_c.due_at, _c.due_at <= now + DUE, _c.status == "open"),
        "open": _conversations_where(
            _c.due_at, _c.assignee_id.in_(people), _c.status == "open", _c.snoozed_until.is_(None)
        ),
        "later": _later(people, now),
        "snoozed": _conversations_where(
            _c.snoozed_until,
            sa.or_(_c.assignee_id.in_(people), _c.snoozed_by.in_(people)),
            _c.snoozed_until.is_not(None),
            _c.snoozed_until <= now + BACK,
        ),
        "claimed": _claimed(people, now),
    }
    found = {kind: [Item(*row) for row in session.execute(query.limit(LISTED))] for kind, query in queries.items()}
    return Left(found, {kind: _count(session, queries[kind], found[kind]) for kind in KINDS})


def _conversations_where(time: Any, *wanted: Any) -> sa.Select[Any]:  # noqa: ANN401 - a column, conditions
    return _items(time).where(_c.merged_into.is_(None), *wanted).order_by(time.nulls_last(), _c.id)


def _items(time: Any) -> sa.Select[Any]:  # noqa: ANN401 - a column
    return sa.select(_c.id, _contacts.c.name, _c.subject, _c.assignee_id, time.label("time")).join(
        _contacts, _contacts.c.id == _c.contact_id
    )


def _later(people: Collection[int], now: datetime) -> sa.Select[Any]:
    mine = sa.or_(_c.assignee_id.in_(people), _c.assignee_id.is_(None))
    query = _items(_outbox.c.scheduled_at).join(_outbox, _outbox.c.conversation_id == _c.id)
    waiting = (_outbox.c.scheduled_at.is_not(None), _outbox.c.state == "queued", _outbox.c.scheduled_at <= now + BACK)
    return query.where(mine, *waiting).order_by(_outbox.c.scheduled_at, _outbox.c.id)


def _claimed(people: Collection[int], now: datetime) -> sa.Select[Any]:
    query = _items(_claims.c.until).join(
        _waits, sa.and_(_waits.c.conversation_id == _c.id, _waits.c.closed_at.is_(None))
    )
    query = query.join(_claims, _claims.c.wait_id == _waits.c.id)
    held = (_claims.c.released_at.is_(None), _claims.c.until > now, _claims.c.teammate_id.in_(people))
    return query.where(*held).order_by(_claims.c.until, _claims.c.id)


def _count(session: Session, query: sa.Select[Any], found: Sequence[Item]) -> int:
    """Count all, asking again only where the list is full."""
    if len(found) < LISTED:
        return len(found)
    some = query.order_by(None).with_only_columns(_c.id).limit(CEILING).subquery()
    return session.execute(sa.select(sa.func.count()).select_from(some)).scalar() or 0


def known(left_then: Left) -> dict[str, Any]:
    """Write what was left as numbers only: names and subjects are asked for anew, so that what is erased stays so."""
    listed = {kind: [one.conversation_id for one in items] for kind, items in left_then.items.items()}
    return {"listed": listed, "counts": left_then.counts}


def recalled(session: Session, stored: dict[str, Any]) -> Left:
    """Read it again, with names as they are now; the times that mattered then are over and are not told."""
    listed: dict[str, list[int]] = stored.get("listed", {})
    ids = {one for numbers in listed.values() for one in numbers}
    query = _items(_c.due_at).where(_c.id.in_(ids))
    rows = {row[0]: Item(*row) for row in session.execute(query)} if ids else {}
    items = {kind: [rows[one] for one in listed.get(kind, []) if one in rows] for kind in KINDS}
    return Left(items, {kind: stored.get("counts", {}).get(kind, 0) for kind in KINDS})


# Words that go with the next note -----------------------------------------------------------------------------------


def words(session: Session, people: Collection[int]) -> list[HandoverWords]:
    """Return what these people want to say at the end of their shift."""
    query = select(HandoverWords).where(col(HandoverWords.teammate_id).in_(people))
    return list(session.exec(query.order_by(col(HandoverWords.at))).all())


def write_words(work: Work, teammate_id: int, text: str) -> None:
    """Keep what somebody wants to say; nothing forgets it."""
    work.session.execute(sa.delete(_words).where(_words.c.teammate_id == teammate_id))
    if text:
        work.session.add(HandoverWords(teammate_id=teammate_id, text=text, at=work.now))


def take_words(work: Work, people: Collection[int]) -> list[dict[str, Any]]:
    """Take what these people wrote: it goes with the note that is made now."""
    found = [{"by": one.teammate_id, "text": one.text} for one in words(work.session, people)]
    work.session.execute(sa.delete(_words).where(_words.c.teammate_id.in_(people)))
    return found


# Notes ----------------------------------------------------------------------------------------------------------------


def of_instant(session: Session, at: datetime) -> Handover | None:
    """Return the note of a change of shift."""
    return session.exec(select(Handover).where(Handover.at == at)).first()


def get(session: Session, number: int) -> Handover | None:
    """Return a note."""
    return session.get(Handover, number)


def newest(session: Session, limit: int, before: int | None = None) -> list[Handover]:
    """Return the newest notes, the newest first."""
    query = select(Handover).order_by(col(Handover.at).desc()).limit(limit)
    if before is not None:
        query = query.where(col(Handover.id) < before)
    return list(session.exec(query).all())


def not_taken(session: Session, since: datetime, until: datetime, limit: int = 20) -> list[Handover]:
    """Return the notes of this span that nobody has said they took over, and of which nobody else was told."""
    query = select(Handover).where(
        col(Handover.taken_at).is_(None),
        col(Handover.climbed_at).is_(None),
        col(Handover.at) > since,
        col(Handover.at) <= until,
    )
    return list(session.exec(query.order_by(col(Handover.at)).limit(limit)).all())


def take(work: Work, number: int, by: int) -> bool:
    """Remember who took over, if nobody has; True when it was this one."""
    query = sa.update(_handovers).where(_handovers.c.id == number, _handovers.c.taken_at.is_(None))
    return bool(work.session.execute(query.values(taken_at=work.now, taken_by=by)).rowcount)  # type: ignore[attr-defined]


def climbed(work: Work, number: int) -> bool:
    """Remember that others were told, once; True when it was this call."""
    query = sa.update(_handovers).where(
        _handovers.c.id == number, _handovers.c.climbed_at.is_(None), _handovers.c.taken_at.is_(None)
    )
    return bool(work.session.execute(query.values(climbed_at=work.now)).rowcount)  # type: ignore[attr-defined]


def blank(work: Work, conversation_ids: Collection[int]) -> None:
    """Remove what was written in notes that name one of these conversations: it may be about whoever is erased."""
    gone = set(conversation_ids)
    for number, left_then, said in work.session.execute(
        sa.select(_handovers.c.id, _handovers.c.left, _handovers.c.words).order_by(_handovers.c.id.desc()).limit(KEPT)
    ).all():
        if said and any(gone.intersection(found) for found in left_then.get("listed", {}).values()):
            work.session.execute(sa.update(_handovers).where(_handovers.c.id == number).values(words=[]))


def forget(work: Work, before: datetime) -> None:
    """Forget the notes of long ago, with what was written in them."""
    work.session.execute(sa.delete(_handovers).where(_handovers.c.at < before))
