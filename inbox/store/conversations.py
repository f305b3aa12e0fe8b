"""Named questions about conversations."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Conversation, ConversationTag, Merge
from inbox.store.tools import insert_new, table

_conversations = table(Conversation)


def get(session: Session, conversation_id: int) -> Conversation | None:
    """Return one conversation, merged ones too."""
    return session.get(Conversation, conversation_id)


def survivor(session: Session, conversation_id: int) -> Conversation | None:
    """Return the conversation that holds this one's messages now."""
    found = session.get(Conversation, conversation_id)
    while found is not None and found.merged_into is not None:
        found = session.get(Conversation, found.merged_into)
    return found


def lock(work: Work, conversation_id: int) -> Conversation | None:
    """Return one conversation that no other transaction can change until this one ends."""
    query = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    return work.session.exec(query).first()


def update_many(work: Work, rows: list[dict[str, Any]]) -> None:
    """Set, for many conversations at once: {cid, status, subject, snippet, updated_at, due_at, waiting_since}.

    The version of each rises by one.
    """
    if not rows:
        return
    names = ("status", "snippet", "updated_at", "due_at", "waiting_since")
    statement = (
        sa.update(_conversations)
        .where(_conversations.c.id == sa.bindparam("cid"))
        .values(version=_conversations.c.version + 1, **{name: sa.bindparam(f"new_{name}") for name in names})
    )
    work.session.connection().execute(
        statement, [{"cid": row["cid"], **{f"new_{name}": row[name] for name in names}} for row in rows]
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
