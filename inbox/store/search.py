"""Search: one question language, newest first, bounded, on both databases.

See search_query for the language, search_words for what a word is, and docs/adr/0003-search.md for why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from inbox.say import say
from inbox.store import search_facts as facts
from inbox.store.db import Work
from inbox.store.search_facts import Row
from inbox.store.search_match import Index
from inbox.store.search_plan import Asked, candidates, prepare, resolved
from inbox.store.search_postgres import PostgresIndex
from inbox.store.search_query import Phrase, Query, parse
from inbox.store.search_snippet import snippet
from inbox.store.search_sqlite import SqliteIndex
from inbox.store.search_words import DAY_BITS, Document, stream

TIMEOUT_MS = 2000
_CHUNK = 500
AMONG = 1000
_INDEXES: dict[str, Index] = {"sqlite": SqliteIndex(), "postgresql": PostgresIndex()}

__all__ = ["Document", "Hit", "Place", "Results", "among", "conditions", "forget", "index", "search"]


@dataclass(frozen=True)
class Place:
    """Where a page ended: it goes on below `message_id`; `newest` is what the first page began with."""

    message_id: int
    newest: int

    def __str__(self) -> str:
        return f"{self.message_id}-{self.newest}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read what `str` wrote, None for anything else."""
        first, dash, second = text.partition("-")
        sound = dash and all(part.isascii() and part.isdigit() and len(part) < 19 for part in (first, second))
        return cls(int(first), int(second)) if sound else None


@dataclass(frozen=True)
class Hit:
    """A conversation and its newest message that matches; `snippet` is plain text around the first word found."""

    conversation_id: int
    message_id: int
    at: datetime
    snippet: str


@dataclass
class Results:
    """One page of hits, newest first.

    next: where the next page begins, None at the end. complete: False when the search stopped at its bound before
    the page was full; it goes on at `next`. problems: a sentence for each part that was not understood. needs: the
    words that were looked for, to mark them.
    """

    hits: list[Hit] = field(default_factory=list)
    next: Place | None = None
    complete: bool = True
    problems: list[str] = field(default_factory=list)
    needs: list[Phrase] = field(default_factory=list)


# Writing --------------------------------------------------------------------------------------------------------------


def index(work: Work, documents: list[Document]) -> None:
    """Make messages findable, in this transaction, after their rows were written; again replaces what was there.

    Raises ValueError for a message that is not stored.
    """
    for start in range(0, len(documents), _CHUNK):
        _index(work, documents[start : start + _CHUNK])


def _index(work: Work, documents: Sequence[Document]) -> None:
    backend, ids = _INDEXES[work.dialect], [document.message_id for document in documents]
    forget(work, backend.present(work.session, ids))
    whereabouts = _whereabouts(work, documents)
    if unknown := set(ids) - set(whereabouts):
        raise ValueError(f"Messages {sorted(unknown)} are not stored yet: write their rows first.")
    rows = [(one.message_id, stream(one, whereabouts[one.message_id][0])) for one in _complete(work, documents)]
    backend.put(work.session, sorted(rows))
    _note_days(work, {(whereabouts[number][1], number >> DAY_BITS) for number in ids})


def _whereabouts(work: Work, documents: Sequence[Document]) -> dict[int, tuple[int, int]]:
    """Return the account and the UTC day of each message; the rows are asked where the caller did not say."""
    told = {one.message_id: (one.account_id, facts.day_of(one.at)) for one in documents if one.at is not None}
    vague = [one.message_id for one in documents if one.at is None]
    return told | facts.whereabouts(work.session, vague) if vague else told


def _complete(work: Work, documents: Sequence[Document]) -> Iterable[Document]:
    """Read whom a message names where the caller did not say it in messages.people's form."""
    vague = [document.message_id for document in documents if isinstance(document.people, str)]
    people = facts.people_of(work.session, vague) if vague else {}
    return [replace(one, people=people[one.message_id]) if one.message_id in people else one for one in documents]


def _note_days(work: Work, found: set[tuple[int, int]]) -> None:
    dialect = postgresql if work.dialect == "postgresql" else sqlite
    rows = [{"day": day, "run": run} for day, run in sorted(found)]
    work.session.connection().execute(dialect.insert(facts.days).on_conflict_do_nothing(), rows)


def forget(work: Work, message_ids: Sequence[int]) -> None:
    """Make messages unfindable; those not in the index are left alone.

    Call it before their rows are changed or deleted: on SQLite the words to take out are read from the rows. Called
    later, the messages are unfindable all the same, but words of theirs stay in the index's pages.
    """
    backend = _INDEXES[work.dialect]
    for start in range(0, len(message_ids), _CHUNK):
        present = backend.present(work.session, list(message_ids[start : start + _CHUNK]))
        if present:
            known = dict.fromkeys(present, "") | dict(facts.streams(work.session, present))
            backend.drop(work.session, sorted(known.items()))


