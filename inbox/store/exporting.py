"""The questions of an export: conversations by pages of ids, with all that belongs to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from sqlmodel import Session, SQLModel, col, select

from inbox.store.tables import Attachment, Contact, Conversation, ConversationTag, Identity, Message, Wait

PAGE = 50
Row = TypeVar("Row", bound=SQLModel)


def conversations(session: Session) -> Iterator[Conversation]:
    """Return every conversation that was not merged into another, oldest first, a page at a time."""
    last = 0
    while True:
        query = select(Conversation).where(col(Conversation.id) > last, col(Conversation.merged_into).is_(None))
        page = list(session.exec(query.order_by(col(Conversation.id)).limit(PAGE)).all())
        yield from page
        session.expunge_all()
        if not page:
            return
        last = page[-1].id or 0


def messages(session: Session, conversation_id: int) -> Sequence[Message]:
    """Return a conversation's timeline, oldest first."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    return session.exec(query.order_by(col(Message.at), col(Message.id))).all()


def attachments(session: Session, message_id: int) -> Sequence[Attachment]:
    """Return the files of a message."""
    query = select(Attachment).where(Attachment.message_id == message_id)
    return session.exec(query.order_by(col(Attachment.position))).all()


def waits(session: Session, conversation_id: int) -> Sequence[Wait]:
    """Return the waits of a conversation, oldest first."""
    query = select(Wait).where(Wait.conversation_id == conversation_id)
    return session.exec(query.order_by(col(Wait.id))).all()


def tags(session: Session, conversation_id: int) -> list[str]:
    """Return the tags of a conversation."""
    query = select(ConversationTag.tag).where(ConversationTag.conversation_id == conversation_id)
    return sorted(session.exec(query).all())


def person(session: Session, contact_id: int) -> tuple[Contact | None, Sequence[Identity]]:
    """Return a contact and every address, number and handle of theirs."""
    query = select(Identity).where(Identity.contact_id == contact_id).order_by(col(Identity.id))
    return session.get(Contact, contact_id), session.exec(query).all()
