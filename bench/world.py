"""What is said in an invented store, by whom and when: figures alone, the same at every run."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta

END = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)
FIRST = END - timedelta(days=1460)
DAY = timedelta(hours=24)
VOCABULARY = 50_000
WORDS = 60
TEXTS = 20_000
TALKS = 5  # conversations a person
BASE = 100_000  # what is larger than this is made of copies of the first so many, where the database can


class World:
    """What is said and when; words are as uneven as people's."""

    def __init__(self, conversations: int, waiting: int, base: int = BASE) -> None:
        """base: how many are written; what is more is copied of them, where the database can."""
        self.base = base
        source = random.Random(24)
        letters = "etaoinshrdlucmfwypvbgkq"
        self.words = ["".join(source.choices(letters, k=source.randint(3, 9))) for _ in range(VOCABULARY)]
        weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(VOCABULARY)))
        drawn = [source.choices(self.words, cum_weights=weights, k=WORDS) for _ in range(TEXTS)]
        self.texts = [(" ".join(words[:10]), " ".join(words[10:])) for words in drawn]
        self.count = conversations
        self.span = (END - FIRST) / conversations
        self.step = max(1, conversations // waiting)

    def waits(self, conversation: int) -> bool:
        """Whether somebody waits there."""
        return conversation % self.step == 0

    def status(self, conversation: int) -> str:
        """One of the three states."""
        if self.waits(conversation):
            return "open"
        return "spam" if conversation % 1000 == 5 else "closed"

    def asked_at(self, conversation: int) -> datetime:
        """When the question came; who waits began to wait in the last days, a tenth of them too long ago."""
        if self.waits(conversation):
            return END - DAY * 1.1 * (1 - (conversation - 1) % self.base / min(self.count, self.base))
        return FIRST + self.span * (conversation - 1)

    def text(self, message: int) -> str:
        """Return some 350 characters."""
        before, after = self.texts[message * 7919 % TEXTS]
        hello = "Hello thanks odd1" if message % 2 else "Hello even1"
        rare = f"zebra{message % 97} " if message % 1009 == 0 else ""
        return f"{before} {hello} {rare}please, thank you {after}"

    def answered_at(self, conversation: int) -> datetime:
        """When the second message came."""
        return self.asked_at(conversation) + timedelta(minutes=50)


def person(conversation: int) -> int:
    """Return whose conversation it is."""
    return (conversation - 1) // TALKS + 1
