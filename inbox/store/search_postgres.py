"""The index on PostgreSQL: a table of tsvectors made by us, and a GIN index."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.search_match import Match
from inbox.store.search_query import Phrase
from inbox.store.search_words import split

_PUT = sa.text("INSERT INTO search (message_id, words) VALUES (:id, CAST(:words AS tsvector))")
_PRESENT = sa.text("SELECT message_id FROM search WHERE message_id = ANY(:ids)")
_DROP = sa.text("DELETE FROM search WHERE message_id = ANY(:ids)")
_ESTIMATE = sa.text("EXPLAIN (FORMAT JSON) SELECT 1 FROM search WHERE words @@ CAST(:match AS tsquery)")
# The inner question is fenced off: the planner shall use the GIN index, and not walk the primary key for the order.
_NEWEST = sa.text(
    "WITH hits AS MATERIALIZED (SELECT message_id FROM search WHERE words @@ CAST(:match AS tsquery))"
    " SELECT message_id FROM hits WHERE message_id >= :low AND message_id < :high"
    " ORDER BY message_id DESC LIMIT :limit"
)


class PostgresIndex:
    """GIN: finds all hits before it gives the first, so that what is common must be asked in small runs."""

    width = 1
    windows = 4

    def put(self, session: Session, rows: list[tuple[int, str]]) -> None:
        """Add streams under ids that are not in the index."""
        session.connection().execute(_PUT, [{"id": number, "words": _vector(text)} for number, text in rows])

    def present(self, session: Session, message_ids: list[int]) -> list[int]:
        """Return those of the ids that are in the index."""
        return list(session.execute(_PRESENT, {"ids": message_ids}).scalars())

    def drop(self, session: Session, rows: list[tuple[int, str]]) -> None:
        """Take out ids that are in the index."""
        session.execute(_DROP, {"ids": [number for number, _ in rows]})

    def expand(self, session: Session, match: Match) -> tuple[Match, list[str]]:  # noqa: ARG002 - SQLite's needs it
        """Leave prefixes to PostgreSQL."""
        return match, []

    def count(self, session: Session, words: Sequence[Phrase], most: int) -> int:
        """Return how many messages hold one of these words by the planner's statistics, at most `most`."""
        told = session.execute(_ESTIMATE, {"match": _any(words)}).scalar_one()
        plan = told if isinstance(told, list) else json.loads(told)
        return min(most, int(plan[0]["Plan"]["Plan Rows"]))

    def newest(self, session: Session, match: Match, ids: range, limit: int) -> list[int]:
        """Return the highest matching ids within `ids`, falling."""
        asked = {"match": _expression(match), "low": ids.start, "high": ids.stop, "limit": limit}
        return list(session.execute(_NEWEST, asked).scalars())


def _vector(streamed: str) -> str:
    places: dict[str, list[str]] = {}
    for place, word in enumerate(split(streamed), start=1):
        places.setdefault(word, []).append(str(place))
    return " ".join(f"'{word}':{','.join(found[:255])}" for word, found in places.items())


def _expression(match: Match) -> str:
    """Write the match as a tsquery; every word is letters and digits, and quoted."""
    needs = " & ".join(f"({_any(group)})" for group in match.needs)
    return f"{needs} & !({_any(match.rejects)})" if match.rejects else needs


def _any(phrases: Sequence[Phrase]) -> str:
    return " | ".join(f"({' <-> '.join(_lexemes(phrase))})" for phrase in phrases)


def _lexemes(phrase: Phrase) -> list[str]:
    quoted = [f"'{word}'" for word in phrase.words]
    return [*quoted[:-1], f"{quoted[-1]}:*"] if phrase.prefix else quoted
