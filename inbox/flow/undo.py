"""Take a reply back before it leaves: its text becomes a draft again, and the conversation is as it was before.

Whether it left is decided by the row in the outbox: while it is queued nobody has begun to send it, and whoever takes
it back holds its lock. Once it is being sent it cannot be taken back, whatever the screen still shows.
"""

from __future__ import annotations

from inbox.flow.act import log
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.outgoing import snippet
from inbox.say import say
from inbox.store import conversations, drafts, messages, outbox, search
from inbox.store.db import Work
from inbox.store.tables import Conversation, Delivery, DraftFile, Message, SavedDraft

LEFT = say("It has left already and cannot be taken back any more.")


def take_back(work: Work, message_id: int, by: int) -> int:
    """Undo a send that has not left; returns the conversation. Its text is the draft of whoever wrote it."""
    message = messages.get(work.session, message_id)
    if message is None or message.direction != "out":
        raise NotFoundError(say("This message is not there any more."))
    conversation = conversations.lock(work, message.conversation_id)
    work.read_clock()
    row = outbox.send_of(work, message_id)
    if row is not None and row.payload.get("automatic"):
        raise RefusedError(say("This leaves by itself. Answer before it does, and it stays here."))
    if conversation is None or row is None or row.state != "queued" or row.payload.get("left_before"):
        raise RefusedError(LEFT)
    conversation_id = message.conversation_id
    _back_to_draft(work, conversation, message, row, by)
    work.announce("message.undone", conversation_id=conversation_id, teammate_id=by, message_id=message_id)
    return conversation_id


def send_now(work: Work, message_id: int, by: int) -> int:
    """Let a reply that waits for its hour leave at once; returns the conversation."""
    row = outbox.send_of(work, message_id)
    if row is None or row.state != "queued":
        raise RefusedError(LEFT)
    row.not_before, row.scheduled_at, row.created_at = work.now, None, work.now
    row.payload = {**row.payload, "written_at": work.now.isoformat()}
    work.announce("message.queued", conversation_id=row.conversation_id, teammate_id=by, message_id=message_id)
    return row.conversation_id or 0


def customer_wrote(work: Work, conversation_ids: list[int]) -> None:
    """Whoever was to get an answer later has written again: what waited for its hour was written without knowing it."""
    for row in outbox.later(work.session, conversation_ids):
        message_id = row.message_id or 0
        message = messages.get(work.session, message_id)
        conversation = conversations.lock(work, row.conversation_id or 0)
        if message is None or conversation is None or message.teammate_id is None:
            continue
        by = message.teammate_id
        _back_to_draft(work, conversation, message, row, by)
        log(work, conversation, by, "later_cancelled", message_id=message_id)


def _back_to_draft(work: Work, conversation: Conversation, message: Message, row: Delivery, by: int) -> None:
    """Make a draft of a message, then forget the message: nobody but the team ever saw it."""
    draft = _draft_of(work, message, by)
    files = messages.attachments_of(work.session, [message.id or 0]).get(message.id or 0, [])
    for file in files:
        work.session.add(
            DraftFile(
                draft_id=draft.id or 0,
                filename=file.filename,
                content_type=file.content_type,
                size=file.size,
                sha256=file.sha256,
            )
        )
    search.forget(work, [message.id or 0])
    outbox.erase(work, row, by)
    newest = conversations.newest_message(work.session, conversation.id or 0)
    if newest is not None:
        conversation.snippet = snippet(newest.text)
        conversation.updated_at = newest.at


def _draft_of(work: Work, message: Message, by: int) -> SavedDraft:
    """Put the text back before what its writer has typed since; both are theirs."""
    kind = "forward" if message.nature == "forward" else "reply"
    owner = message.teammate_id or by
    draft = drafts.one(work, message.conversation_id, owner, kind)
    if draft is None:
        draft = SavedDraft(
            conversation_id=message.conversation_id,
            teammate_id=owner,
            kind=kind,
            created_at=work.now,
            updated_at=work.now,
        )
        work.session.add(draft)
    if draft.discarded_at is not None:
        drafts.clear_files(work, draft.id or 0)
        draft.text, draft.shared = "", False
    draft.text = "\n\n".join(part for part in (message.text, draft.text) if part.strip())
    draft.people = {"to": message.people.get("to", []), "cc": message.people.get("cc", [])}
    draft.discarded_at, draft.updated_at = None, work.now
    draft.version = (draft.version or 0) + 1
    work.session.flush()
    return draft
