"""What belongs to a person: contacts, handles, conversations, what they said; and how much an erasure would remove."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.db import SQLModel
from inbox.store.tables import Attachment, Contact, Conversation, Identity, Message
from inbox.store.tools import chunked, table

_attachments, _contacts, _conversations = table(Attachment), table(Contact), table(Conversation)
_identities, _messages = table(Identity), table(Message)

Handle = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much an erasure would remove, and what of others stays."""

    conversations: int
    messages: int
    notes: int
    files: int
    of_others: int
    waiting: int


def one_person(session: Session, contact_id: int) -> list[int]:
    """Return a contact and all that were merged into it."""
    found, asked = [contact_id], [contact_id]
    while asked:
        query = sa.select(_contacts.c.id).where(_contacts.c.merged_into.in_(asked), _contacts.c.id.not_in(found))
        asked = list(session.execute(query).scalars())
        found += asked
    return found


def handles(session: Session, contacts: Collection[int]) -> list[Handle]:
    """Return every address, number and handle of these contacts."""
    query = sa.select(_identities.c.kind, _identities.c.value).where(_identities.c.contact_id.in_(contacts))
    return [(row.kind, row.value) for row in session.execute(query.order_by(_identities.c.id))]


def every_handle(session: Session, after: int, limit: int) -> list[tuple[int, int, str, str]]:
    """Return a page of all handles as (id, contact, kind, value), the contact by whom it is held now."""
    query = (
        sa.select(
            _identities.c.id,
            sa.func.coalesce(_contacts.c.merged_into, _contacts.c.id),
            _identities.c.kind,
            _identities.c.value,
        )
        .join(_contacts, _contacts.c.id == _identities.c.contact_id)
        .where(_identities.c.id > after)
        .order_by(_identities.c.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def conversations(session: Session, contacts: Collection[int]) -> list[int]:
    """Return the conversations of these contacts, merged ones too."""
    query = sa.select(_conversations.c.id).where(_conversations.c.contact_id.in_(contacts))
    return list(session.execute(query.order_by(_conversations.c.id)).scalars())


def said(session: Session, contacts: Collection[int]) -> list[int]:
    """Return what a person's conversations hold, but for what others wrote there, and what they wrote elsewhere."""
    mine = sa.select(_conversations.c.id).where(_conversations.c.contact_id.in_(contacts))
    theirs = sa.and_(_messages.c.conversation_id.in_(mine), sa.not_(_by_another(contacts)))
    query = sa.select(_messages.c.id).where(sa.or_(theirs, _messages.c.contact_id.in_(contacts)))
    return list(session.execute(query.order_by(_messages.c.id)).scalars())


def said_by_others(session: Session, contacts: Collection[int]) -> list[int]:
    """Return what others wrote in a person's conversations."""
    mine = sa.select(_conversations.c.id).where(_conversations.c.contact_id.in_(contacts))
    query = sa.select(_messages.c.id).where(_messages.c.conversation_id.in_(mine), _by_another(contacts))
    return list(session.execute(query.order_by(_messages.c.id)).scalars())


def _by_another(contacts: Collection[int]) -> sa.ColumnElement[bool]:
    another = sa.and_(_messages.c.contact_id.is_not(None), _messages.c.contact_id.not_in(contacts))
    return sa.and_(another, _messages.c.kind == "message", _messages.c.direction == "in")


def naming(session: Session, found: Sequence[Handle], before: datetime, low: int, high: int) -> list[int]:
    """Return the messages of a range of ids, from before a time, that name one of these handles."""
    people = sa.cast(_messages.c.people, sa.Text)
    names = [people.contains(value, autoescape=True) for _, value in found]
    query = sa.select(_messages.c.id).where(_messages.c.id >= low, _messages.c.id < high, _messages.c.at <= before)
    query = query.where(sa.or_(*names))
    return list(session.execute(query.order_by(_messages.c.id)).scalars())


def highest(session: Session, model: type[SQLModel]) -> int:
    """Return the highest id of a table."""
    return session.execute(sa.select(sa.func.max(table(model).c.id))).scalar() or 0


def extent(session: Session, contact_id: int) -> Extent:
    """Say how much an erasure would remove."""
    contacts = one_person(session, contact_id)
    ids, mine = said(session, contacts), conversations(session, contacts)
    kinds: dict[str, int] = {}
    files = 0
    for chunk in chunked(ids):
        counted = sa.select(_messages.c.kind, sa.func.count()).where(_messages.c.id.in_(chunk))
        for kind, number in session.execute(counted.group_by(_messages.c.kind)):
            kinds[kind] = kinds.get(kind, 0) + number
        files += _count(session, _attachments, _attachments.c.message_id.in_(chunk))
    waiting = sum(
        _count(session, _conversations, _conversations.c.id.in_(chunk), _conversations.c.due_at.is_not(None))
        for chunk in chunked(mine)
    )
    others = len(said_by_others(session, contacts))
    return Extent(len(mine), kinds.get("message", 0), kinds.get("note", 0), files, others, waiting)


def _count(session: Session, counted: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return session.execute(sa.select(sa.func.count()).select_from(counted).where(*where)).scalar() or 0
