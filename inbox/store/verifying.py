"""What must always be true of a store, as questions that return what breaks it.

Every question is asked for one range of ids at a time, so that memory stays bounded and a large store is walked by its
keys. They are text, since they are read more than they are composed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store import standins
from inbox.store.db import Store
from inbox.store.tables import Arrival, Blob, Wait, WaitEvent
from inbox.store.tools import table

SPAN = 20_000
"""Ids of one range."""
SHOWN = 10
"""Examples that are named of one kind of damage."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for: the damage in words, the rows (the first table named is walked), and what breaks one."""

    name: str
    broken: str
    rows: str
    breaks: str

    @property
    def table(self) -> str:
        """The table whose ids are walked."""
        return self.rows.split()[0]

    @property
    def query(self) -> sa.TextClause:
        """The ids within a range for which it is not as it must be."""
        key = f"{self.rows.split()[1]}.id"
        return sa.text(f"SELECT {key} FROM {self.rows} WHERE {key} >= :low AND {key} < :high AND ({self.breaks})")  # noqa: S608 - our own words


@dataclass(frozen=True, slots=True)
class Broken:
    """One kind of damage: how many rows, and some of their ids."""

    name: str
    sentence: str
    count: int
    examples: tuple[str, ...]


_REPLIED = """EXISTS (SELECT 1 FROM messages r WHERE r.conversation_id = m.conversation_id AND r.kind = 'message'
  AND r.direction = 'out' AND r.nature = 'person' AND r.at >= m.at AND NOT EXISTS (SELECT 1 FROM outbox o
  WHERE o.message_id = r.id AND o.kind = 'send' AND o.state <> 'sent'))"""
_COVERED = """EXISTS (SELECT 1 FROM waits w WHERE w.conversation_id = m.conversation_id AND w.started_at <= m.at
  AND (w.closed_at IS NULL OR w.closed_at >= m.at))"""
_SPLIT_OFF = """EXISTS (SELECT 1 FROM merges g WHERE g.into_id = m.conversation_id AND g.kind = 'split'
  AND g.at >= m.stored_at)"""

