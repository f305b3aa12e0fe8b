"""Named questions about conversations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Conversation, ConversationTag, Delivery, Merge, Message
from inbox.store.tools import chunked, insert_new, table

_conversations = table(Conversation)

LATELY = (
    "status",
    "snippet",
    "updated_at",
    "due_at",
    "waiting_since",
    "snoozed_until",
    "last_from",
    "replied_at",
)
"""What of a conversation a message may change."""


def get(session: Session, conversation_id: int) -> Conversation | None:
    """Return one conversation, merged ones too."""
    return session.get(Conversation, conversation_id)


def existing(session: Session, conversation_ids: Sequence[int]) -> list[int]:
    """Return those of these that are there, in the order given."""
    found: set[int] = set()
    for chunk in chunked(conversation_ids):
        found.update(session.execute(sa.select(_conversations.c.id).where(_conversations.c.id.in_(chunk))).scalars())
    return [one for one in conversation_ids if one in found]


def survivor(session: Session, conversation_id: int) -> Conversation | None:
    """Return the conversation that holds this one's messages now."""
    found = session.get(Conversation, conversation_id)
    while found is not None and found.merged_into is not None:
        found = session.get(Conversation, found.merged_into)
    return found


def lock(work: Work, conversation_id: int) -> Conversation | None:
    """Return one conversation that no other transaction can change until this one ends.

    Rows that only point at it can be written meanwhile: whoever tells of it need not wait, nor this one for them.
    """
    query = select(Conversation).where(Conversation.id == conversation_id).with_for_update(key_share=True)
    return work.session.exec(query.execution_options(populate_existing=True)).first()


def update_many(work: Work, rows: list[dict[str, Any]]) -> None:
    """Set, for many conversations at once: {cid} and what LATELY names.

    The version of each rises by one.
    """
    if not rows:
        return
    statement = (
        sa.update(_conversations)
        .where(_conversations.c.id == sa.bindparam("cid"))
        .values(version=_conversations.c.version + 1, **{name: sa.bindparam(f"new_{name}") for name in LATELY})
    )
    work.session.connection().execute(
        statement, [{"cid": row["cid"], **{f"new_{name}": row[name] for name in LATELY}} for row in rows]
    )


def tags_of(session: Session, conversation_id: int) -> list[str]:
    """Return the tags of a conversation, in order of the alphabet."""
    query = select(ConversationTag.tag).where(ConversationTag.conversation_id == conversation_id)
    return sorted(session.exec(query).all())


def set_tag(work: Work, conversation_id: int, tag: str, *, on: bool) -> None:
    """Put a tag on a conversation or take it off; doing it twice does it once."""
    if on:
        insert_new(work, ConversationTag, [{"conversation_id": conversation_id, "tag": tag}])
        return
    tags = table(ConversationTag)
    work.session.execute(sa.delete(tags).where(tags.c.conversation_id == conversation_id, tags.c.tag == tag))


def merges_of(session: Session, conversation_id: int) -> list[Merge]:
    """Return the merges and splits of conversations that can still be undone here, newest first."""
    query = select(Merge).where(
        sa.or_(col(Merge.into_id) == conversation_id, col(Merge.from_id) == conversation_id),
        col(Merge.kind) != "contacts",
        col(Merge.undone_at).is_(None),
    )
    return list(session.exec(query.order_by(col(Merge.id).desc())).all())


def newest_message(session: Session, conversation_id: int) -> Message | None:
    """Return the newest message or note of a conversation."""
    query = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.kind != "event")
        .order_by(col(Message.at).desc(), col(Message.id).desc())
        .limit(1)
    )
    return session.exec(query).first()


def spoken(session: Session, conversation_id: int) -> tuple[str, datetime | None]:
    """Return which of the people spoke last ("us", "them", "" for nobody), and when one of us last did."""
    newest: dict[str, datetime] = {}
    query = sa.select(Message.direction, sa.func.max(Message.at)).where(  # type: ignore[call-overload]
        Message.conversation_id == conversation_id, Message.kind == "message", Message.nature == "person"
    )
    newest.update({direction: at for direction, at in session.execute(query.group_by(Message.direction)) if at})
    ours, theirs = newest.get("out"), newest.get("in")
    if ours is None:
        return ("them" if theirs else ""), None
    return ("them" if theirs and theirs > ours else "us"), ours


def message_ids(session: Session, conversation_id: int) -> list[int]:
    """Return the ids of what was written (no notes, no events) in a conversation."""
    query = select(Message.id).where(Message.conversation_id == conversation_id, Message.kind == "message")
    return [found for found in session.exec(query).all() if found is not None]


def move_messages(work: Work, from_id: int, into_id: int, only: list[int] | None) -> list[int]:
    """Move messages (all, or these) and their deliveries to another conversation; returns the ids that moved."""
    work.session.flush()
    messages, deliveries = table(Message), table(Delivery)
    moving = sa.update(messages).where(messages.c.conversation_id == from_id)
    if only is not None:
        moving = moving.where(messages.c.id.in_(only))
    moved = sorted(work.session.execute(moving.values(conversation_id=into_id).returning(messages.c.id)).scalars())
    for chunk in chunked(moved):
        along = sa.update(deliveries).where(deliveries.c.message_id.in_(chunk))
        work.session.execute(along.values(conversation_id=into_id))
    work.session.expire_all()
    return moved
