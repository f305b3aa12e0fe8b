"""Take a reply back before it leaves: its text becomes a draft again, and the conversation is as it was before.

Whether it left is decided by the row in the outbox: while it is queued nobody has begun to send it, and whoever takes
it back holds its lock. Once it is being sent it cannot be taken back, whatever the screen still shows.
"""

from __future__ import annotations

from inbox.flow.act import log
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.holding import HELD, back_to_draft
from inbox.say import say
from inbox.store import conversations, messages, outbox
from inbox.store.db import Work

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
    here = row is not None and (row.state == "queued" or HELD in row.payload)
    if conversation is None or row is None or not here or row.payload.get("left_before"):
        raise RefusedError(LEFT)
    conversation_id = message.conversation_id
    back_to_draft(work, conversation, message, row, by)
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
        back_to_draft(work, conversation, message, row, by)
        log(work, conversation, by, "later_cancelled", message_id=message_id)