QUESTIONS = (
    Question(
        "every arrival ends as one thing",
        "arrivals have ended as nothing the ledger knows (law 2)",
        "arrivals a",
        """a.state NOT IN ('pending', 'threaded', 'duplicate', 'quarantined', 'ignored')
        OR (a.state IN ('quarantined', 'ignored') AND a.reason = '')""",
    ),
    Question(
        "arrivals name their message",
        "arrivals name a message that is not there",
        "arrivals a LEFT JOIN messages m ON m.id = a.message_id",
        "a.state IN ('threaded', 'duplicate') AND m.id IS NULL",
    ),
    Question(
        "messages are what arrived",
        "arrivals became a message that was made of other bytes",
        "arrivals a JOIN messages m ON m.id = a.message_id",
        "a.state = 'threaded' AND (m.raw_sha256 IS NULL OR m.raw_sha256 <> a.sha256)",
    ),
    Question(
        "one message an arrival",
        "messages repeat another message of the same arrival (law 4)",
        "messages m",
        """m.kind = 'message' AND m.direction = 'in' AND m.external_id <> '' AND EXISTS (SELECT 1 FROM messages t
        WHERE t.account_id = m.account_id AND t.external_id = m.external_id AND t.direction = 'in' AND t.id < m.id
        AND t.rfc_message_id = m.rfc_message_id)""",
    ),
    Question(
        "messages move with a merge",
        "messages were left behind in a conversation that was merged into another",
        "messages m JOIN conversations c ON c.id = m.conversation_id",
        "m.kind = 'message' AND c.merged_into IS NOT NULL",
    ),
    Question(
        "replies have a delivery",
        "replies of teammates are not in the outbox",
        "messages m",
        """m.kind = 'message' AND m.direction = 'out' AND m.teammate_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = m.id AND o.kind = 'send')""",
    ),
    Question(
        "nobody is forgotten",
        "people wrote after our last reply, and no wait says so (law 5)",
        "messages m JOIN conversations c ON c.id = m.conversation_id",
        f"""m.kind = 'message' AND m.direction = 'in' AND m.nature = 'person' AND c.status <> 'spam'
        AND c.merged_into IS NULL AND NOT {_COVERED} AND NOT {_REPLIED} AND NOT {_SPLIT_OFF}""",
    ),
    Question(
        "one open wait",
        "conversations have more than one open wait",
        "conversations c",
        "(SELECT count(*) FROM waits w WHERE w.conversation_id = c.id AND w.closed_at IS NULL) > 1",
    ),
    Question(
        "the list shows the wait",
        "conversations show another deadline than their open wait has",
        "conversations c LEFT JOIN waits w ON w.conversation_id = c.id AND w.closed_at IS NULL",
        """(w.id IS NULL AND (c.due_at IS NOT NULL OR c.waiting_since IS NOT NULL)) OR (w.id IS NOT NULL
        AND (c.due_at IS NULL OR c.due_at <> w.due_at OR c.waiting_since IS NULL
        OR c.waiting_since <> w.started_at))""",
    ),
    Question(
        "who waits is shown",
        "conversations are closed, spam or merged away while somebody waits in them",
        "conversations c JOIN waits w ON w.conversation_id = c.id AND w.closed_at IS NULL",
        "c.status <> 'open' OR c.merged_into IS NOT NULL",
    ),
    Question(
        "open waits stand where their message is",
        "open waits are in another conversation than the message that opened them",
        "waits w JOIN messages m ON m.id = w.message_id",
        "w.closed_at IS NULL AND m.conversation_id <> w.conversation_id",
    ),
    Question(
        "waits end by a cause",
        "waits ended without a cause, a reason or the reply that ended them",
        "waits w",
        """w.closed_at IS NOT NULL AND (w.cause IS NULL OR (w.cause = 'no_reply_needed' AND w.reason = '')
        OR (w.cause = 'replied' AND (w.closing_message_id IS NULL OR w.closed_at < w.started_at)))""",
    ),
    Question(
        "waits and their history agree",
        "waits are open or closed against what their history says",
        "waits w",
        """(w.closed_at IS NOT NULL) <> (COALESCE((SELECT e.kind FROM wait_events e WHERE e.wait_id = w.id
        AND e.kind <> 'moved' ORDER BY e.id DESC LIMIT 1), 'none') = 'closed')
        OR NOT EXISTS (SELECT 1 FROM wait_events e WHERE e.wait_id = w.id AND e.kind = 'opened')""",
    ),
    Question(
        "deadlines are not lost",
        "open waits will never ring again (law 6)",
        "waits w",
        "w.closed_at IS NULL AND w.next_step_at IS NULL",
    ),
    Question(
        "waits name their terms",
        "waits refer to terms that are not there",
        "waits w LEFT JOIN policy_versions v ON v.id = w.policy_version_id",
        "v.id IS NULL",
    ),
    Question(
        "deadlines ring once, in time",
        "steps rang before their time, or twice (law 6)",
        "wait_steps s",
        """s.rung_at < s.due_at OR EXISTS (SELECT 1 FROM wait_steps t
        WHERE t.wait_id = s.wait_id AND t.step = s.step AND t.id < s.id)""",
    ),
    Question(
        "the outbox is sound",
        "deliveries do not fit their message, or say they were sent without saying when",
        "outbox o JOIN messages m ON m.id = o.message_id",
        """m.direction <> 'out' OR m.conversation_id <> o.conversation_id
        OR (o.kind = 'send' AND o.state IN ('sent', 'bounced') AND o.accepted_at IS NULL)
        OR (o.state = 'sending') <> (o.lease_until IS NOT NULL)""",
    ),
    Question(
        "shifts follow each other",
        "shifts that were published overlap another, or leave a gap",
        "rota_shifts s",
        """EXISTS (SELECT 1 FROM rota_shifts o WHERE o.rota_id = s.rota_id AND o.id <> s.id
        AND o.starts_at < s.ends_at AND o.ends_at > s.starts_at)
        OR (EXISTS (SELECT 1 FROM rota_shifts o WHERE o.rota_id = s.rota_id AND o.starts_at > s.starts_at)
        AND NOT EXISTS (SELECT 1 FROM rota_shifts o WHERE o.rota_id = s.rota_id AND o.starts_at = s.ends_at))""",
    ),
    Question(
        "swaps that were taken hold",
        "swaps were taken by somebody who does not serve for it",
        "rota_swaps s LEFT JOIN rota_overrides o ON o.swap_id = s.id AND o.teammate_id = s.taker_id",
        """s.state = 'taken' AND (o.id IS NULL OR (s.in_return AND NOT EXISTS (SELECT 1 FROM rota_overrides b
        WHERE b.swap_id = s.id AND b.teammate_id = s.teammate_id AND b.instead_of_id = s.taker_id)))""",
    ),
)

