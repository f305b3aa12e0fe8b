"""A store full of invented conversations, every table in step: people, conversations, messages, waits, the index.

Each conversation is a question and what came after it: our reply, which closed the wait, or a second question while the
wait is open.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from bench.copies import multiply
from bench.world import BASE, DAY, END, FIRST, TALKS, World, person
from inbox.store import search
from inbox.store.db import Store, Work
from inbox.store.search import Document
from inbox.store.tables import (
    Account,
    Attachment,
    Contact,
    Conversation,
    ConversationTag,
    Identity,
    Message,
    Teammate,
    Wait,
    WaitStep,
)
from rules.escalation import DEFAULT as LADDER
from rules.escalation import next_at, ringing

BATCH = 2000
SELDOM = 5000  # one message in so many is what a rare filter asks for
ACCOUNTS = (("support@example.com", "Support"), ("sales@example.com", "Sales"))
TEAM = ("Grace", "Linus")

# What follows from the rows that were written, too much of it to write row by row.
REST = """
INSERT INTO wait_events (wait_id, kind, at, details) SELECT id, 'opened', started_at, '{}' FROM waits ORDER BY id;
INSERT INTO wait_events (wait_id, kind, at, details)
    SELECT id, 'closed', closed_at, '{}' FROM waits WHERE closed_at IS NOT NULL ORDER BY id;
INSERT INTO outbox (id, key, kind, account_id, conversation_id, message_id, payload, state, tries, not_before, lease,
    external_id, error, accepted_at, created_at)
    SELECT id, 'bench-' || id, 'send', account_id, conversation_id, id, '{}', 'sent', 1, at, '', '', '', at, at
    FROM messages WHERE direction = 'out' ORDER BY id
"""

Row = dict[str, Any]


def build(store: Store, conversations: int, *, waiting: int = 0, base: int = BASE) -> dict[str, float]:
    """Fill an empty, migrated store, in which `waiting` people wait (2 % when 0).

    Returns the seconds it took, and the CPU of search.index() a message in µs.
    """
    started = time.perf_counter()
    world, spent = World(conversations, waiting or max(1, conversations // 50), base), 0.0
    with hasty(store):
        with store.unit_of_work() as work:
            _found(work)
        copied = store.dialect == "sqlite" and conversations > base and conversations % base == 0
        written = base if copied else conversations
        for first in range(1, written + 1, BATCH):
            with store.unit_of_work() as work:
                spent += _write(work, world, range(first, min(first + BATCH, written + 1)))
        if copied:
            multiply(store, world)
        with store.unit_of_work() as work:
            for statement in REST.split(";"):
                work.session.execute(sa.text(statement))
    return {"seconds": time.perf_counter() - started, "index_us": spent / (2 * written) * 1e6}


@contextmanager
def hasty(store: Store) -> Iterator[None]:
    """Let SQLite not wait for the disk meanwhile; bring the planner's statistics up to date."""
    if store.dialect == "sqlite":
        with store.writer.connect() as connection:
            raw = connection.connection.driver_connection
            if raw is None:
                raise ConnectionError("There is no connection to SQLite.")
            raw.execute("PRAGMA synchronous = OFF")
            raw.execute("PRAGMA foreign_keys = OFF")
            raw.execute("PRAGMA cache_size = -262144")
        yield
        store.writer.dispose()  # the next connection is careful again
    else:
        yield
        with store.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE"))


def _found(work: Work) -> None:
    accounts = enumerate(ACCOUNTS, start=1)
    made = [
        {"id": number, "kind": "mail", "address": at, "name": name, "created_at": END}
        for number, (at, name) in accounts
    ]
    work.insert(Account, [blank(Account) | row for row in made])
    team = enumerate(TEAM, start=1)
    people = [
        {"id": number, "name": name, "mail": f"{name.lower()}@example.com", "role": "founder", "created_at": FIRST}
        for number, name in team
    ]
    work.insert(Teammate, [blank(Teammate) | row for row in people])


