"""A desk for tests of search: says in one line what is in the store, and asks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from inbox.store import search
from inbox.store.db import Store
from inbox.store.search import Document, Place, Results
from inbox.store.tables import Account, Attachment, Contact, Conversation, ConversationTag, Message

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Desk:
    """Says in one line what is in the store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.unit_of_work() as work:
            rows = [("support@example.com", "Support"), ("sales@example.com", "Sales desk")]
            for address, name in rows:
                work.session.add(Account(kind="mail", address=address, name=name, created_at=NOW))
            work.session.add(Contact(name="Somebody", created_at=NOW))

    def talk(self, *texts: str, tags: Iterable[str] = (), waiting: bool = False, **fields: Any) -> int:
        """Open a conversation, with a message for each text."""
        fields = {"status": "open", "account_id": 1, **fields}
        with self.store.unit_of_work() as work:
            row = Conversation(contact_id=1, channel="mail", created_at=NOW, updated_at=NOW, **fields)
            row.due_at = NOW + timedelta(hours=24) if waiting else None
            work.session.add(row)
            work.session.flush()
            assert row.id is not None
            work.session.add_all([ConversationTag(conversation_id=row.id, tag=tag) for tag in tags])
        for text in texts:
            self.say(row.id, text, account_id=fields["account_id"])
        return row.id

    def say(self, conversation_id: int, text: str, **fields: Any) -> int:
        """Add a message and index it."""
        files = fields.pop("files", [])
        fields = {"account_id": 1, "subject": "", "people": {}, "at": NOW, **fields}
        with self.store.unit_of_work() as work:
            row = Message(
                conversation_id=conversation_id, direction="in", channel="mail", text=text, stored_at=NOW, **fields
            )
            work.session.add(row)
            work.session.flush()
            assert row.id is not None
            for position, name in enumerate(files):
                work.session.add(_file(row.id, position, name))
            search.index(work, [Document(row.id, conversation_id, row.subject, text, row.people, files)])
        return row.id

    def search(self, query: str, limit: int = 50, before: Place | None = None) -> Results:
        with self.store.reading() as session:
            return search.search(session, query, now=NOW, limit=limit, before=before)

    def find(self, query: str) -> list[int]:
        """Return the conversations found, newest first, of a query without problems."""
        results = self.search(query)
        assert (results.problems, results.complete, results.next) == ([], True, None)
        return [hit.conversation_id for hit in results.hits]

    def work(self) -> Any:
        return self.store.unit_of_work()


def _file(message_id: int, position: int, name: str) -> Attachment:
    facts: dict[str, Any] = {"content_type": "application/pdf", "size": 1, "sha256": b""}
    return Attachment(message_id=message_id, position=position, filename=name, **facts)


def person(name: str, value: str) -> dict[str, str]:
    return {"kind": "mail", "name": name, "value": value}