# Asking ---------------------------------------------------------------------------------------------------------------


def search(
    session: Session, query: str, *, now: datetime, me: int = 0, limit: int = 50, before: Place | None = None
) -> Results:
    """Find conversations by what their messages say, newest message first.

    `now` gives today's date and the time zone of dates in the query; `me` is the teammate who asks; `limit` is at most
    200. Never raises for anything a person may type.
    """
    asked = parse(query, now)
    results = Results(problems=asked.problems, needs=asked.needs)
    try:
        with _hurried(session):
            _search(session, asked, me, min(max(limit, 1), 200), before, results)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != "57014":  # cancelled by the statement's time-out
            raise
        results.hits, results.next, results.complete = [], None, False
        results.problems.append(say("The search took too long: add a rarer word or a date."))
    return results


def among(session: Session, query: str, conversations: Sequence[int], *, now: datetime, me: int = 0) -> set[int]:
    """Return which of these conversations a search finds, by reading their newest messages: for few only."""
    parsed = parse(query, now)
    if not parsed.asks or not conversations:
        return set()
    asked = prepare(session, _INDEXES[session.get_bind().dialect.name], parsed, me)
    ids = facts.in_conversations(session, conversations, asked.ids, AMONG)
    matching = facts.holding(session, asked.match, ids) if ids else set()
    rows = facts.passing(session, parsed, asked.filters, sorted(matching)) if matching else []
    return {row.conversation_id for row in rows}


def conditions(session: Session, query: str, *, now: datetime, me: int) -> list[sa.ColumnElement[bool]] | None:
    """Return a search as conditions on conversations, None when it also asks for words, dates, files or accounts."""
    asked = parse(query, now)
    plain = all(one.kind in {"tag", "is", "assignee"} for one in asked.filters)
    if asked.needs or asked.rejects or asked.since or asked.until or asked.problems or not asked.filters or not plain:
        return None
    found = [resolved(session, asked, one, me) for one in asked.filters]
    return None if asked.problems else [facts.condition(one) for one in found]


@contextmanager
def _hurried(session: Session) -> Iterator[None]:
    """End any statement of PostgreSQL after two seconds, and put things back as they were."""
    if session.get_bind().dialect.name != "postgresql":
        yield
        return
    nested = session.begin_nested()
    try:
        session.execute(sa.text(f"SET LOCAL statement_timeout = {TIMEOUT_MS}"))
        yield
    finally:
        nested.rollback()


def _search(session: Session, query: Query, me: int, limit: int, before: Place | None, results: Results) -> None:
    backend = _INDEXES[session.get_bind().dialect.name]
    asked = prepare(session, backend, query, me)
    top = asked.ids.stop - 1 if before is None else before.newest
    if before is not None:
        asked.ids = range(asked.ids.start, min(asked.ids.stop, before.message_id))
    if not query.asks or not len(asked.ids):
        return
    found: dict[int, Row] = {}
    for step in candidates(session, backend, asked):
        _collect(session, asked, step.ids, found, before, limit)
        if len(found) > limit:
            break
        if step.gave_up:
            results.next, results.complete = Place(step.floor, top), False
    rows = list(found.values())[:limit]
    if len(found) > limit:
        results.next, results.complete = Place(rows[-1].message_id, top), True
    results.hits = _hits(session, query, rows)


def _collect(
    session: Session, asked: Asked, ids: Sequence[int], found: dict[int, Row], before: Place | None, limit: int
) -> None:
    """Add the conversations of these messages that are not on this page or an earlier one, until there are enough."""
    rows = facts.passing(session, asked.query, asked.filters, ids) if ids else []
    fresh: dict[int, Row] = {}
    for row in rows:
        if row.conversation_id not in found:
            fresh.setdefault(row.conversation_id, row)
    if before is not None and fresh:
        for conversation_id in _shown(session, asked, list(fresh), before):
            del fresh[conversation_id]
    for row in list(fresh.values())[: limit + 1 - len(found)]:
        found[row.conversation_id] = row


def _shown(session: Session, asked: Asked, conversations: list[int], before: Place) -> set[int]:
    """Return the conversations that an earlier page has shown: they have a newer message that matches."""
    newer = range(before.message_id, before.newest + 1)
    ids = facts.in_conversations(session, conversations, newer, None)
    matching = facts.holding(session, asked.match, ids) if ids else set()
    rows = facts.passing(session, asked.query, asked.filters, sorted(matching)) if matching else []
    return {row.conversation_id for row in rows}


def _hits(session: Session, query: Query, rows: list[Row]) -> list[Hit]:
    texts = facts.texts_of(session, [row.message_id for row in rows]) if rows else {}
    return [
        Hit(row.conversation_id, row.message_id, row.at, snippet(texts.get(row.message_id, ""), query.needs))
        for row in rows
    ]
