"""Answer a conversation, or leave a note in it. A reply is a row in the outbox before it is anything else."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from connectors.contract import File, Handle
from inbox.flow.errors import ConflictError, NotFoundError, RefusedError
from inbox.flow.place import own_addresses
from inbox.flow.rows import SNIPPET, others
from inbox.store import conversations, messages, outbox, search
from inbox.store.db import Work
from inbox.store.tables import Account, Attachment, Blob, Conversation, Delivery, Message, Teammate
from inbox.store.tools import clean, insert_new
from inbox.vault import Vault

MAX_FILES_BYTES = 25 * 1024 * 1024
MAX_LENGTH = 200_000
REFERENCES = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply as a teammate wrote it.

    key: unique to this act of sending; the same key twice is one reply. to: empty for the contact. expected_version:
    the conversation's version when the composer was opened; a newer one stops the send. close: also close it.
    """

    conversation_id: int
    teammate_id: int
    markdown: str
    key: str
    to: tuple[Handle, ...] = ()
    cc: tuple[Handle, ...] = ()
    files: tuple[File, ...] = ()
    expected_version: int | None = None
    close: bool = False


def queue_reply(work: Work, vault: Vault, draft: Draft) -> int:
    """Queue a public reply and return its message id.

    NotFoundError, ConflictError (something new arrived), RefusedError (empty, too large, nobody to write to).
    """
    known = outbox.by_key(work.session, draft.key)
    if known is not None:
        return known.message_id or 0
    conversation = _conversation(work, draft.conversation_id)
    if draft.expected_version is not None and conversation.version != draft.expected_version:
        raise ConflictError("Something new arrived while you were writing. Read it first, then send or discard yours.")
    _check(draft)
    account = work.session.get_one(Account, conversation.account_id)
    to = draft.to or (_answer_to(work, conversation, account),)
    payload = _payload(work, vault, conversation, account, draft, to)
    message = _message(work, conversation, account, draft, payload)
    blobs = _keep_files(work, message, draft.files)
    _queue(work, conversation, message, draft.key, {**payload, "files": blobs})
    _touch(work, conversation, message)
    if draft.close:
        conversation.status = "closed"
        work.announce("conversation.closed", conversation_id=conversation.id, teammate_id=draft.teammate_id)
    return _id(message)


def add_note(work: Work, conversation_id: int, by: int, markdown: str) -> int:
    """Add an internal note; it answers nobody and closes no wait."""
    if not markdown.strip():
        raise RefusedError("The note is empty.")
    conversation = _conversation(work, conversation_id)
    message = Message(
        conversation_id=conversation_id,
        account_id=conversation.account_id,
        kind="note",
        direction="none",
        channel=conversation.channel,
        teammate_id=by,
        text=clean(markdown[:MAX_LENGTH]),
        at=work.now,
        stored_at=work.now,
    )
    work.session.add(message)
    work.session.flush()
    conversation.version += 1
    conversation.updated_at = max(conversation.updated_at, work.now)
    _index(work, message, [])
    work.announce("message.note", conversation_id=conversation_id, teammate_id=by, message_id=message.id)
    return _id(message)


def _conversation(work: Work, conversation_id: int) -> Conversation:
    conversation = conversations.lock(work, conversation_id)
    work.read_clock()
    if conversation is None:
        raise NotFoundError("This conversation is not there any more.")
    if conversation.merged_into is not None:
        raise RefusedError("This conversation was merged into another; answer there.")
    return conversation


def _check(draft: Draft) -> None:
    if not draft.markdown.strip() and not draft.files:
        raise RefusedError("The reply is empty.")
    if len(draft.markdown) > MAX_LENGTH:
        raise RefusedError("The reply is too long to send as a message; attach it as a file instead.")
    if sum(len(file.data) for file in draft.files) > MAX_FILES_BYTES:
        raise RefusedError("The files are larger than 25 MB together; most mail servers refuse that.")


def _answer_to(work: Work, conversation: Conversation, account: Account) -> Handle:
    """Return whom to answer: where the newest message of the contact asks for, else the contact's own address."""
    newest = messages.newest_from_contact(work.session, conversation.id or 0)
    if newest is not None:
        wanted = newest.people.get("reply_to") or newest.people.get("from")
        if wanted and others([Handle(**wanted)], own_addresses(account)):
            return Handle(**wanted)
    identity = messages.identity_of(work.session, conversation.contact_id, account.kind)
    if identity is None:
        raise RefusedError("There is no address to answer to: nobody is named as the sender.")
    return Handle(identity.kind, identity.value, identity.name)


