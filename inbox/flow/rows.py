"""Rows made of what was read: pure, one function a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import Attachment, Handle, Inbound
from inbox.store import placing, search
from inbox.store.arrivals import ToRead
from inbox.store.placing import Talk
from inbox.store.tables import Account
from inbox.store.tools import clean

Row = dict[str, Any]

SNIPPET = 160
TEXT_LIMIT = 1_000_000
"""Characters of text kept in the message's row; all of it stays in the raw mail."""
LATE = timedelta(hours=1)
ELSEWHERE = "reply_elsewhere"
"""A mail asks for answers to an address of nobody known: they go to who wrote it."""


def pairs(inbound: Inbound) -> set[placing.Handle]:
    """Return everyone a message names."""
    everyone = (inbound.sender, inbound.reply_to, *inbound.to, *inbound.cc)
    return {(one.kind, one.value) for one in everyone if one}


def others(handles: Sequence[Handle], own: frozenset[str]) -> list[Handle]:
    """Return those that are not ourselves."""
    return [handle for handle in handles if not is_own(handle.value, own)]


def is_own(address: str, own: frozenset[str]) -> bool:
    """Whether an address is one of ours, with or without something behind a plus."""
    local, at, domain = address.rpartition("@")
    return address in own or f"{local.partition('+')[0]}{at}{domain}" in own


def channel(account: Account) -> str:
    """The channel's word for an account; the fake channel may pose as another."""
    return str(account.settings.get("poses_as") or account.kind)


def history_before(account: Account) -> datetime | None:
    """Return the time before which the account's mail is history that nobody waits for an answer to."""
    given = account.settings.get("history_before")
    if not given:
        return None
    moment = datetime.fromisoformat(str(given))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def snippet(inbound: Inbound) -> str:
    """Return the first words of a message on one line."""
    return " ".join((inbound.new_text or inbound.text)[: SNIPPET * 4].split())[:SNIPPET]


def contact(contact_id: int, name: str, language: str, now: datetime) -> Row:
    """Make a person's row."""
    return {
        "id": contact_id,
        "name": name[:200],
        "notes": "",
        "merged_into": None,
        "language": language,
        "created_at": now,
    }


def identity(contact_id: int, handle: Handle, now: datetime) -> Row:
    """Make the row of an address, number or handle."""
    return {
        "contact_id": contact_id,
        "kind": handle.kind,
        "value": handle.value,
        "name": handle.name[:200],
        "created_at": now,
    }


def conversation(talk: Talk, channel_name: str, now: datetime) -> Row:
    """Make the row of a new conversation; touching it fills in the rest."""
    return {
        "id": talk.id,
        "contact_id": talk.contact_id,
        "account_id": talk.account_id,
        "channel": channel_name,
        "subject": talk.subject[:1000],
        "snippet": "",
        "status": talk.status,
        "assignee_id": None,
        "due_at": None,
        "waiting_since": None,
        "version": 1,
        "merged_into": None,
        "created_at": now,
        "updated_at": talk.updated_at,
        "snoozed_until": None,
        "snoozed_by": None,
        "last_from": "",
        "replied_at": None,
    }


def flags(inbound: Inbound, item: ToRead, *, newcomer: bool) -> list[str]:
    """Return what a person should know about a message, as short keys."""
    late = item.stored_at - item.arrival.received_at > LATE
    return [*inbound.notes, *(["newcomer"] if newcomer else []), *(["late"] if late else [])]


def message(
    message_id: int,
    conversation_id: int,
    account: Account,
    item: ToRead,
    inbound: Inbound,
    author: int | None,
    message_flags: list[str],
    now: datetime,
) -> Row:
    """Make a message's row."""
    text, quoted = _split(inbound)
    return {
        "id": message_id,
        "conversation_id": conversation_id,
        "account_id": account.id,
        "kind": "message",
        "direction": inbound.direction,
        "channel": channel(account),
        "nature": str(inbound.nature),
        "contact_id": author,
        "teammate_id": None,
        "subject": inbound.subject[:1000],
        "text": text,
        "quoted": quoted,
        "has_html": bool(inbound.html),
        "external_id": item.arrival.external_id,
        "rfc_message_id": inbound.message_id,
        "vouched": False,
        "in_reply_to": inbound.references[0] if inbound.references else "",
        "fingerprint": inbound.fingerprint,
        "people": people(inbound),
        "flags": message_flags,
        "details": details(inbound),
        "raw_sha256": item.sha256,
        "at": min(item.arrival.received_at, now),
        "written_at": inbound.written_at,
        "stored_at": now,
    }


def details(inbound: Inbound) -> Row:
    """Return what else a message tells: delivery reports, where the writer's clock stands, what vouches for them."""
    told: Row = {"bounces": reports(inbound)} if inbound.bounces else {}
    told |= {"proof": inbound.proof} if inbound.proof else {}
    return told if inbound.offset is None else {**told, "offset": inbound.offset}


def _split(inbound: Inbound) -> tuple[str, str]:
    """Return the new text and what was set apart from it."""
    whole, new = clean(inbound.text), clean(inbound.new_text)
    if not new.strip():
        return whole[:TEXT_LIMIT], ""
    if whole.startswith(new):
        return new[:TEXT_LIMIT], whole[len(new) :].strip("\n")[:TEXT_LIMIT]
    return new[:TEXT_LIMIT], whole[:TEXT_LIMIT] if len(new) < len(whole) else ""


def people(inbound: Inbound) -> Row:
    """Return everyone a message names, as it is stored."""
    return {
        "from": _person(inbound.sender),
        "reply_to": _person(inbound.reply_to),
        "to": [_person(one) for one in inbound.to[:200]],
        "cc": [_person(one) for one in inbound.cc[:200]],
    }


def _person(handle: Handle | None) -> Row | None:
    return {"kind": handle.kind, "value": handle.value, "name": handle.name} if handle else None


def reports(inbound: Inbound) -> list[Row]:
    """Return the recipients of a delivery report, as they are stored."""
    return [
        {
            "recipient": clean(bounce.recipient),
            "status": clean(bounce.status),
            "permanent": bounce.permanent,
            "diagnostic": clean(bounce.diagnostic)[:500],
        }
        for bounce in inbound.bounces[:100]
    ]


def attachment(row_id: int, message_id: int, file: Attachment) -> Row:
    """Make the row of a file that came with a message."""
    return {
        "id": row_id,
        "message_id": message_id,
        "position": file.index,
        "filename": clean(file.filename),
        "content_type": clean(file.content_type)[:200],
        "size": file.size,
        "sha256": bytes.fromhex(file.sha256),
        "inline": file.inline,
        "content_id": clean(file.content_id)[:500],
        "blob_sha256": None,
    }


def document(row: Row, inbound: Inbound) -> search.Document:
    """Return what search finds a message by, as its row says it: subject, text without quoted tail, people, files."""
    return search.Document(
        message_id=row["id"],
        conversation_id=row["conversation_id"],
        subject=row["subject"],
        text=row["text"],
        people=row["people"],
        files=[file.filename for file in inbound.attachments],
        account_id=row["account_id"],
        at=row["at"],
    )


def own_addresses(account: Account) -> frozenset[str]:
    """Return the account's own addresses, lower case."""
    aliases = str(account.settings.get("aliases", "")).split(",")
    return frozenset(address.strip().lower() for address in (account.address, *aliases) if address.strip())
