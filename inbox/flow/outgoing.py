"""The rows of a message that goes out: what identifies it is fixed here, so that every try sends the same one."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from connectors.contract import File, Handle
from inbox.flow import business
from inbox.flow.errors import RefusedError
from inbox.flow.rows import ELSEWHERE, SNIPPET, others, own_addresses
from inbox.say import say
from inbox.store import acknowledgements, messages, search, signatures
from inbox.store.db import Session, Work
from inbox.store.tables import Account, Attachment, Blob, Conversation, Delivery, DraftFile, Message, Teammate
from inbox.store.tools import clean, insert_new
from inbox.vault import Vault
from rules import variables

if TYPE_CHECKING:
    from inbox.flow.reply import Draft

REFERENCES = 20


def answer_to(work: Work, conversation: Conversation, account: Account) -> Handle:
    """Return whom to answer: where the newest message of the contact asks for, else the contact's own address."""
    newest = messages.newest_from_contact(work.session, conversation.id or 0)
    if newest is not None:
        wanted = asks_for(newest)
        if wanted and others([Handle(**wanted)], own_addresses(account)):
            return Handle(**wanted)
    identity = messages.identity_of(work.session, conversation.contact_id, account.kind)
    if identity is None:
        raise RefusedError(say("There is no address to answer to: nobody is named as the sender."))
    return Handle(identity.kind, identity.value, identity.name)


def asks_for(message: Message) -> dict[str, str] | None:
    """Return where a message asks for answers, as far as that is believed; None where nobody is named."""
    elsewhere = None if ELSEWHERE in message.flags else message.people.get("reply_to")
    return elsewhere or message.people.get("from")


def payload(
    work: Work, vault: Vault, conversation: Conversation, account: Account, draft: Draft, to: tuple[Handle, ...]
) -> dict[str, Any]:
    """Return what the channel is told. A forwarded message is a mail of its own: it continues no thread of theirs."""
    thread = [] if draft.forward else messages.reference_chain(work.session, conversation.id or 0, REFERENCES)
    author = work.session.get_one(Teammate, draft.teammate_id)
    signature = signed(work.session, conversation.channel, account, author)
    return {
        "to": [_handle(handle) for handle in to],
        "cc": [_handle(handle) for handle in draft.cc],
        "subject": subject(work, conversation, forward=draft.forward),
        "markdown": clean(draft.markdown) + (f"\n\n{signature}" if signature else ""),
        "author_name": author.name,
        "message_id": new_id(account),
        "in_reply_to": thread[-1] if thread else "",
        "references": thread,
        "reply_token": vault.conversation_token(conversation.id or 0, account.address),
        "written_at": (draft.send_at or work.now).isoformat(),
        "close": draft.close,
        "snooze": draft.snooze.isoformat() if draft.snooze else "",
        "scheduled": draft.send_at is not None,
    }


def new_id(account: Account) -> str:
    """Return a Message-ID of our own, without brackets: nobody can guess it, so that it proves an echo to be ours."""
    return f"{secrets.token_hex(16)}@{account.address.rpartition('@')[2] or 'under24.invalid'}"


def signed(session: Session, channel: str, account: Account, author: Teammate) -> str:
    """Return the signature under a teammate's mail, behind the line that mail programs know it by; "" for none."""
    if channel != "mail":
        return ""
    text = signatures.of(session, author.id or 0, account.id or 0)
    known = {
        "me.name": author.name,
        "me.first_name": variables.first_name(author.name),
        "account.name": account.name,
        "account.address": account.address,
        **business.variables(business.read(session)),
    }
    return f"-- \n{variables.fill(text, known)}" if text.strip() else ""


def subject(work: Work, conversation: Conversation, *, forward: bool = False) -> str:
    """Return the subject of the next mail."""
    newest = messages.newest_from_contact(work.session, conversation.id or 0)
    found = (newest.subject if newest and newest.subject else conversation.subject).strip()
    if not found:
        return "Your message"
    prefix = "Fwd: " if forward else "Re: "
    return found if found.lower().startswith(prefix.lower().strip()) else f"{prefix}{found}"