def _write(work: Work, world: World, numbers: range) -> float:
    persons = sorted({person(number) for number in numbers if number % TALKS == 1 or number == numbers.start})
    persons = [one for one in persons if (one - 1) * TALKS + 1 >= numbers.start]
    work.insert(Contact, [_contact(one) for one in persons])
    work.insert(Identity, [_identity(one) for one in persons])
    work.insert(Conversation, [_conversation(world, number) for number in numbers])
    tagged = [(number, "seldom") for number in numbers if number % (SELDOM // 2) == 7]
    tagged += [(number, "vip") for number in numbers if number % 20 == 3]
    work.insert(ConversationTag, [{"conversation_id": number, "tag": tag} for number, tag in tagged])
    messages = [_message(world, number, second=second) for number in numbers for second in (False, True)]
    work.insert(Message, messages)
    work.insert(Attachment, [_attachment(row["id"]) for row in messages if _files(row["id"])])
    work.insert(Wait, [_wait(world, number) for number in numbers])
    work.insert(WaitStep, [step for number in numbers if world.waits(number) for step in _steps(world, number)])
    return _index(work, messages)


def _index(work: Work, messages: list[Row]) -> float:
    documents = [
        Document(
            message_id=row["id"],
            conversation_id=row["conversation_id"],
            subject=row["subject"],
            text=row["text"],
            people=row["people"],
            files=_files(row["id"]),
            account_id=row["account_id"],
            at=row["at"],
        )
        for row in messages
    ]
    started = time.process_time()
    for first in range(0, len(documents), 200):
        search.index(work, documents[first : first + 200])
    return time.process_time() - started


def _handle(contact: int) -> Row:
    return {"kind": "mail", "value": f"person{contact}@customer{contact % 900}.example", "name": f"Person {contact}"}


def _contact(number: int) -> Row:
    return {"id": number, "name": f"Person {number}", "notes": "", "merged_into": None, "created_at": FIRST}


def _identity(number: int) -> Row:
    return {"id": number, "contact_id": number, "created_at": FIRST, **_handle(number)}


def _conversation(world: World, number: int) -> Row:
    at, waits, status = world.asked_at(number), world.waits(number), world.status(number)
    return {
        **blank(Conversation),
        "id": number,
        "contact_id": person(number),
        "account_id": 1,
        "channel": "mail",
        "subject": f"Question {number}",
        "snippet": world.text(2 * number)[:160],
        "status": status,
        "assignee_id": 1 + number % 2 if number % 3 == 0 else None,
        "due_at": at + DAY if waits else None,
        "waiting_since": at if waits else None,
        "version": 2,
        "created_at": at,
        "updated_at": world.answered_at(number),
    }


def _message(world: World, conversation: int, *, second: bool) -> Row:
    number = 2 * conversation - 1 + second
    at = world.answered_at(conversation) if second else world.asked_at(conversation)
    rare, ours = number % SELDOM == 11, second and world.status(conversation) == "closed"
    author = _handle(person(conversation)) | ({"name": "Carol Ray", "value": "carol@ray.example"} if rare else {})
    support = {"kind": "mail", "value": ACCOUNTS[0][0], "name": ACCOUNTS[0][1]}
    return {
        **blank(Message),
        "id": number,
        "conversation_id": conversation,
        "account_id": 2 if number % SELDOM == 13 else 1,
        "direction": "out" if ours else "in",
        "channel": "mail",
        "contact_id": None if ours else person(conversation),
        "teammate_id": 1 + conversation % 2 if ours else None,
        "subject": f"Re: Question {conversation}" if second else f"Question {conversation}",
        "text": world.text(number),
        "external_id": "" if ours else f"INBOX;1;{number}",
        "rfc_message_id": f"m{number}.{number * 2654435761 % 2**32:08x}@example.com",
        "vouched": ours,
        "people": {
            "from": support if ours else author,
            "to": [author if ours else support],
            "cc": [],
            "reply_to": None,
        },
        "at": at,
        "stored_at": at,
    }


def _files(message: int) -> list[str]:
    return ["report.pdf"] if message % 50 == 0 else []


def _attachment(message: int) -> Row:
    size = {"size": 1000, "sha256": message.to_bytes(32, "big"), "content_type": "application/pdf"}
    return {**blank(Attachment), "id": message, "message_id": message, "position": 0, "filename": "report.pdf", **size}


def _wait(world: World, number: int) -> Row:
    at, status = world.asked_at(number), world.status(number)
    is_open = status == "open"
    cause = {"open": None, "closed": "replied", "spam": "spam"}[status]
    return {
        **blank(Wait),
        "id": number,
        "conversation_id": number,
        "account_id": 1,
        "message_id": 2 * number - 1,
        "kind": "first",
        "started_at": at,
        "due_at": at + DAY,
        "next_step_at": next_at(LADDER, at + DAY, None, _rung(at + DAY)) if is_open else None,
        "closed_at": None if is_open else world.answered_at(number),
        "cause": cause,
        "closing_message_id": 2 * number if cause == "replied" else None,
    }


def _rung(due_at: datetime) -> list[str]:
    return [step.name for step in ringing(LADDER, due_at, None, (), END)]


def _steps(world: World, number: int) -> list[Row]:
    """Return the deadlines of a wait that have rung."""
    rung = ringing(LADDER, world.asked_at(number) + DAY, None, (), END)
    return [{"wait_id": number, "step": step.name, "due_at": step.at, "rung_at": step.at} for step in rung]


@cache
def blank(model: type[SQLModel]) -> Row:
    """Return a row's defaults, so that every row has the same keys."""
    fields = model.model_fields.items()
    defaults = {name: field.get_default(call_default_factory=True) for name, field in fields if not field.is_required()}
    return defaults | {"id": None}
