"""Search at size: a store of invented conversations, and how long questions take.

python -m bench.search 100000 sqlite:////somewhere/search.db
"""

from __future__ import annotations

import itertools
import random
import resource
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from inbox.store import migrate, search
from inbox.store.db import Store, Work
from inbox.store.search import Document
from inbox.store.tables import Account, Contact, Conversation, ConversationTag, Message

END = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)
FIRST = END - timedelta(days=1460)
VOCABULARY = 50_000
WORDS = 60
TEXTS = 20_000
BATCH = 2000
WAITING, SELDOM = 200, 5000  # so many conversations wait; one message in so many is what a rare filter asks for
LIMIT_MS = 50.0

QUESTIONS = {
    "common word": "hello",
    "two common words": "hello thanks",
    "three common words and a phrase": 'hello thanks please "hello thanks"',
    "common words never side by side": '"thanks hello"',
    "common words never together": "odd1 even1",
    "rare word": "zebra7",
    "rare and common word": "hello zebra7",
    "no hit": "nosuchword",
    "common word and no hit": "hello nosuchword",
    "word of the middle": "{middle}",
    "star": "zebra*",
    "wide star": "thank*",
    "exclusion only": "-hello",
    "exclusion": "hello -thanks -please",
    "waiting, common word": "hello is:waiting",
    "waiting, rare word": "zebra7 is:waiting",
    "waiting, no hit": '"thanks hello" is:waiting',
    "waiting": "is:waiting",
    "unassigned": "hello is:unassigned",
    "closed": "hello is:closed",
    "spam": "hello is:spam",
    "rare tag, common word": "hello tag:seldom",
    "usual tag, common word": "hello tag:vip",
    "tag that is not": "hello tag:none",
    "rare account, common word": "hello in:sales",
    "usual account, common word": "hello in:support",
    "rare author, common word": "hello from:carol",
    "common recipient": "hello to:support",
    "from: of a word that only recipients have": "from:support",
    "attachment": "hello has:attachment",
    "old": "hello before:2023-06-01",
    "old and never together": "odd1 even1 before:2023-06-01",
    "new": "hello after:7d",
}


def build(store: Store, conversations: int) -> dict[str, float]:
    """Fill an empty, migrated store; two messages a conversation. Returns seconds, and the CPU of index() a message."""
    started = time.perf_counter()
    with store.unit_of_work() as work:
        accounts = (("support@example.com", "Support"), ("sales@example.com", "Sales"))
        rows = [
            {**_blank(Account), "kind": "mail", "address": at, "name": name, "created_at": END} for at, name in accounts
        ]
        work.insert(Account, [{**row, "id": number} for number, row in enumerate(rows, start=1)])
        work.insert(Contact, [{"id": 1, "name": "Ann", "notes": "", "merged_into": None, "created_at": END}])
    source, spent = _Source(conversations), 0.0
    for first in range(1, conversations + 1, BATCH):
        with store.unit_of_work() as work:
            spent += _write(work, source, range(first, min(first + BATCH, conversations + 1)))
    if store.dialect == "postgresql":
        with store.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))
    return {"seconds": time.perf_counter() - started, "index_us": spent / (2 * conversations) * 1e6}


