"""A past to look back on: waits that began and ended when a test says, in a store on either database."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import SQLModel

from inbox.store.db import Store, Work
from inbox.store.tables import Account, Contact, Conversation, Message, Teammate, Wait, WaitEvent, WaitStep

DAY = timedelta(hours=24)


@dataclass
class Past:
    """Writes what happened straight into the store."""

    store: Store
    people: dict[str, int] = field(default_factory=dict)
    account: int = 0
    contact: int = 0
    messages: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.store.unit_of_work() as work:
            made = Account(kind="mail", address="support@example.com", created_at=work.now)
            self.account = self.account or self._add(work, made)
            self.contact = self._add(work, Contact(name="Carol Diaz", created_at=work.now))

    def teammate(self, name: str, role: str = "member", **more: Any) -> int:
        if name not in self.people:
            with self.store.unit_of_work() as work:
                row = Teammate(name=name, mail=f"{name.lower()}@example.com", role=role, created_at=work.now, **more)
                self.people[name] = self._add(work, row)
        return self.people[name]

    def talk(self, channel: str = "mail", assignee: str = "", subject: str = "Can't export my board") -> int:
        """Return a conversation of its own, with one message in it."""
        assignee_id = self.teammate(assignee) if assignee else None
        with self.store.unit_of_work() as work:
            more: dict[str, Any] = {"account_id": self.account, "channel": channel, "subject": subject}
            row = Conversation(
                contact_id=self.contact,
                assignee_id=assignee_id,
                created_at=work.now,
                updated_at=work.now,
                **more,
            )
            talk = self._add(work, row)
            first = Message(conversation_id=talk, direction="in", at=work.now, stored_at=work.now, **more)
            self.messages[talk] = self._add(work, first)
        return talk

    def wait(
        self,
        at: datetime,
        took: float | None = None,
        *,
        cause: str = "",
        by: str = "",
        talk: int = 0,
        channel: str = "mail",
        assignee: str = "",
        hours: float = 24,
        **more: Any,
    ) -> int:
        """Let somebody wait from `at`. took: hours until the end, None while they still wait."""
        talk = talk or self.talk(channel, assignee)
        ended = at + timedelta(hours=took) if took is not None else None
        closed_by = self.teammate(by) if by else None
        cause = cause or ("replied" if ended else "")
        reason = "They only said thanks." if cause == "no_reply_needed" else ""
        with self.store.unit_of_work() as work:
            row = Wait(
                conversation_id=talk,
                account_id=self.account,
                message_id=self.messages[talk],
                kind="first",
                started_at=at,
                due_at=at + timedelta(hours=hours),
                closed_at=ended,
                cause=cause or None,
                closed_by=closed_by,
                **{"reason": reason, **more},
            )
            wait_id = self._add(work, row)
            work.insert(WaitEvent, [{"wait_id": wait_id, "kind": "opened", "at": at, "details": {}}])
            if ended is None:
                conversation = work.session.get_one(Conversation, talk)
                conversation.due_at, conversation.waiting_since = row.due_at, row.started_at
        return wait_id

    def ring(self, wait_id: int, step: str, at: datetime) -> None:
        with self.store.unit_of_work() as work:
            work.insert(WaitStep, [{"wait_id": wait_id, "step": step, "due_at": at, "rung_at": at}])

    def crowd(self, at: datetime, number: int, every: timedelta, *, took: timedelta = timedelta(hours=3)) -> None:
        """Let very many people wait, one after another, in one conversation."""
        talk = self.talk()
        rows = [
            {
                "conversation_id": talk,
                "account_id": self.account,
                "message_id": self.messages[talk],
                "kind": "next",
                "started_at": at + every * place,
                "due_at": at + every * place + DAY,
                "late": False,
                "closed_at": at + every * place + took,
                "cause": "replied",
                "reason": "",
            }
            for place in range(number)
        ]
        with self.store.unit_of_work() as work:
            work.insert(Wait, rows)

    @staticmethod
    def _add(work: Work, row: SQLModel) -> int:
        work.session.add(row)
        work.session.flush()
        made: int = row.id  # type: ignore[attr-defined]
        return made
