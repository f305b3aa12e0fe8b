"""Named questions about senders whose new mail goes to spam."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Conversation, Message, Sender, Teammate
from inbox.store.tools import chunked, table

_senders = table(Sender)
_conversations = table(Conversation)
_messages = table(Message)
PAGE = 100


def keys(address: str) -> list[tuple[str, str]]:
    """Return under what a mail address can be listed: itself, its domain, and the domains above that."""
    domain = address.rpartition("@")[2]
    parts = domain.split(".")
    above = [".".join(parts[start:]) for start in range(min(len(parts) - 1, 5))]
    return [("address", address), *(("domain", one) for one in above)]


def listed(session: Session, addresses: Collection[str]) -> dict[tuple[str, str], Sender]:
    """Return what is on the list for these addresses and their domains."""
    found: dict[tuple[str, str], Sender] = {}
    wanted = sorted({value for address in addresses for _, value in keys(address)})
    for chunk in chunked(wanted):
        for row in session.exec(select(Sender).where(col(Sender.value).in_(chunk))).all():
            found[row.kind, row.value] = row
    return found


def answered(session: Session, contact_ids: Collection[int]) -> set[int]:
    """Return which of these people we have answered in a conversation that is no spam."""
    found: set[int] = set()
    for chunk in chunked(sorted(contact_ids)):
        query = sa.select(_conversations.c.contact_id).where(
            _conversations.c.contact_id.in_(chunk),
            _conversations.c.replied_at.is_not(None),
            _conversations.c.status != "spam",
        )
        found.update(session.execute(query.distinct()).scalars())
    return found


def count_hit(work: Work, sender_id: int, times: int) -> None:
    """Remember that mail of a sender was put into spam."""
    work.session.execute(
        sa.update(_senders)
        .where(_senders.c.id == sender_id)
        .values(hits=_senders.c.hits + times, last_hit_at=work.now)
        .execution_options(synchronize_session=False)
    )


def get(session: Session, sender_id: int) -> Sender | None:
    """Return one sender of the list."""
    return session.get(Sender, sender_id)


def find(session: Session, kind: str, value: str) -> Sender | None:
    """Return what is on the list under this."""
    return session.exec(select(Sender).where(Sender.kind == kind, Sender.value == value)).first()


def everyone(session: Session, before: int | None = None, limit: int = PAGE) -> list[tuple[Sender, str]]:
    """Return the list, newest first, each with the name of who put it there."""
    query = select(Sender, Teammate.name).join(Teammate, col(Teammate.id) == col(Sender.by_id), isouter=True)
    if before is not None:
        query = query.where(col(Sender.id) < before)
    rows = session.exec(query.order_by(col(Sender.id).desc()).limit(limit)).all()
    return [(row[0], row[1] or "") for row in rows]


def first_words(session: Session, conversation_id: int) -> Message | None:
    """Return the first message that a person wrote in a conversation."""
    query = select(Message).where(
        Message.conversation_id == conversation_id, Message.direction == "in", Message.kind == "message"
    )
    return session.exec(query.order_by(col(Message.at), col(Message.id)).limit(1)).first()


def other_talks(session: Session, contact_id: int, but: int) -> bool:
    """Whether a person has another conversation that is no spam."""
    query = sa.select(_conversations.c.id).where(
        _conversations.c.contact_id == contact_id,
        _conversations.c.id != but,
        _conversations.c.status != "spam",
        _conversations.c.merged_into.is_(None),
    )
    return session.execute(query.limit(1)).first() is not None


def ever_answered(session: Session, conversation_id: int) -> bool:
    """Whether one of us has written in a conversation; what leaves by itself is nobody's."""
    query = sa.select(_messages.c.id).where(
        _messages.c.conversation_id == conversation_id,
        _messages.c.direction == "out",
        _messages.c.kind == "message",
        _messages.c.nature != "auto_reply",
    )
    return session.execute(query.limit(1)).first() is not None
