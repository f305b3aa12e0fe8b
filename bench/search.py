"""Search at size: a store of invented conversations, and how long questions take.

python -m bench.search 100000 sqlite:////somewhere/search.db
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterator

import sqlalchemy as sa

from bench import fill
from bench.watch import percentiles
from bench.world import END, World
from inbox.store import migrate, search
from inbox.store.db import Store
from inbox.store.tables import Account

WAITING = 200
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


def measure(store: Store, rounds: int = 12) -> dict[str, dict[str, float]]:
    """Return for each question the p50 and p95 in ms, how many it found, and whether it could answer in full."""
    middle = World(1, 1).words[2000:]
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
    p50, p95 = percentiles(times)
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
        print(fill.build(store, conversations, waiting=WAITING))
    print("\n".join(_told(measure(store))))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")
    store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
