"""What search asks the other tables: which account, when, whose conversation, in which state."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Session

from inbox.store.search_match import Match
from inbox.store.search_query import Filter, Query
from inbox.store.search_words import DAY_BITS, Document, stream, words
from inbox.store.tables import Account, Attachment, Conversation, ConversationTag, Follow, Message, Teammate
from inbox.store.tools import table

_messages, _conversations, _tags = table(Message), table(Conversation), table(ConversationTag)
_follows = table(Follow)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

days = sa.table("search_days", sa.column("day", sa.Integer), sa.column("run", sa.Integer))
"""Which runs of 256 ids hold messages of which UTC day: dates become a span of ids, though ids do not follow them."""


class Row(NamedTuple):
    """A matching message whose conversation passed the filters."""

    message_id: int
    conversation_id: int
    at: datetime


def is_one_of(session: Session, column: sa.ColumnElement[int], ids: Sequence[int]) -> sa.ColumnElement[bool]:
    """Compare with any number of ids in one parameter."""
    if session.get_bind().dialect.name == "postgresql":
        return column == sa.any_(sa.cast(list(ids), postgresql.ARRAY(sa.BigInteger)))
    values = sa.func.json_each(json.dumps(list(ids))).table_valued("value")
    return column.in_(sa.select(values.c.value))


def accounts_named(session: Session, name: str) -> list[int]:
    """Return the accounts whose name or address has these words side by side."""
    wanted = f" {' '.join(words(name))} "
    if not wanted.strip():
        return []
    known = table(Account)
    rows = session.execute(sa.select(known.c.id, known.c.name, known.c.address).order_by(known.c.id)).all()
    return [row.id for row in rows if any(wanted in f" {' '.join(words(text))} " for text in (row.name, row.address))]


def teammates_named(session: Session, name: str) -> tuple[int, ...]:
    """Return the teammates whose name or mail address has these words side by side."""
    wanted = f" {' '.join(words(name))} "
    if not wanted.strip():
        return ()
    team = table(Teammate)
    rows = session.execute(sa.select(team.c.id, team.c.name, team.c.mail).order_by(team.c.id)).all()
    return tuple(row.id for row in rows if any(wanted in f" {' '.join(words(text))} " for text in (row.name, row.mail)))


# Messages -------------------------------------------------------------------------------------------------------------


def whereabouts(session: Session, message_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return the account of each message, and its UTC day."""
    columns = (_messages.c.id, _messages.c.account_id, _messages.c.at)
    rows = session.execute(sa.select(*columns).where(is_one_of(session, _messages.c.id, message_ids)))
    return {number: (account, day_of(at)) for number, account, at in rows}


def streams(session: Session, message_ids: Sequence[int]) -> list[tuple[int, str]]:
    """Return the words of stored messages as they were indexed."""
    names = file_names(session, message_ids)
    parts = ("id", "conversation_id", "account_id", "subject", "text", "people")
    query = sa.select(*(_messages.c[part] for part in parts)).where(is_one_of(session, _messages.c.id, message_ids))
    made = []
    for row in session.execute(query):
        document = Document(row.id, row.conversation_id, row.subject, row.text, row.people, names.get(row.id, []))
        made.append((row.id, stream(document, row.account_id)))
    return made


