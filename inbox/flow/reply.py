"""Answer a conversation, or leave a note in it. A reply is a row in the outbox before it is anything else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.contract import File, Handle
from inbox.flow import mentions, outgoing
from inbox.flow.errors import ConflictError, NotFoundError, RefusedError
from inbox.flow.holding import TO_SPAM
from inbox.say import say
from inbox.store import conversations, drafts, messages, outbox, readers
from inbox.store.db import Work
from inbox.store.tables import Account, Conversation, DraftFile, Message, SavedDraft
from inbox.store.tools import clean
from inbox.vault import Vault
from rules import limits, variables

MAX_FILES_BYTES = 25 * 1024 * 1024
MAX_LENGTH = 200_000
"""Letters."""
FARTHEST = timedelta(days=365)
"""No later than that may a reply leave."""
NEWER = say("Something new arrived while you were writing. Read it first, then send or discard yours.")


class TooLateError(RefusedError):
    """It would leave after the time by which they were promised an answer."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A reply as a teammate wrote it.

    key: unique to this act of sending; the same key twice is one reply. to: empty for the contact. expected_version:
    the conversation's version when the composer was opened; a newer one stops the send. It rises with every message,
    whoever wrote it and wherever, and with nothing else. close, snooze: close it, or put it away until then, once the
    reply has left and nobody waits. hold: how long it can be undone. send_at: leave then, not now; after the deadline
    only if `late` says that a person was asked. forward: to somebody else; it answers nobody. kept: the teammate's
    saved draft is sent by this: its files go along, and it ends.
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
    snooze: datetime | None = None
    hold: timedelta = timedelta(0)
    send_at: datetime | None = None
    late: bool = False
    forward: bool = False
    kept: bool = False


def queue_reply(work: Work, vault: Vault, draft: Draft) -> int:
    """Queue a public reply and return its message id.

    NotFoundError, ConflictError (something new arrived), TooLateError (ask first), RefusedError (empty, too large,
    against the channel's rules, nobody to write to).
    """
    known = outbox.by_key(work.session, draft.key)
    if known is not None:
        return known.message_id or 0
    conversation = _conversation(work, draft.conversation_id)
    known_id = _sent_before(work, conversation, draft)
    if known_id is not None:
        return known_id
    saved = _saved(work, draft)
    kept = drafts.files(work.session, [saved.id or 0]).get(saved.id or 0, []) if saved else []
    _check(work, conversation, draft, kept)
    account = work.session.get_one(Account, conversation.account_id)
    to = draft.to or (outgoing.answer_to(work, conversation, account),)
    told = outgoing.payload(work, vault, conversation, account, draft, to)
    told["version"] = conversation.version + 1
    if conversation.status == "spam":
        told[TO_SPAM] = True
    names = [file.filename for file in kept] + [file.filename for file in draft.files]
    message = outgoing.add_message(work, conversation, account, draft, told, names)
    told["files"] = outgoing.keep_files(work, message, draft.files, kept)
    outgoing.queue(work, conversation, message, draft, told)
    if saved is not None:
        drafts.remove(work, saved)
    _touch(work, conversation, message)
    return _id(message)


def _sent_before(work: Work, conversation: Conversation, draft: Draft) -> int | None:
    """Return the message that this same reply became already; ConflictError when others were quicker.

    The same text from a second tab, written on what the first was written on, is the same reply.
    """
    known = outbox.by_key(work.session, draft.key)
    if known is not None:
        return known.message_id or 0
    if outbox.was_taken_back(work.session, draft.key):
        raise RefusedError(say("This reply was taken back; its text is in your draft."))
    if draft.expected_version is None or conversation.version == draft.expected_version:
        return None
    for row in outbox.newest_sends(work.session, draft.conversation_id):
        message = work.session.get_one(Message, row.message_id)
        same = message.teammate_id == draft.teammate_id and message.text.strip() == clean(draft.markdown).strip()
        if same and row.payload.get("version", 0) > draft.expected_version and not draft.files:
            return row.message_id
    raise ConflictError(NEWER)


def _saved(work: Work, draft: Draft) -> SavedDraft | None:
    """Return the draft that this send ends; one that was thrown away stays where it can be brought back."""
    if not draft.kept:
        return None
    kind = "forward" if draft.forward else "reply"
    saved = drafts.one(work, draft.conversation_id, draft.teammate_id, kind)
    return saved if saved is not None and saved.discarded_at is None else None


