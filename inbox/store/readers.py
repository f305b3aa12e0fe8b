"""Named questions about who has seen and who follows conversations, and who is on duty."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from inbox.store.db import Work
from inbox.store.tables import Conversation, Follow, Seen, Teammate
from inbox.store.tools import chunked, insert_new, table

_seen = table(Seen)
_follows = table(Follow)
_teammates = table(Teammate)
_conversations = table(Conversation)


def see(work: Work, teammate_id: int, conversation_id: int, version: int) -> None:
    """Remember how much of a conversation a teammate has seen; never less than before."""
    dialect = postgresql if work.dialect == "postgresql" else sqlite
    row = {"teammate_id": teammate_id, "conversation_id": conversation_id, "version": version, "at": work.now}
    statement = dialect.insert(_seen).values(row)
    statement = statement.on_conflict_do_update(
        index_elements=["teammate_id", "conversation_id"],
        set_={"version": version, "at": work.now},
        where=_seen.c.version < version,
    )
    work.session.execute(statement)


def unsee(work: Work, teammate_id: int, conversation_id: int) -> None:
    """Forget that a teammate has seen a conversation: it is unread again."""
    gone = sa.delete(_seen).where(_seen.c.teammate_id == teammate_id, _seen.c.conversation_id == conversation_id)
    work.session.execute(gone)


def seen(session: Session, teammate_id: int, conversation_ids: Sequence[int]) -> dict[int, int]:
    """Return the version a teammate has seen of each of these conversations."""
    found: dict[int, int] = {}
    for chunk in chunked(conversation_ids):
        query = sa.select(_seen.c.conversation_id, _seen.c.version).where(
            _seen.c.teammate_id == teammate_id, _seen.c.conversation_id.in_(chunk)
        )
        found.update({row[0]: row[1] for row in session.execute(query)})
    return found


def set_follow(work: Work, teammate_id: int, conversation_id: int, *, on: bool) -> bool:
    """Follow, or stop following; True when that changed something."""
    key = (_follows.c.teammate_id == teammate_id, _follows.c.conversation_id == conversation_id)
    there = work.session.execute(sa.select(sa.literal(1)).where(*key)).first() is not None
    if on and not there:
        row = {"teammate_id": teammate_id, "conversation_id": conversation_id, "at": work.now}
        insert_new(work, Follow, [row])
    elif there and not on:
        work.session.execute(sa.delete(_follows).where(*key))
    return there != on


def following(session: Session, teammate_id: int, conversation_ids: Sequence[int]) -> set[int]:
    """Return which of these conversations a teammate follows."""
    query = sa.select(_follows.c.conversation_id).where(
        _follows.c.teammate_id == teammate_id, _follows.c.conversation_id.in_(list(conversation_ids))
    )
    return set(session.execute(query).scalars())


def followers(session: Session, conversation_id: int) -> list[int]:
    """Return who follows a conversation."""
    query = sa.select(_follows.c.teammate_id).where(_follows.c.conversation_id == conversation_id)
    return sorted(session.execute(query).scalars())


def on_duty(session: Session) -> list[int]:
    """Return who said that they are on duty and may work here; a team is small."""
    query = sa.select(_teammates.c.id, _teammates.c.preferences).where(_teammates.c.disabled_at.is_(None))
    rows = session.execute(query.order_by(_teammates.c.id)).all()
    return [row.id for row in rows if (row.preferences or {}).get("on_duty")]


def load(session: Session, teammate_ids: Sequence[int]) -> dict[int, int]:
    """Return how many open conversations each of these has, snoozed ones not counted."""
    query = (
        sa.select(_conversations.c.assignee_id, sa.func.count())
        .where(
            _conversations.c.assignee_id.in_(list(teammate_ids)),
            _conversations.c.status == "open",
            _conversations.c.snoozed_until.is_(None),
        )
        .group_by(_conversations.c.assignee_id)
    )
    return {row[0]: row[1] for row in session.execute(query)}
