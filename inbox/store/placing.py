"""The questions that placing a batch of messages asks, each asked once for the whole batch."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.db import Work
from inbox.store.tables import Arrival, Awaited, Contact, Conversation, Delivery, Identity, Message, Wait
from inbox.store.tools import chunked, table

Handle = tuple[str, str]

AWAITING = 20
"""So many messages may await the same one; more would say nothing new, and could be had by whoever sends them."""
_LATELY = ("snoozed_until", "last_from", "replied_at")

_arrivals = table(Arrival)
_awaited = table(Awaited)
_conversations = table(Conversation)
_contacts = table(Contact)
_identities = table(Identity)
_messages = table(Message)
_outbox = table(Delivery)
_waits = table(Wait)


@dataclass(slots=True)
class Earlier:
    """An arrival with the same raw bytes that ended before."""

    state: str
    reason: str
    message_id: int | None


@dataclass(slots=True)
class Said:
    """A message that is known, as far as threading needs it. people are (kind, value) pairs of everyone named in it."""

    id: int
    conversation_id: int
    account_id: int
    direction: str
    vouched: bool
    fingerprint: str
    rfc_message_id: str
    people: frozenset[Handle] = frozenset()


@dataclass(slots=True)
class OpenWait:
    """The open wait of a conversation; `row_id` may be of a row that is not written yet."""

    row_id: int
    started_at: datetime
    due_at: datetime
    message_id: int
    policy_version_id: int = 1


@dataclass(slots=True)
class Talk:
    """A conversation as far as placing needs it."""

    id: int
    contact_id: int
    account_id: int
    status: str
    subject: str
    updated_at: datetime
    snippet: str = ""
    snoozed_until: datetime | None = None
    last_from: str = ""
    replied_at: datetime | None = None
    participants: set[Handle] = field(default_factory=set)
    wait: OpenWait | None = None
    answered_at: datetime | None = None
    answered_elsewhere_at: datetime | None = None


def earlier_arrivals(
    session: Session, account_id: int, hashes: Sequence[bytes], but: Collection[int]
) -> dict[bytes, Earlier]:
    """Return, by raw hash, how the first arrival of the same bytes in this account ended."""
    found: dict[bytes, Earlier] = {}
    for chunk in chunked(list(dict.fromkeys(hashes))):
        query = (
            sa.select(_arrivals.c.id, _arrivals.c.sha256, _arrivals.c.state, _arrivals.c.reason, _arrivals.c.message_id)
            .where(
                _arrivals.c.sha256.in_(chunk),
                _arrivals.c.account_id == account_id,
                _arrivals.c.state.in_(("threaded", "duplicate", "ignored")),
            )
            .order_by(_arrivals.c.id)
        )
        for row in session.execute(query):
            if row.id not in but:
                found.setdefault(row.sha256, Earlier(row.state, row.reason, row.message_id))
    return found


def messages_named(session: Session, rfc_ids: Collection[str]) -> dict[str, list[Said]]:
    """Return the messages that bear these Message-IDs, oldest first; one id may be borne by several."""
    found: dict[str, list[Said]] = {}
    for chunk in chunked(sorted(rfc_ids)):
        query = sa.select(*_said()).where(_messages.c.rfc_message_id.in_(chunk), _messages.c.rfc_message_id != "")
        for row in session.execute(query.order_by(_messages.c.id)):
            said = _to_said(row)
            found.setdefault(said.rfc_message_id, []).append(said)
    return found


def awaiting(session: Session, rfc_ids: Collection[str]) -> dict[str, list[Said]]:
    """Return, by Message-ID, the messages that referred to it before it was there: oldest first, AWAITING at most."""
    found: dict[str, list[Said]] = {}
    for chunk in chunked(sorted(rfc_ids)):
        query = sa.select(_awaited.c.rfc_message_id.label("name"), *_said()).join(_messages)
        query = query.where(_awaited.c.rfc_message_id.in_(chunk))
        for row in session.execute(query.order_by(_awaited.c.rfc_message_id, _messages.c.id)):
            known = found.setdefault(row.name, [])
            if len(known) < AWAITING:
                known.append(_to_said(row))
    return found


def _said() -> list[sa.ColumnElement[Any]]:
    return [_messages.c[name] for name in Said.__dataclass_fields__]


def _to_said(row: Any) -> Said:  # noqa: ANN401 - a row of SQLAlchemy
    values = {name: getattr(row, name) for name in Said.__dataclass_fields__}
    return Said(**{**values, "people": handles(row.people)})


def handles(people: dict[str, Any]) -> frozenset[Handle]:
    """Return everyone named in a message's `people`."""
    everyone = [people.get("from"), people.get("reply_to"), *people.get("to", []), *people.get("cc", [])]
    return frozenset((one["kind"], one["value"]) for one in everyone if one)


def first_people(session: Session, conversation_id: int) -> frozenset[Handle] | None:
    """Return who wrote the first message of a conversation, and where they wanted answers; None without messages."""
    query = sa.select(_messages.c.people).where(_messages.c.conversation_id == conversation_id)
    query = query.where(_messages.c.kind == "message", _messages.c.direction == "in")
    people = session.execute(query.order_by(_messages.c.at, _messages.c.id).limit(1)).scalar()
    return None if people is None else handles({name: people.get(name) for name in ("from", "reply_to")})


def identities(session: Session, wanted: Collection[Handle]) -> dict[Handle, int]:
    """Return the contact of each of these handles that is known, merges followed."""
    found: dict[Handle, int] = {}
    for kind in {kind for kind, _ in wanted}:
        for chunk in chunked(sorted(value for k, value in wanted if k == kind)):
            query = (
                sa.select(_identities.c.value, sa.func.coalesce(_contacts.c.merged_into, _contacts.c.id))
                .join(_contacts, _contacts.c.id == _identities.c.contact_id)
                .where(_identities.c.kind == kind, _identities.c.value.in_(chunk))
            )
            found.update({(kind, value): contact_id for value, contact_id in session.execute(query)})
    return found