def file_names(session: Session, message_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the names of each message's files, in their order."""
    files = table(Attachment)
    query = sa.select(files.c.message_id, files.c.filename).where(is_one_of(session, files.c.message_id, message_ids))
    found: dict[int, list[str]] = {}
    for message_id, name in session.execute(query.order_by(files.c.message_id, files.c.position)):
        found.setdefault(message_id, []).append(name)
    return found


def people_of(session: Session, message_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Return whom each message names."""
    query = sa.select(_messages.c.id, _messages.c.people).where(is_one_of(session, _messages.c.id, message_ids))
    return {number: people or {} for number, people in session.execute(query)}


def texts_of(session: Session, message_ids: Sequence[int]) -> dict[int, str]:
    """Return the text of each message."""
    query = sa.select(_messages.c.id, _messages.c.text).where(is_one_of(session, _messages.c.id, message_ids))
    return dict(session.execute(query).all())


def holding(session: Session, match: Match, message_ids: Sequence[int]) -> set[int]:
    """Return which of these messages match, by reading them: for few, that is quicker than the index."""
    return {number for number, streamed in streams(session, message_ids) if match.holds(streamed)}


# Filters --------------------------------------------------------------------------------------------------------------


def condition(asked: Filter) -> sa.ColumnElement[bool]:
    """Say in SQL what a tag:, is: or assignee: asks of a conversation."""
    met = _met(asked)
    return met if asked.wanted else sa.not_(met)


def _met(asked: Filter) -> sa.ColumnElement[bool]:
    row = _conversations.c
    if asked.kind == "tag":
        return row.id.in_(_tagged(asked.value))
    if asked.kind == "assignee":
        return sa.and_(row.assignee_id.is_not(None), row.assignee_id.in_(asked.ids))
    if asked.value == "following":
        return row.id.in_(sa.select(_follows.c.conversation_id).where(_follows.c.teammate_id.in_(asked.ids)))
    states = {
        "waiting": row.due_at.is_not(None),
        "snoozed": row.snoozed_until.is_not(None),
        "unassigned": row.assignee_id.is_(None),
        "answered": sa.and_(row.due_at.is_(None), row.last_from == "us"),
    }
    return states.get(asked.value, row.status == asked.value)


def _tagged(tag: str) -> sa.Select[tuple[int]]:
    return sa.select(_tags.c.conversation_id).where(_tags.c.tag == tag)


def small_side(session: Session, filters: Sequence[Filter], most: int) -> list[int] | None:
    """Return all conversations that pass one of the filters, when there is one that fewer than `most` pass."""
    for asked in filters:
        if not asked.wanted:
            continue
        query = sa.select(_conversations.c.id).where(condition(asked), _conversations.c.merged_into.is_(None))
        if asked.kind == "tag":
            query = _tagged(asked.value)
        found = list(session.execute(query.limit(most)).scalars())
        if len(found) < most:
            return found
    return None


def in_conversations(session: Session, conversations: Sequence[int], ids: range, limit: int | None) -> list[int]:
    """Return the highest message ids of these conversations within `ids`, falling."""
    query = sa.select(_messages.c.id).where(
        is_one_of(session, _messages.c.conversation_id, conversations),
        _messages.c.id >= ids.start,
        _messages.c.id < ids.stop,
    )
    return list(session.execute(query.order_by(_messages.c.id.desc()).limit(limit)).scalars())


def passing(session: Session, query: Query, filters: Sequence[Filter], message_ids: Sequence[int]) -> list[Row]:
    """Return those of the messages that pass the filters and the dates, newest first."""
    asked = (
        sa.select(_messages.c.id, _messages.c.conversation_id, _messages.c.at)
        .join(_conversations, _conversations.c.id == _messages.c.conversation_id)
        .where(is_one_of(session, _messages.c.id, message_ids), *map(condition, filters), *_dates(query))
    )
    return [Row(*row) for row in session.execute(asked.order_by(_messages.c.id.desc()))]


def _dates(query: Query) -> list[sa.ColumnElement[bool]]:
    since = [] if query.since is None else [_messages.c.at >= query.since]
    return since if query.until is None else [*since, _messages.c.at < query.until]


# Dates ----------------------------------------------------------------------------------------------------------------


def day_of(moment: datetime) -> int:
    """Return the UTC day of a moment, counted from 1970."""
    return (moment - _EPOCH) // timedelta(days=1)


def span(session: Session, query: Query) -> range:
    """Return the ids among which every message of the query's dates is."""
    asked = sa.select(sa.func.min(days.c.run), sa.func.max(days.c.run))
    if query.since is not None:
        asked = asked.where(days.c.day >= day_of(query.since))
    if query.until is not None:
        asked = asked.where(days.c.day <= day_of(query.until))
    low, high = session.execute(asked).one()
    return range(0) if low is None else range(low << DAY_BITS, (high + 1) << DAY_BITS)
