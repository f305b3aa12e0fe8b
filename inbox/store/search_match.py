"""What the index is asked: groups of phrases, any of each group, and phrases that must be absent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sqlmodel import Session

from inbox.store.search_query import Phrase
from inbox.store.search_words import BUCKET, split


@dataclass(frozen=True)
class Match:
    """A message matches that holds a phrase of each group in `needs`, and none of `rejects`."""

    needs: tuple[tuple[Phrase, ...], ...] = ()
    rejects: tuple[Phrase, ...] = ()

    def within(self, buckets: range) -> Match:
        """Narrow down to some runs of messages: whatever the words are, no more than those are looked at."""
        group = tuple(Phrase((f"{BUCKET}{number}",)) for number in buckets)
        return replace(self, needs=(group, *self.needs))

    def holds(self, streamed: str) -> bool:
        """Tell whether the message behind a stream matches, without the index."""
        lowered = streamed.lower()
        if not all(any(phrase.words[-1] in lowered for phrase in group) for group in self.needs):
            return False
        padded = f" {' '.join(split(lowered))} "
        needed = all(any(_holds(padded, phrase) for phrase in group) for group in self.needs)
        return needed and not any(_holds(padded, phrase) for phrase in self.rejects)


def _holds(padded: str, phrase: Phrase) -> bool:
    return f" {' '.join(phrase.words)}{'' if phrase.prefix else ' '}" in padded


class Index(Protocol):
    """One database's full-text index.

    width: how many neighbouring buckets one question may span and still be quick; windows: how many such questions
    a search may ask before it gives up.
    """

    width: int
    windows: int

    def put(self, session: Session, rows: list[tuple[int, str]]) -> None:
        """Add streams under ids that are not in the index."""

    def present(self, session: Session, message_ids: list[int]) -> list[int]:
        """Return those of the ids that are in the index."""

    def drop(self, session: Session, rows: list[tuple[int, str]]) -> None:
        """Take out ids that are in the index; each comes with the stream it went in with."""

    def expand(self, session: Session, match: Match) -> tuple[Match, list[str]]:
        """Rewrite prefixes where the index cannot bound what they cost.

        A prefix too wide becomes a whole word; those are returned too.
        """

    def count(self, session: Session, words: Sequence[Phrase], most: int) -> int:
        """Return about how many messages hold one of these words, at most `most`; cheap, however common they are."""

    def newest(self, session: Session, match: Match, ids: range, limit: int) -> list[int]:
        """Return the highest matching ids within `ids`, falling."""
