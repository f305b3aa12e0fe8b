"""Everything one batch of messages will write, gathered first and written in a few bulk statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inbox.store import arrivals, conversations, search, standins, waits
from inbox.store.db import SQLModel, Work
from inbox.store.placing import Said, Talk
from inbox.store.tables import Attachment, Awaited, Contact, Conversation, Identity, Message, Wait, WaitEvent
from inbox.store.tools import clean, insert_new

Row = dict[str, Any]


class Numbers:
    """Fresh ids of one table, taken from the store a handful at a time."""

    def __init__(self, work: Work, model: type[SQLModel], handful: int) -> None:
        self._work, self._model, self._handful = work, model, handful
        self._left: Iterator[int] = iter(())

    def take(self) -> int:
        """Return the next id."""
        for number in self._left:
            return number
        self._left = iter(self._work.ids(self._model, self._handful))
        return next(self._left)


@dataclass
class Plan:
    """Rows to insert, conversations to update, waits to change, arrivals to end.

    rewritten: messages that take the place of their stand-in; known: (conversation, nameless contact, who it was);
    subjects: (conversation, the stand-in's subject, the true one).
    """

    contacts: list[Row] = field(default_factory=list)
    identities: list[Row] = field(default_factory=list)
    conversations: dict[int, Row] = field(default_factory=dict)
    updates: dict[int, Row] = field(default_factory=dict)
    messages: list[Row] = field(default_factory=list)
    rewritten: list[Row] = field(default_factory=list)
    known: list[tuple[int, int, int]] = field(default_factory=list)
    subjects: list[tuple[int, str, str]] = field(default_factory=list)
    attachments: list[Row] = field(default_factory=list)
    awaited: list[Row] = field(default_factory=list)
    waits: dict[int, Row] = field(default_factory=dict)
    wait_updates: dict[int, Row] = field(default_factory=dict)
    wait_events: list[Row] = field(default_factory=list)
    endings: list[Row] = field(default_factory=list)
    documents: list[search.Document] = field(default_factory=list)
    bounces: list[tuple[int, Said, list[Row]]] = field(default_factory=list)

    def end(self, arrival_id: int, state: str, *, reason: str = "", message_id: int | None = None) -> None:
        """Say how an arrival ends."""
        self.endings.append(
            {"arrival_id": arrival_id, "state": state, "reason": clean(reason), "message_id": message_id}
        )

    def touch(self, talk: Talk, *, snippet: str, at: datetime) -> None:
        """Bring the conversation's row in step with what happened in it."""
        if at >= talk.updated_at:
            talk.updated_at, talk.snippet = at, snippet
        fresh = {
            "status": talk.status,
            "snippet": talk.snippet,
            "updated_at": talk.updated_at,
            "due_at": talk.wait.due_at if talk.wait else None,
            "waiting_since": talk.wait.started_at if talk.wait else None,
            "snoozed_until": talk.snoozed_until,
            "last_from": talk.last_from,
            "replied_at": talk.replied_at,
        }
        if talk.id in self.conversations:
            self.conversations[talk.id].update(fresh)
        else:
            self.updates[talk.id] = {"cid": talk.id, **fresh}

    def change_wait(self, wait_id: int, values: Row) -> None:
        """Change a wait's row, whether it is in the store already or only planned."""
        planned = self.waits.get(wait_id)
        if planned is not None:
            planned.update(values)
        else:
            self.wait_updates.setdefault(wait_id, {}).update(values)

    def write(self, work: Work) -> None:
        """Write it all, in the order the foreign keys ask for."""
        work.insert(Contact, self.contacts)
        insert_new(work, Identity, self.identities)
        work.insert(Conversation, list(self.conversations.values()))
        work.insert(Message, self.messages)
        self._write_standins(work)
        work.insert(Attachment, self.attachments)
        insert_new(work, Awaited, self.awaited)
        self._write_waits(work)
        conversations.update_many(work, list(self.updates.values()))
        arrivals.end(work, self.endings)
        search.index(work, self.documents)

    def _write_standins(self, work: Work) -> None:
        standins.rewrite(work, self.rewritten)
        for conversation_id, stranger, contact_id in self.known:
            standins.make_known(work, conversation_id, stranger, contact_id)
        for conversation_id, before, subject in self.subjects:
            standins.rename(work, conversation_id, before, subject)

    def _write_waits(self, work: Work) -> None:
        for wait_id, values in self.wait_updates.items():
            waits.update(work, wait_id, values)
        work.insert(Wait, list(self.waits.values()))
        work.insert(WaitEvent, self.wait_events)

    def new_wait(self, row: Row, at: datetime) -> None:
        """Plan a wait and the first event of its history."""
        self.waits[row["id"]] = row
        self.wait_events.append(waits.event_row(row["id"], "opened", at, message_id=row["message_id"]))
