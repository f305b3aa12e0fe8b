"""Named questions about messages."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.tables import Attachment, Identity, Message
from inbox.store.tools import table

_messages = table(Message).c


def get(session: Session, message_id: int) -> Message | None:
    """Return one message."""
    return session.get(Message, message_id)


def timeline(
    session: Session, conversation_id: int, limit: int = 1000, before: tuple[datetime, int] | None = None
) -> list[Message]:
    """Return the newest `limit` entries of a conversation (before a time and id) in the order they happened."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    if before is not None:
        at, number = before
        here = sa.tuple_(sa.literal(at, _messages.at.type), sa.literal(number))
        query = query.where(sa.tuple_(_messages.at, _messages.id) < here)
    query = query.order_by(col(Message.at).desc(), col(Message.id).desc()).limit(limit)
    return list(reversed(session.exec(query).all()))


def count(session: Session, conversation_id: int) -> int:
    """Count a conversation's entries; one walk along their index."""
    query = sa.select(sa.func.count()).where(_messages.conversation_id == conversation_id)
    return session.execute(query).scalar() or 0


def attachments_of(session: Session, message_ids: list[int]) -> dict[int, list[Attachment]]:
    """Return the files of these messages, by message."""
    found: dict[int, list[Attachment]] = {}
    query = select(Attachment).where(col(Attachment.message_id).in_(message_ids))
    for row in session.exec(query.order_by(col(Attachment.message_id), col(Attachment.position))).all():
        found.setdefault(row.message_id, []).append(row)
    return found


def newest_from_contact(session: Session, conversation_id: int) -> Message | None:
    """Return the newest message that a person wrote to us."""
    query = (
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.direction == "in",
            Message.kind == "message",
            Message.nature == "person",
        )
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(1)
    )
    return session.exec(query).first()


def reference_chain(session: Session, conversation_id: int, limit: int) -> list[str]:
    """Return the Message-IDs a reply refers to, oldest first: the first of the conversation and the newest ones.

    RFC 5322 section 3.6.4: the parent's references, then the parent. Automatic mail is nobody's parent.
    """
    query = (
        select(Message.rfc_message_id)
        .where(
            Message.conversation_id == conversation_id,
            Message.kind == "message",
            Message.rfc_message_id != "",
            Message.nature == "person",
        )
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(limit)
    )
    newest_first = list(session.exec(query).all())
    return list(dict.fromkeys(reversed(newest_first)))


def identity_of(session: Session, contact_id: int, kind: str) -> Identity | None:
    """Return the first identity of a contact on a kind of channel."""
    query = select(Identity).where(Identity.contact_id == contact_id, Identity.kind == kind).order_by(col(Identity.id))
    return session.exec(query).first()


def by_rfc_id(session: Session, rfc_message_id: str) -> Message | None:
    """Return the first message that bears a Message-ID."""
    query = select(Message).where(Message.rfc_message_id == rfc_message_id).order_by(col(Message.id)).limit(1)
    return session.exec(query).first()
