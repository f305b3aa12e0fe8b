"""How to look: which messages to consider, newest first, without ever looking at too many.

1. Some word is rare: ask the index for all hits.
2. Some filter lets few conversations through: read those.
3. Else ask for one run of messages after the other, newest first, and give up after a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import sqlalchemy as sa
from sqlmodel import Session

from inbox.say import say
from inbox.store import search_facts as facts
from inbox.store.search_match import Index, Match
from inbox.store.search_query import Filter, Phrase, Query
from inbox.store.search_words import ACCOUNT, BUCKET_BITS, FILE, bucket
from inbox.store.tables import Message
from inbox.store.tools import table

RARE = 5_000
SMALL_SIDE = 500
SIDE_MESSAGES = 600
SIDE_CHUNK = 100
FIRST_CHUNK, CHUNK = 200, 1_000
CANDIDATES = 3_000


@dataclass
class Asked:
    """A query made ready: what the index shall match, which filters remain, among which ids."""

    query: Query
    match: Match
    filters: Sequence[Filter]
    ids: range


@dataclass(frozen=True)
class Step:
    """Every match from the step before down to `floor`; `gave_up` when nothing older was looked at."""

    ids: list[int]
    floor: int
    gave_up: bool = False


def prepare(session: Session, backend: Index, query: Query, me: int) -> Asked:
    """Turn filters that never change into words of the index, dates into ids, and names into teammates."""
    groups: list[tuple[Phrase, ...]] = []
    rejects: list[Phrase] = []
    left = []
    for asked in query.filters:
        group = _as_words(session, query, asked)
        if group is None:
            left.append(resolved(session, query, asked, me))
        elif asked.wanted:
            groups.append(group)
        else:
            rejects.extend(group)
    groups = [group for group in groups if group]
    groups += [(phrase,) for phrase in query.needs]
    match = Match(tuple(groups), (*rejects, *query.rejects))
    return Asked(query, _expanded(session, backend, query, match), left, _ids(session, query))


def _as_words(session: Session, query: Query, asked: Filter) -> tuple[Phrase, ...] | None:
    """Return the words of the index for a filter, None for one about a conversation's state."""
    if asked.kind == "has":
        return (Phrase((FILE,)),)
    if asked.kind != "in":
        return None
    accounts = facts.accounts_named(session, asked.value)
    if not accounts:
        query.not_understood(asked.typed, say("No account is called “{name}”.", name=asked.value[:40]))
    return tuple(Phrase((f"{ACCOUNT}{number}",)) for number in accounts)


def resolved(session: Session, query: Query, asked: Filter, me: int) -> Filter:
    """Look up which teammates a filter is about."""
    if asked.kind == "is" and asked.value == "mine":
        return replace(asked, kind="assignee", ids=(me,))
    if asked.kind == "is" and asked.value == "following":
        return replace(asked, ids=(me,))
    if asked.kind != "assignee":
        return asked
    if asked.value in {"nobody", "none"}:
        return replace(asked, kind="is", value="unassigned")
    found = (me,) if asked.value == "me" else facts.teammates_named(session, asked.value)
    if not found:
        query.problems.append(say("No teammate is called “{name}”.", name=asked.value[:40]))
    return replace(asked, ids=found)


def _expanded(session: Session, backend: Index, query: Query, match: Match) -> Match:
    made, wide = backend.expand(session, match)
    query.problems += [
        say("Too many words begin with “{word}”: it was searched for as a whole word.", word=word) for word in wide
    ]
    return made


def _ids(session: Session, query: Query) -> range:
    if query.since is not None or query.until is not None:
        return facts.span(session, query)
    newest = session.execute(sa.select(sa.func.max(table(Message).c.id))).scalar()
    return range((newest or 0) + 1)


def candidates(session: Session, backend: Index, asked: Asked) -> Iterator[Step]:
    """Look for matches, newest first, in the cheapest of the three ways."""
    if any(_is_rare(session, backend, group) for group in asked.match.needs):
        return _all(session, backend, asked)
    side = facts.small_side(session, asked.filters, SMALL_SIDE)
    if side is not None:
        return _of_side(session, asked, side)
    return _windows(session, backend, asked)


def _is_rare(session: Session, backend: Index, group: tuple[Phrase, ...]) -> bool:
    """Tell whether fewer than RARE messages can hold a phrase of the group: those with its first word, its second..."""
    length = min(len(phrase.words) for phrase in group)
    return any(
        backend.count(session, [_word(phrase, place) for phrase in group], RARE) < RARE for place in range(length)
    )


def _word(phrase: Phrase, place: int) -> Phrase:
    return Phrase((phrase.words[place],), phrase.prefix and place + 1 == len(phrase.words))


def _all(session: Session, backend: Index, asked: Asked) -> Iterator[Step]:
    found = backend.newest(session, asked.match, asked.ids, 2 * RARE)
    more = len(found) == 2 * RARE
    for start, stop in pairwise([0, *range(FIRST_CHUNK, len(found), CHUNK), len(found)]):
        ids = found[start:stop]
        if ids:
            yield Step(ids, ids[-1], gave_up=more and stop == len(found))


def _of_side(session: Session, asked: Asked, side: list[int]) -> Iterator[Step]:
    found = facts.in_conversations(session, side, asked.ids, SIDE_MESSAGES)
    more = len(found) == SIDE_MESSAGES
    for start in range(0, len(found), SIDE_CHUNK):
        ids = found[start : start + SIDE_CHUNK]
        last = start + SIDE_CHUNK >= len(found)
        holding = facts.holding(session, asked.match, ids)
        yield Step([number for number in ids if number in holding], ids[-1], gave_up=more and last)


def _windows(session: Session, backend: Index, asked: Asked) -> Iterator[Step]:
    windows, left, chunk = backend.windows, CANDIDATES, FIRST_CHUNK
    high = asked.ids.stop
    while high > asked.ids.start:
        low = max(asked.ids.start, (bucket(high - 1) + 1 - backend.width) << BUCKET_BITS)
        match = asked.match.within(range(bucket(low), bucket(high - 1) + 1))
        ids = backend.newest(session, match, range(low, high), chunk)
        full, chunk = len(ids) == chunk, CHUNK
        high = ids[-1] if full else low
        windows -= 0 if full else 1
        left -= len(ids)
        gave_up = high > asked.ids.start and (windows <= 0 or left <= 0)
        yield Step(ids, high, gave_up)
        if gave_up:
            return