class _Source:
    """Texts whose words are as uneven as people's."""

    def __init__(self, conversations: int) -> None:
        self.random = random.Random(24)
        letters = "etaoinshrdlucmfwypvbgkq"
        self.words = ["".join(self.random.choices(letters, k=self.random.randint(3, 9))) for _ in range(VOCABULARY)]
        self.weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(VOCABULARY)))
        self.drawn = [self.random.choices(self.words, cum_weights=self.weights, k=WORDS) for _ in range(TEXTS)]
        self.span = (END - FIRST) / (2 * conversations)
        self.step = max(1, conversations // WAITING)

    def text(self, number: int) -> str:
        """Return some 350 characters."""
        drawn = [*self.drawn[number * 7919 % TEXTS]]
        rare = f"zebra{number % 97}" if number % 1009 == 0 else ""
        drawn[10:10] = [
            "Hello thanks" if number % 2 else "Hello",
            "odd1" if number % 2 else "even1",
            rare,
            "please, thank you",
        ]
        return " ".join(drawn)


def _write(work: Work, source: _Source, numbers: range) -> float:
    work.insert(Conversation, [_conversation(source, number) for number in numbers])
    tagged = [(number, "seldom") for number in numbers if number % (SELDOM // 2) == 7]
    tagged += [(number, "vip") for number in numbers if number % 20 == 3]
    work.insert(ConversationTag, [{"conversation_id": number, "tag": tag} for number, tag in tagged])
    rows = [_message(source, 2 * number - 1 + second, number) for number in numbers for second in (0, 1)]
    work.insert(Message, rows)
    documents = [
        Document(row["id"], row["conversation_id"], row["subject"], row["text"], row["people"], _files(row["id"]))
        for row in rows
    ]
    started = time.process_time()
    for first in range(0, len(documents), 200):
        search.index(work, documents[first : first + 200])
    return time.process_time() - started


def _files(number: int) -> list[str]:
    return ["report.pdf"] if number % 50 == 0 else []


def _conversation(source: _Source, number: int) -> dict[str, Any]:
    at = FIRST + source.span * number * 2
    waits = number % source.step == 0
    return {
        **_blank(Conversation),
        "id": number,
        "contact_id": 1,
        "account_id": 1,
        "channel": "mail",
        "status": "spam" if number % 1000 == 5 else "open" if waits else "closed",
        "assignee_id": None,
        "due_at": END if waits else None,
        "waiting_since": END if waits else None,
        "created_at": at,
        "updated_at": at,
    }


def _message(source: _Source, number: int, conversation_id: int) -> dict[str, Any]:
    rare, at = number % SELDOM == 11, FIRST + source.span * number
    name = "Carol Ray" if rare else f"Person {number % 20_000}"
    author = {"kind": "mail", "value": f"{name.replace(' ', '.').lower()}@customer{number % 900}.example", "name": name}
    return {
        **_blank(Message),
        "id": number,
        "conversation_id": conversation_id,
        "account_id": 2 if number % SELDOM == 13 else 1,
        "direction": "in",
        "channel": "mail",
        "subject": f"Question {number}",
        "text": source.text(number),
        "people": {"from": author, "to": [{"kind": "mail", "value": "support@example.com", "name": "Support"}]},
        "at": at,
        "stored_at": at,
    }


@cache
def _blank(model: type[SQLModel]) -> dict[str, Any]:
    """Return a row's defaults, so that every row has the same keys."""
    fields = model.model_fields.items()
    return {name: field.get_default(call_default_factory=True) for name, field in fields if not field.is_required()} | {
        "id": None
    }


def measure(store: Store, rounds: int = 12) -> dict[str, dict[str, float]]:
    """Return for each question the p50 and p95 in ms, how many it found, and whether it could answer in full."""
    middle = _Source(1).words[2000:]
    measured = {}
    for name, question in QUESTIONS.items():
        asked = [question.format(middle=word) for word in middle[:rounds]]
        measured[name] = _timed(store, asked)
    return measured


def _timed(store: Store, asked: list[str]) -> dict[str, float]:
    times, results = [], search.Results()
    for question in asked:
        with store.reading() as session:
            started = time.perf_counter()
            results = search.search(session, question, now=END)
            times.append((time.perf_counter() - started) * 1000)
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20, method="inclusive")[-1]
    return {"p50": p50, "p95": p95, "hits": len(results.hits), "complete": results.complete}


def _told(measured: dict[str, dict[str, float]]) -> Iterator[str]:
    for name, row in measured.items():
        over = "" if row["p95"] <= LIMIT_MS else f"  over {LIMIT_MS:.0f} ms"
        full = "" if row["complete"] else "  gave up"
        yield f"{name:42} p50 {row['p50']:6.1f}  p95 {row['p95']:6.1f}  hits {row['hits']:3}{full}{over}"


def main(conversations: int, url: str) -> None:
    """Build where nothing is yet, measure, print."""
    store = Store(url, lambda: END)
    migrate.upgrade(store)
    with store.reading() as session:
        empty = session.execute(sa.select(sa.func.count()).select_from(Account)).scalar() == 0
    if empty:
        print(build(store, conversations))
    print("\n".join(_told(measure(store))))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