def _payload(
    work: Work, vault: Vault, conversation: Conversation, account: Account, draft: Draft, to: tuple[Handle, ...]
) -> dict[str, Any]:
    """Fix everything that identifies the message, so that every try sends the same one."""
    thread = messages.reference_chain(work.session, conversation.id or 0, REFERENCES)
    domain = account.address.rpartition("@")[2] or "under24.invalid"
    author = work.session.get_one(Teammate, draft.teammate_id)
    return {
        "to": [_handle(handle) for handle in to],
        "cc": [_handle(handle) for handle in draft.cc],
        "subject": _subject(work, conversation),
        "markdown": clean(draft.markdown),
        "author_name": author.name,
        "message_id": f"{secrets.token_hex(16)}@{domain}",
        "in_reply_to": thread[-1] if thread else "",
        "references": thread,
        "reply_token": vault.conversation_token(conversation.id or 0, account.address),
        "written_at": work.now.isoformat(),
    }


def _subject(work: Work, conversation: Conversation) -> str:
    newest = messages.newest_from_contact(work.session, conversation.id or 0)
    subject = (newest.subject if newest and newest.subject else conversation.subject).strip()
    if not subject:
        return "Your message"
    return subject if subject.lower().startswith("re:") else f"Re: {subject}"


def _handle(handle: Handle) -> dict[str, str]:
    return {"kind": handle.kind, "value": handle.value, "name": handle.name}


def _message(
    work: Work, conversation: Conversation, account: Account, draft: Draft, payload: dict[str, Any]
) -> Message:
    message = Message(
        conversation_id=conversation.id or 0,
        account_id=conversation.account_id,
        kind="message",
        direction="out",
        channel=conversation.channel,
        teammate_id=draft.teammate_id,
        subject=payload["subject"],
        text=payload["markdown"],
        rfc_message_id=payload["message_id"],
        vouched=True,
        in_reply_to=payload["in_reply_to"],
        people={
            "from": {"kind": account.kind, "value": account.address, "name": account.name},
            "reply_to": None,
            "to": payload["to"],
            "cc": payload["cc"],
        },
        at=work.now,
        written_at=work.now,
        stored_at=work.now,
    )
    work.session.add(message)
    work.session.flush()
    _index(work, message, [file.filename for file in draft.files])
    return message


def _index(work: Work, message: Message, files: list[str]) -> None:
    found = search.Document(
        _id(message),
        message.conversation_id,
        message.subject,
        message.text,
        message.people,
        files,
        message.account_id,
        message.at,
    )
    search.index(work, [found])


def _keep_files(work: Work, message: Message, files: tuple[File, ...]) -> list[dict[str, str]]:
    """Store the files under their hash; the outbox names them, the message lists them."""
    kept = []
    for position, file in enumerate(files):
        sha256 = hashlib.sha256(file.data).digest()
        insert_new(work, Blob, [{"sha256": sha256, "size": len(file.data), "data": file.data}])
        row = Attachment(
            message_id=_id(message),
            position=position,
            filename=file.filename,
            content_type=file.content_type,
            size=len(file.data),
            sha256=sha256,
            blob_sha256=sha256,
        )
        work.session.add(row)
        kept.append({"filename": file.filename, "content_type": file.content_type, "sha256": sha256.hex()})
    return kept


def _queue(work: Work, conversation: Conversation, message: Message, key: str, payload: dict[str, Any]) -> None:
    delivery = Delivery(
        key=key,
        kind="send",
        account_id=conversation.account_id,
        conversation_id=message.conversation_id,
        message_id=_id(message),
        payload=payload,
        not_before=work.now,
        created_at=work.now,
    )
    work.session.add(delivery)
    work.session.flush()


def _touch(work: Work, conversation: Conversation, message: Message) -> None:
    conversation.version += 1
    conversation.updated_at = max(conversation.updated_at, work.now)
    conversation.snippet = " ".join(message.text[: SNIPPET * 4].split())[:SNIPPET]
    work.announce(
        "message.queued", conversation_id=conversation.id, teammate_id=message.teammate_id, message_id=message.id
    )


def _id(message: Message) -> int:
    if message.id is None:
        raise ValueError("The message was not stored yet.")
    return message.id
