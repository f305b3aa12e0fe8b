"""Named questions about who was named in a note."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.db import Work
from inbox.store.tables import Mention, Message
from inbox.store.tools import insert_new, table

_mentions = table(Mention)
_messages = table(Message)


def add(work: Work, message_id: int, teammate_ids: list[int]) -> None:
    """Remember whom a note names."""
    insert_new(work, Mention, [{"message_id": message_id, "teammate_id": one} for one in teammate_ids])


def unseen(session: Session, conversation_id: int, teammate_id: int) -> list[int]:
    """Return the notes of a conversation that name a teammate who has not seen them."""
    query = (
        sa.select(_mentions.c.message_id)
        .join(_messages, _messages.c.id == _mentions.c.message_id)
        .where(
            _mentions.c.teammate_id == teammate_id,
            _mentions.c.seen_at.is_(None),
            _messages.c.conversation_id == conversation_id,
        )
    )
    return list(session.execute(query).scalars())


def mark_seen(work: Work, message_ids: list[int], teammate_id: int) -> None:
    """Remember that a teammate has seen what names them."""
    seen = sa.update(_mentions).where(
        _mentions.c.teammate_id == teammate_id, _mentions.c.message_id.in_(message_ids), _mentions.c.seen_at.is_(None)
    )
    work.session.execute(seen.values(seen_at=work.now))
