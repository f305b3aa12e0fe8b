"""Make a large store of a smaller one at the database's own pace: every row is copied with new numbers and times.

Only SQLite; a million conversations are ten times a hundred thousand.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import SQLModel

from bench.world import TALKS, World
from inbox.store import search_facts as facts
from inbox.store.db import Store, Work
from inbox.store.search_words import BUCKET, BUCKET_BITS, DAY_BITS
from inbox.store.tables import (
    Attachment,
    Contact,
    Conversation,
    ConversationTag,
    Identity,
    Message,
    Wait,
    WaitStep,
)
from inbox.store.tools import chunked, table

# What becomes of a column in copy :copy; :talks, :messages and :people are how far ids move, :time how far times do,
# where nobody waits.
_CLOSED_TALK = "CASE WHEN due_at IS NULL THEN :time ELSE 0 END"
_CLOSED_MESSAGE = "CASE WHEN conversation_id % :step = 0 THEN 0 ELSE :time END"
_CLOSED_WAIT = "CASE WHEN closed_at IS NULL THEN 0 ELSE :time END"
CHANGED: dict[type[SQLModel], dict[str, str]] = {
    Contact: {"id": "id + :people"},
    Identity: {"id": "id + :people", "contact_id": "contact_id + :people", "value": "'copy' || :copy || value"},
    Conversation: {
        "id": "id + :talks",
        "contact_id": "contact_id + :people",
        "created_at": f"created_at + {_CLOSED_TALK}",
        "updated_at": f"updated_at + {_CLOSED_TALK}",
    },
    ConversationTag: {"conversation_id": "conversation_id + :talks"},
    Message: {
        "id": "id + :messages",
        "conversation_id": "conversation_id + :talks",
        "contact_id": "contact_id + :people",
        "external_id": "external_id || ';' || :copy",
        "rfc_message_id": "rfc_message_id || :copy",
        "at": f"at + {_CLOSED_MESSAGE}",
        "stored_at": f"stored_at + {_CLOSED_MESSAGE}",
    },
    Attachment: {"id": "id + :messages", "message_id": "message_id + :messages"},
    Wait: {
        "id": "id + :talks",
        "conversation_id": "conversation_id + :talks",
        "message_id": "message_id + :messages",
        "closing_message_id": "closing_message_id + :messages",
        "started_at": f"started_at + {_CLOSED_WAIT}",
        "due_at": f"due_at + {_CLOSED_WAIT}",
        "closed_at": "closed_at + :time",
    },
    WaitStep: {"id": "NULL", "wait_id": "wait_id + :talks"},
}
# By what each is picked, where that is not its own id; and how many there are for each conversation of the first ones.
KEY: dict[type[SQLModel], str] = {ConversationTag: "conversation_id", WaitStep: "wait_id"}
EACH: dict[type[SQLModel], float] = {Message: 2.0, Attachment: 2.0, Contact: 1 / TALKS, Identity: 1 / TALKS}

_WORDS = """INSERT INTO search (rowid, words)
    SELECT id + :messages, :mark || ((id + :messages) >> :bits) || rest FROM temp.streams ORDER BY id"""
_DAYS = "INSERT OR IGNORE INTO search_days SELECT DISTINCT at / 86400000000, id >> :bits FROM messages"


def multiply(store: Store, world: World) -> None:
    """Copy the first world.base conversations until there are as many as the world has."""
    base = world.base
    with store.unit_of_work() as work:
        _keep_streams(work, base)
    for copy in range(1, world.count // base):
        moved = {"copy": copy, "talks": copy * base, "messages": 2 * copy * base, "people": copy * base // TALKS}
        span = copy * base * world.span
        given = {**moved, "time": int(span.total_seconds()) * 1_000_000, "step": world.step}
        with store.unit_of_work() as work:
            for model, changed in CHANGED.items():
                work.session.execute(sa.text(_statement(model, changed, base)), given)
            work.session.execute(sa.text(_WORDS), {**moved, "mark": BUCKET, "bits": BUCKET_BITS})
    with store.unit_of_work() as work:
        work.session.execute(sa.text(_DAYS), {"bits": DAY_BITS})


def _statement(model: type[SQLModel], changed: dict[str, str], base: int) -> str:
    made = table(model)
    names = ", ".join(f'"{column.name}"' for column in made.columns)
    values = ", ".join(changed.get(column.name, f'"{column.name}"') for column in made.columns)
    key, last = KEY.get(model, "id"), int(base * EACH.get(model, 1.0))
    return f"INSERT INTO {made.name} ({names}) SELECT {values} FROM {made.name} WHERE {key} <= {last} ORDER BY {key}"  # noqa: S608 - our own words


def _keep_streams(work: Work, base: int) -> None:
    """Lay down what each message is found by, without the first word, which tells the run of ids it belongs to."""
    session = work.session
    session.execute(sa.text("CREATE TEMP TABLE streams (id INTEGER PRIMARY KEY, rest TEXT)"))
    put = sa.text("INSERT INTO temp.streams VALUES (:id, :rest)")
    for ids in chunked(range(1, 2 * base + 1)):
        rows = [{"id": number, "rest": text[text.index(" ") :]} for number, text in facts.streams(session, list(ids))]
        session.connection().execute(put, rows)
