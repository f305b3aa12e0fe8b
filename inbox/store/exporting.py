"""The questions of an export: conversations by pages of ids, and what belongs to them, asked once for a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlmodel import col, select

from inbox.store.db import Session
from inbox.store.tables import Attachment, Contact, Conversation, ConversationTag, Identity, Message, Wait
from inbox.store.tools import chunked

PAGE = 50


@dataclass
class Page:
    """Some conversations, oldest first, with all that belongs to them by their ids (files by their message's)."""

    conversations: Sequence[Conversation]
    messages: dict[int, list[Message]] = field(default_factory=dict)
    waits: dict[int, list[Wait]] = field(default_factory=dict)
    tags: dict[int, list[str]] = field(default_factory=dict)
    contacts: dict[int, Contact] = field(default_factory=dict)
    identities: dict[int, list[Identity]] = field(default_factory=dict)
    attachments: dict[int, list[Attachment]] = field(default_factory=dict)


def pages(session: Session) -> Iterator[Page]:
    """Return every conversation that was not merged into another."""
    last = 0
    while True:
        query = select(Conversation).where(col(Conversation.id) > last, col(Conversation.merged_into).is_(None))
        found = session.exec(query.order_by(col(Conversation.id)).limit(PAGE)).all()
        if not found:
            return
        page = Page(found)
        _complete(session, page)
        yield page
        last = found[-1].id or 0
        session.expunge_all()


def with_person(session: Session, contacts: Sequence[int]) -> list[int]:
    """Return the conversations of these contacts, and those of others in which they wrote."""
    mine = select(Conversation.id).where(
        col(Conversation.contact_id).in_(contacts), col(Conversation.merged_into).is_(None)
    )
    wrote = select(Message.conversation_id).where(col(Message.contact_id).in_(contacts)).distinct()
    return sorted({row for row in (*session.exec(mine).all(), *session.exec(wrote).all()) if row is not None})


def page_of(session: Session, conversation_ids: Sequence[int]) -> Page:
    """Return these conversations with all that belongs to them."""
    query = select(Conversation).where(col(Conversation.id).in_(conversation_ids)).order_by(col(Conversation.id))
    page = Page(session.exec(query).all())
    _complete(session, page)
    return page


def _complete(session: Session, page: Page) -> None:
    ids = [row.id for row in page.conversations]
    people = [row.contact_id for row in page.conversations]
    said = select(Message).where(col(Message.conversation_id).in_(ids)).order_by(col(Message.at), col(Message.id))
    for message in session.exec(said).all():
        page.messages.setdefault(message.conversation_id, []).append(message)
    for wait in session.exec(select(Wait).where(col(Wait.conversation_id).in_(ids)).order_by(col(Wait.id))).all():
        page.waits.setdefault(wait.conversation_id, []).append(wait)
    tagged = select(ConversationTag).where(col(ConversationTag.conversation_id).in_(ids))
    for tag in session.exec(tagged.order_by(col(ConversationTag.tag))).all():
        page.tags.setdefault(tag.conversation_id, []).append(tag.tag)
    for contact in session.exec(select(Contact).where(col(Contact.id).in_(people))).all():
        page.contacts[contact.id or 0] = contact
    known = select(Identity).where(col(Identity.contact_id).in_(people)).order_by(col(Identity.id))
    for identity in session.exec(known).all():
        page.identities.setdefault(identity.contact_id, []).append(identity)
    _add_files(session, page)


def _add_files(session: Session, page: Page) -> None:
    for ids in chunked([message.id for some in page.messages.values() for message in some]):
        query = select(Attachment).where(col(Attachment.message_id).in_(ids))
        for file in session.exec(query.order_by(col(Attachment.message_id), col(Attachment.position))).all():
            page.attachments.setdefault(file.message_id, []).append(file)