def add_note(work: Work, conversation_id: int, by: int, markdown: str) -> int:
    """Add an internal note; it answers nobody and closes no wait. Whoever it names with an @ hears of it."""
    if not markdown.strip():
        raise RefusedError(say("The note is empty."))
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
    conversation.updated_at = max(conversation.updated_at, work.now)
    outgoing.index(work, message, [])
    work.announce("message.note", conversation_id=conversation_id, teammate_id=by, message_id=message.id)
    mentions.remember(work, conversation_id, _id(message), message.text, by)
    _end_note_draft(work, conversation_id, by)
    return _id(message)


def _end_note_draft(work: Work, conversation_id: int, by: int) -> None:
    saved = drafts.one(work, conversation_id, by, "note")
    if saved is not None:
        drafts.remove(work, saved)


def _conversation(work: Work, conversation_id: int) -> Conversation:
    conversation = conversations.lock(work, conversation_id)
    work.read_clock()
    if conversation is None:
        raise NotFoundError(say("This conversation is not there any more."))
    if conversation.merged_into is not None:
        raise RefusedError(say("This conversation was merged into another; answer there."))
    return conversation


def _check(work: Work, conversation: Conversation, draft: Draft, kept: list[DraftFile]) -> None:
    if not draft.markdown.strip() and not draft.files and not kept:
        raise RefusedError(say("The reply is empty."))
    check_length(draft.markdown)
    _check_variables(draft)
    size = sum(len(file.data) for file in draft.files) + sum(file.size for file in kept)
    check_size(size)
    if draft.forward and not draft.to:
        raise RefusedError(say("Say to whom this is forwarded."))
    _check_limits(work, conversation, draft, size)
    _check_time(work, conversation, draft)


def check_length(text: str) -> None:
    """Refuse a text that is too long for any message."""
    if len(text) > MAX_LENGTH:
        raise RefusedError(say("The reply is too long to send as a message; attach it as a file instead."))


def check_size(size: int) -> None:
    """Refuse files that are too large together for any message. size: their bytes."""
    if size > MAX_FILES_BYTES:
        raise RefusedError(say("The files are larger than 25 MB together; most mail servers refuse that."))


def _check_variables(draft: Draft) -> None:
    """What a saved reply left open would look foolish to whoever reads it."""
    left = variables.unfilled(draft.markdown)
    if left:
        raise RefusedError(say("{variable} is not filled in. Write what belongs there, then send.", variable=left[0]))


def _check_limits(work: Work, conversation: Conversation, draft: Draft, size: int) -> None:
    heard = messages.newest_from_contact(work.session, draft.conversation_id)
    broken = limits.broken(
        conversation.channel,
        draft.markdown,
        files=size,
        copies=bool(draft.cc),
        heard_at=heard.at if heard else None,
        at=draft.send_at or work.now,
    )
    if broken is not None:
        raise RefusedError(_limit(broken, limits.of(conversation.channel)))


def _limit(broken: limits.Broken, known: limits.Limits) -> str:
    if broken == "too_long":
        return say("This is too long for this channel: {limit} letters at most.", limit=known.length)
    if broken == "copies":
        return say("This channel knows no copies to others.")
    if broken == "files_none":
        return say("This channel takes no files.")
    if broken == "files_large":
        return say("The files are too large for this channel: {limit} MB at most.", limit=known.files // limits.MB)
    return say("This channel lets you write only within 24 hours after their last message. Write to them by mail.")


def _check_time(work: Work, conversation: Conversation, draft: Draft) -> None:
    if draft.snooze is not None and draft.snooze - work.now > FARTHEST:
        raise RefusedError(say("Choose a time within a year."))
    if draft.send_at is None:
        return
    if draft.send_at <= work.now:
        raise RefusedError(say("Choose a time that is still to come."))
    if draft.send_at - work.now > FARTHEST:
        raise RefusedError(say("Choose a time within a year."))
    if not draft.late and not draft.forward and conversation.due_at and draft.send_at > conversation.due_at:
        raise TooLateError(say("That is later than the answer they were promised."))


def _touch(work: Work, conversation: Conversation, message: Message) -> None:
    conversation.version += 1
    conversation.updated_at = max(conversation.updated_at, work.now)
    conversation.snippet = outgoing.snippet(message.text)
    if message.teammate_id is not None:
        readers.see(work, message.teammate_id, message.conversation_id, conversation.version)
    work.announce(
        "message.queued", conversation_id=conversation.id, teammate_id=message.teammate_id, message_id=message.id
    )


def _id(message: Message) -> int:
    if message.id is None:
        raise ValueError("The message was not stored yet.")
    return message.id