def survivors(session: Session, conversation_ids: Collection[int]) -> dict[int, int]:
    """Return, for each conversation, the one that holds its messages now; unknown ids are left out."""
    found: dict[int, int] = {}
    asked = {cid: {cid} for cid in conversation_ids}
    while asked:
        following: dict[int, set[int]] = {}
        for chunk in chunked(sorted(asked)):
            query = sa.select(_conversations.c.id, _conversations.c.merged_into).where(_conversations.c.id.in_(chunk))
            for cid, into in session.execute(query):
                origins = asked[cid]
                if into is None:
                    found.update(dict.fromkeys(origins, cid))
                else:
                    following.setdefault(into, set()).update(origins)
        asked = following
    return found


def emptied(session: Session, conversation_ids: Collection[int]) -> set[int]:
    """Return those of these conversations that were emptied: nothing joins them any more."""
    found: set[int] = set()
    for chunk in chunked(sorted(conversation_ids)):
        query = sa.select(_conversations.c.id).where(
            _conversations.c.id.in_(chunk), _conversations.c.emptied_at.is_not(None)
        )
        found.update(session.execute(query).scalars())
    return found


def lock(work: Work, conversation_ids: Collection[int]) -> None:
    """Keep others from acting on these conversations until this transaction ends; on SQLite nobody else writes."""
    for chunk in chunked(sorted(conversation_ids)):
        held = sa.select(_conversations.c.id).where(_conversations.c.id.in_(chunk)).order_by(_conversations.c.id)
        work.session.execute(held.with_for_update())


def talks(session: Session, conversation_ids: Collection[int]) -> dict[int, Talk]:
    """Return these conversations with their participants, open waits and the time of the last human reply."""
    found: dict[int, Talk] = {}
    for chunk in chunked(sorted(conversation_ids)):
        _load(session, chunk, found)
        _load_participants(session, chunk, found)
        _load_waits(session, chunk, found)
        _load_answers(session, chunk, found)
    return found


def _load(session: Session, chunk: Sequence[int], found: dict[int, Talk]) -> None:
    names = ("id", "contact_id", "account_id", "status", "subject", "updated_at", "snippet", *_LATELY)
    columns = [_conversations.c[name] for name in names]
    for row in session.execute(sa.select(*columns).where(_conversations.c.id.in_(chunk))):
        found[row.id] = Talk(*row)


def _load_participants(session: Session, chunk: Sequence[int], found: dict[int, Talk]) -> None:
    query = (
        sa.select(_conversations.c.id, _identities.c.kind, _identities.c.value)
        .join(_identities, _identities.c.contact_id == _conversations.c.contact_id)
        .where(_conversations.c.id.in_(chunk))
    )
    for cid, kind, value in session.execute(query):
        found[cid].participants.add((kind, value))


def _load_waits(session: Session, chunk: Sequence[int], found: dict[int, Talk]) -> None:
    names = ("conversation_id", "id", "started_at", "due_at", "message_id", "policy_version_id")
    columns = [_waits.c[name] for name in names]
    query = sa.select(*columns).where(_waits.c.conversation_id.in_(chunk), _waits.c.closed_at.is_(None))
    for cid, *rest in session.execute(query):
        found[cid].wait = OpenWait(*rest)


def _load_answers(session: Session, chunk: Sequence[int], found: dict[int, Talk]) -> None:
    elsewhere = sa.func.max(sa.case((_messages.c.vouched, None), else_=_messages.c.at))
    query = (
        sa.select(_messages.c.conversation_id, sa.func.max(_messages.c.at), elsewhere)
        .where(
            _messages.c.conversation_id.in_(chunk),
            _messages.c.direction == "out",
            _messages.c.nature == "person",
            _messages.c.kind == "message",
            sa.or_(_messages.c.vouched.is_(False), _left()),
        )
        .group_by(_messages.c.conversation_id)
    )
    for cid, at, at_elsewhere in session.execute(query):
        found[cid].answered_at, found[cid].answered_elsewhere_at = at, at_elsewhere


def _left() -> sa.ColumnElement[bool]:
    """What was written here answers only if it left, or may have left, or is about to; not what waits for its hour."""
    states = ("sending", "sent", "unknown")
    soon = sa.and_(_outbox.c.state == "queued", _outbox.c.scheduled_at.is_(None))
    return sa.exists().where(
        _outbox.c.message_id == _messages.c.id, sa.or_(_outbox.c.state.in_(states), soon), _outbox.c.kind == "send"
    )


def oldest_unanswered(
    session: Session, conversation_id: int, after: datetime | None = None, *, unseen_since: datetime | None = None
) -> tuple[int, datetime] | None:
    """Return (id, time) of the first message of a person to us that these replies do not answer; None for no such.

    after: a reply written elsewhere answers what the provider had before it. unseen_since: one written here answers
    what was on the screen: a message that was stored later is unanswered even if the provider had it before.
    """
    query = (
        sa.select(_messages.c.id, _messages.c.at)
        .where(
            _messages.c.conversation_id == conversation_id,
            _messages.c.direction == "in",
            _messages.c.nature == "person",
            _messages.c.kind == "message",
        )
        .order_by(_messages.c.at, _messages.c.id)
        .limit(1)
    )
    if after is not None:
        query = query.where(_messages.c.at > after)
    if unseen_since is not None:
        query = query.where(_messages.c.stored_at > unseen_since)
    row = session.execute(query).first()
    return (row.id, row.at) if row else None