_INDEX = {
    "sqlite": "messages m LEFT JOIN search_docsize s ON s.id = m.id",
    "postgresql": "messages m LEFT JOIN search s ON s.message_id = m.id",
}
_NOT_IN_INDEX = {"sqlite": "s.id IS NULL", "postgresql": "s.message_id IS NULL"}


def questions(dialect: str) -> list[Question]:
    """Return every question that is asked by ranges of ids."""
    missing = f"m.kind = 'message' AND {_NOT_IN_INDEX[dialect]}"
    told = "messages cannot be found by search"
    return [*QUESTIONS, Question("messages are in the index", told, _INDEX[dialect], missing)]


def ask(session: Session, question: Question) -> Broken | None:
    """Walk one question through the whole table; None when it is true everywhere."""
    highest = int(session.execute(sa.text(f"SELECT coalesce(max(id), 0) FROM {question.table}")).scalar_one())  # noqa: S608 - our own words
    count, examples = 0, list[str]()
    for low in range(0, highest + 1, SPAN):
        for row_id in session.execute(question.query, {"low": low, "high": low + SPAN}).scalars():
            count += 1
            if len(examples) < SHOWN:
                examples.append(str(row_id))
    return Broken(question.name, question.broken, count, tuple(examples)) if count else None


def causes(session: Session) -> Broken | None:
    """Compare the cause of each closed wait with the last closing in its history."""
    waits, events = table(Wait), table(WaitEvent)
    newest = sa.select(sa.func.max(events.c.id)).where(events.c.wait_id == waits.c.id, events.c.kind == "closed")
    query = (
        sa.select(waits.c.id)
        .join(events, events.c.id == newest.correlate(waits).scalar_subquery())
        .where(waits.c.cause.is_not(None), events.c.details["cause"].as_string() != waits.c.cause)
    )
    found = [str(row_id) for row_id in session.execute(query).scalars()]
    told = "waits name another cause than their history"
    return Broken("causes agree", told, len(found), tuple(found[:SHOWN])) if found else None


def unheard(session: Session) -> Broken | None:
    """Look for somebody in what could not be read, who waits and stands nowhere."""
    highest = session.execute(sa.select(sa.func.max(table(Arrival).c.id))).scalar() or 0
    found = [one for low in range(0, highest + 1, SPAN) for one in standins.unheard(session, low, low + SPAN)]
    told = "arrivals could not be read, and nothing stands for who wrote them: read them again (law 5)"
    shown = tuple(str(one) for one in found[:SHOWN])
    return Broken("what could not be read stands for somebody", told, len(found), shown) if found else None


def damaged_blobs(store: Store) -> Iterator[str]:
    """Hash all raw bytes again, one mail at a time, and return the names of those that changed."""
    blobs = table(Blob)
    last = b""
    while True:
        with store.reading() as session:
            query = sa.select(blobs.c.sha256, blobs.c.size).where(blobs.c.sha256 > last).order_by(blobs.c.sha256)
            page = session.execute(query.limit(500)).all()
            for sha256, size in page:
                data = session.execute(sa.select(blobs.c.data).where(blobs.c.sha256 == sha256)).scalar_one()
                if hashlib.sha256(data).digest() != sha256 or len(data) != size:
                    yield sha256.hex()
        if not page:
            return
        last = page[-1][0]


def damaged_file(session: Session) -> list[str]:
    """Ask SQLite itself about its file, its foreign keys and the numbering of changes; one sentence for each damage."""
    told = [str(row[0]) for row in session.execute(sa.text("PRAGMA integrity_check(20)"))]
    found = [f"SQLite says of its file: {sentence}." for sentence in told if sentence != "ok"]
    for name, row_id, parent, _ in session.execute(sa.text("PRAGMA foreign_key_check")).fetchmany(20):
        found.append(f"Row {row_id} of {name} names a row of {parent} that is not there.")
    last = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'changes'), 0)"
    if session.execute(sa.text(f"SELECT coalesce(max(seq), 0) > ({last}) FROM changes")).scalar():  # noqa: S608
        found.append("The numbering of changes is behind the changes: numbers would be given twice.")
    return found