def _handle(handle: Handle) -> dict[str, str]:
    return {"kind": handle.kind, "value": handle.value, "name": handle.name}


def add_message(
    work: Work, conversation: Conversation, account: Account, draft: Draft, told: dict[str, Any], filenames: list[str]
) -> Message:
    """Write a teammate's message into the timeline. What was added by itself (the signature) stands folded below."""
    text = clean(draft.markdown)
    message = message_of(work, conversation, account, told, text)
    message.nature = "forward" if draft.forward else "person"
    message.teammate_id = draft.teammate_id
    message.quoted = told["markdown"][len(text) :].strip("\n")
    return enter(work, message, filenames)


def message_of(work: Work, conversation: Conversation, account: Account, told: dict[str, Any], text: str) -> Message:
    """Make the row of a message that goes out from an account."""
    return Message(
        conversation_id=conversation.id or 0,
        account_id=account.id or 0,
        direction="out",
        channel=conversation.channel,
        subject=told["subject"],
        text=text,
        rfc_message_id=told["message_id"],
        vouched=True,
        in_reply_to=told["in_reply_to"],
        people={
            "from": {"kind": account.kind, "value": account.address, "name": account.name},
            "reply_to": None,
            "to": told["to"],
            "cc": told["cc"],
        },
        at=work.now,
        written_at=work.now,
        stored_at=work.now,
    )


def enter(work: Work, message: Message, filenames: list[str]) -> Message:
    """Keep a message, and make it findable."""
    work.session.add(message)
    work.session.flush()
    index(work, message, filenames)
    return message


def index(work: Work, message: Message, files: list[str]) -> None:
    """Make a message findable."""
    found = search.Document(
        message.id or 0,
        message.conversation_id,
        message.subject,
        message.text,
        message.people,
        files,
        message.account_id,
        message.at,
    )
    search.index(work, [found])


def keep_files(work: Work, message: Message, files: Sequence[File], kept: Sequence[DraftFile]) -> list[dict[str, str]]:
    """Store the files under their hash; the outbox names them, the message lists them. kept: those stored already."""
    rows = [(one.filename, one.content_type, one.size, one.sha256) for one in kept]
    for file in files:
        sha256 = hashlib.sha256(file.data).digest()
        insert_new(work, Blob, [{"sha256": sha256, "size": len(file.data), "data": file.data}])
        rows.append((file.filename, file.content_type, len(file.data), sha256))
    for position, (filename, content_type, size, sha256) in enumerate(rows):
        row = Attachment(
            message_id=message.id or 0,
            position=position,
            filename=filename,
            content_type=content_type,
            size=size,
            sha256=sha256,
            blob_sha256=sha256,
        )
        work.session.add(row)
    return [{"filename": name, "content_type": kind, "sha256": sha256.hex()} for name, kind, _, sha256 in rows]


def queue(work: Work, conversation: Conversation, message: Message, draft: Draft, told: dict[str, Any]) -> None:
    """Write the row of the outbox. It leaves when it cannot be undone any more, or when the teammate wants it to."""
    leaves = max(draft.send_at or work.now, work.now + draft.hold)
    delivery = Delivery(
        key=draft.key,
        kind="send",
        account_id=conversation.account_id,
        conversation_id=message.conversation_id,
        message_id=message.id or 0,
        payload=told,
        not_before=leaves,
        scheduled_at=draft.send_at,
        created_at=leaves if draft.send_at else work.now,
    )
    work.session.add(delivery)
    if draft.send_at is None and not draft.forward:
        acknowledgements.stop(work, message.conversation_id)
    work.session.flush()


def snippet(text: str) -> str:
    """Return the first words of a text, for the list."""
    return " ".join(text[: SNIPPET * 4].split())[:SNIPPET]
