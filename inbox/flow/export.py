"""Every conversation in words that any program can read; docs/operations.md describes the shape.

Files are named by their hashes, not contained; what the team noted is contained.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from inbox.store import accounts, exporting, teammates
from inbox.store.db import Store
from inbox.store.exporting import Page
from inbox.store.tables import Attachment, Conversation, Message, Wait

FORMAT = "under24.export.1"


def lines(store: Store) -> Iterator[dict[str, Any]]:
    """Return one object a conversation, as of one moment."""
    with store.reading() as session:
        team = teammates.names(session)
        addresses = {account.id: account.address for account in accounts.all_accounts(session)}
        for page in exporting.pages(session):
            for conversation in page.conversations:
                yield conversation_of(page, conversation, team, addresses.get(conversation.account_id, ""))


def conversation_of(page: Page, row: Conversation, team: dict[int, str], account: str) -> dict[str, Any]:
    """Put one conversation into the words of the export."""
    row_id = row.id or 0
    return {
        "format": FORMAT,
        "id": row_id,
        "channel": row.channel,
        "account": account,
        "subject": row.subject,
        "status": row.status,
        "assignee": team.get(row.assignee_id or 0),
        "tags": page.tags.get(row_id, []),
        "contact": _person(page, row.contact_id),
        "created_at": _time(row.created_at),
        "updated_at": _time(row.updated_at),
        "waits": [_wait(wait, team) for wait in page.waits.get(row_id, [])],
        "messages": [_message(page, message, team) for message in page.messages.get(row_id, [])],
    }


def _person(page: Page, contact_id: int) -> dict[str, Any]:
    contact = page.contacts.get(contact_id)
    known = page.identities.get(contact_id, [])
    return {
        "id": contact_id,
        "name": contact.name if contact else "",
        "notes": contact.notes if contact else "",
        "identities": [{"kind": one.kind, "value": one.value, "name": one.name} for one in known],
    }


def _message(page: Page, row: Message, team: dict[int, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "direction": row.direction,
        "nature": row.nature,
        "author": team.get(row.teammate_id or 0),
        "people": row.people,
        "subject": row.subject,
        "text": row.text,
        "quoted": row.quoted,
        "message_id": row.rfc_message_id,
        "in_reply_to": row.in_reply_to,
        "flags": row.flags,
        "details": row.details,
        "raw_sha256": row.raw_sha256.hex() if row.raw_sha256 else None,
        "at": _time(row.at),
        "stored_at": _time(row.stored_at),
        "attachments": [_file(file) for file in page.attachments.get(row.id or 0, [])],
    }


def _file(row: Attachment) -> dict[str, Any]:
    named = {"filename": row.filename, "content_type": row.content_type, "size": row.size}
    return {**named, "sha256": row.sha256.hex(), "inline": row.inline}


def _wait(row: Wait, team: dict[int, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "message_id": row.message_id,
        "started_at": _time(row.started_at),
        "due_at": _time(row.due_at),
        "closed_at": _time(row.closed_at),
        "cause": row.cause,
        "reason": row.reason,
        "closed_by": team.get(row.closed_by or 0),
    }


def _time(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
