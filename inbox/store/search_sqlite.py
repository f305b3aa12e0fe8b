"""The index on SQLite: a contentless FTS5 table whose rowid is the message's id."""

from __future__ import annotations

import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.search_match import Match
from inbox.store.search_query import Phrase
from inbox.store.search_words import split

# A prefix that begins more words than this is not bounded: FTS5 reads all of their hits before it gives the first.
EXPANSIONS = 100

_PUT = "INSERT INTO search(rowid, words) VALUES (?, ?)"
_DROP = "INSERT INTO search(search, rowid, words) VALUES ('delete', ?, ?)"
_PRESENT = sa.text("SELECT id, sz FROM search_docsize WHERE id IN (SELECT value FROM json_each(:ids))")
# From each word straight to the next one: no word sorts between a word and that word with a 0 behind it.
_BEGINNING = sa.text(
    "WITH RECURSIVE known(term) AS (SELECT (SELECT term FROM search_words WHERE term >= :start LIMIT 1) UNION ALL"
    " SELECT (SELECT term FROM search_words WHERE term >= known.term || '0' LIMIT 1) FROM known"
    " WHERE substr(known.term, 1, :length) = :start)"
    " SELECT term FROM known WHERE substr(term, 1, :length) = :start LIMIT :most"
)
_COUNT = sa.text("SELECT count(*) FROM (SELECT 1 FROM search WHERE search MATCH :match LIMIT :most)")
# A message that was forgotten after its text had changed leaves words behind; its row in search_docsize is gone.
_NEWEST = sa.text(
    "SELECT rowid FROM search WHERE search MATCH :match AND rowid >= :low AND rowid < :high"
    " AND EXISTS (SELECT 1 FROM search_docsize WHERE id = search.rowid) ORDER BY rowid DESC LIMIT :limit"
)


class SqliteIndex:
    """FTS5: walks hits newest first, some ten million a second, but is slow to be asked about single messages."""

    width = 4
    windows = 4

    def put(self, session: Session, rows: list[tuple[int, str]]) -> None:
        """Add streams under ids that are not in the index."""
        session.connection().exec_driver_sql(_PUT, rows)

    def present(self, session: Session, message_ids: list[int]) -> list[int]:
        """Return those of the ids that are in the index."""
        return list(session.execute(_PRESENT, {"ids": json.dumps(message_ids)}).scalars())

    def drop(self, session: Session, rows: list[tuple[int, str]]) -> None:
        """Take out ids that are in the index; each comes with the stream it went in with.

        FTS5 keeps count: were more words taken out than ever went in, it would call the index malformed.
        """
        counts = session.execute(_PRESENT, {"ids": json.dumps([number for number, _ in rows])}).all()
        sizes = {number: _size(packed) for number, packed in counts}
        exact = [(number, _at_most(streamed, sizes[number])) for number, streamed in rows if number in sizes]
        session.connection().exec_driver_sql(_DROP, exact)

    def expand(self, session: Session, match: Match) -> tuple[Match, list[str]]:
        """Put in the place of a prefix the words that begin so, unless they are too many."""
        wide: list[str] = []
        needs = tuple(self._wholes(session, group, wide) for group in match.needs)
        return Match(needs, self._wholes(session, match.rejects, wide)), wide

    def _wholes(self, session: Session, phrases: tuple[Phrase, ...], wide: list[str]) -> tuple[Phrase, ...]:
        wholes: list[Phrase] = []
        for phrase in phrases:
            found = self._beginning(session, phrase.words[-1]) if phrase.prefix else None
            if phrase.prefix and found is None:
                wide.append(phrase.words[-1])
            wholes += [Phrase((*phrase.words[:-1], word)) for word in found or [phrase.words[-1]]]
        return tuple(wholes)

    def _beginning(self, session: Session, start: str) -> list[str] | None:
        """Return the words that begin with `start`, None when there are too many."""
        asked = {"start": start, "length": len(start), "most": EXPANSIONS + 1}
        found = list(session.execute(_BEGINNING, asked).scalars())
        return found if len(found) <= EXPANSIONS else None

    def count(self, session: Session, words: Sequence[Phrase], most: int) -> int:
        """Return how many messages hold one of these words, at most `most`."""
        return int(session.execute(_COUNT, {"match": _any(words), "most": most}).scalar_one())

    def newest(self, session: Session, match: Match, ids: range, limit: int) -> list[int]:
        """Return the highest matching ids within `ids`, falling."""
        asked = {"match": _expression(match), "low": ids.start, "high": ids.stop, "limit": limit}
        return list(session.execute(_NEWEST, asked).scalars())


def _size(packed: bytes) -> int:
    """Read a number as SQLite packs it: seven bits a byte."""
    number = 0
    for byte in packed:
        number = number << 7 | byte & 0x7F
    return number


def _at_most(streamed: str, count: int) -> str:
    found = split(streamed)
    return streamed if len(found) <= count else " ".join(found[:count])


def _expression(match: Match) -> str:
    """Write the match in FTS5's words; every word is letters and digits, and quoted."""
    needs = " AND ".join(f"({_any(group)})" for group in match.needs)
    return f"({needs}) NOT ({_any(match.rejects)})" if match.rejects else needs


def _any(phrases: Sequence[Phrase]) -> str:
    return " OR ".join(f'"{" ".join(phrase.words)}"' for phrase in phrases)
