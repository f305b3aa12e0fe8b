"""Which of these conversations a query finds, whoever asks: a search, asked about a few. Rules ask it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from inbox.say import say
from inbox.store import search_facts as facts
from inbox.store.search import _INDEXES
from inbox.store.search_plan import Asked, prepare
from inbox.store.search_query import parse
from inbox.store.tables import Conversation
from inbox.store.tools import table

READ = 2_000
"""Messages of one conversation that are looked at, newest first; a search is bounded, too."""
NOBODYS_ME = say("Nobody asks this by themselves: name a teammate in the place of “me” or “mine”.")
_CHUNK = 200
_conversations = table(Conversation)


def problems(session: Session, query: str, now: datetime) -> list[str]:
    """Return a sentence for each part of a query that is not understood; an empty query finds everything."""
    if not query.strip():
        return []
    asked = parse(query, now)
    personal = [NOBODYS_ME for one in asked.filters if one.value in {"mine", "me", "following"}]
    prepare(session, _INDEXES[session.get_bind().dialect.name], asked, 0)
    return [*personal, *asked.problems]


def among(session: Session, query: str, conversation_ids: Sequence[int], now: datetime) -> set[int]:
    """Return those of the conversations that a search for `query` finds; every one for an empty query."""
    if not query.strip():
        return set(conversation_ids)
    asked = parse(query, now)
    if not asked.asks:
        return set()
    ready = prepare(session, _INDEXES[session.get_bind().dialect.name], asked, 0)
    return {one for one in _passing(session, ready, conversation_ids) if _found(session, ready, one)}


def _passing(session: Session, asked: Asked, conversation_ids: Sequence[int]) -> list[int]:
    """Leave out at once what the filters on a conversation's own state leave out."""
    query = sa.select(_conversations.c.id).where(
        facts.is_one_of(session, _conversations.c.id, conversation_ids),
        _conversations.c.merged_into.is_(None),
        *map(facts.condition, asked.filters),
    )
    return list(session.execute(query).scalars())


def _found(session: Session, asked: Asked, conversation_id: int) -> bool:
    ids, left = asked.ids, READ
    while len(ids) and left > 0:
        found = facts.in_conversations(session, [conversation_id], ids, _CHUNK)
        if not found:
            return False
        wordless = not asked.match.needs and not asked.match.rejects
        holding = set(found) if wordless else facts.holding(session, asked.match, found)
        if holding and facts.passing(session, asked.query, asked.filters, sorted(holding)):
            return True
        ids, left = range(ids.start, min(found)), left - len(found)
    return False
