"""What has not left when its conversation goes to spam stays here: nothing leaves for a spammer by itself.

Taken out of spam soon, or before the hour it was written for, it goes on as it was. Later, or when they have written
again meanwhile, it is a draft again: whoever wrote it looks first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.flow.outgoing import snippet
from inbox.store import acknowledgements, conversations, drafts, messages, outbox, placing, search
from inbox.store.tables import DraftFile, SavedDraft

if TYPE_CHECKING:
    from inbox.store.db import Work
    from inbox.store.tables import Conversation, Delivery, Message

HELD = "held"
"""Under this a delivery's payload says since when it is kept here."""
TO_SPAM = "to_spam"
"""Under this it says that a person sent it though the conversation was in spam: it is not kept here."""
SOON = timedelta(minutes=15)
"""Spam that is taken back within this was a slip: what it kept goes on, also where its hour has passed."""
AGAIN = timedelta(seconds=15)
"""So long what goes on can be taken back."""

Kept = list[tuple[str, int | None, int | None]]
"""What became of each, as the timeline says it; who wrote it, and the message."""


def hold(work: Work, conversation_id: int) -> Kept:
    """Keep here what waits to leave; what is being sent at this instant cannot be kept."""
    acknowledgements.stop(work, conversation_id)
    kept: Kept = []
    for row in outbox.not_left(work.session, conversation_id):
        message = messages.get(work.session, row.message_id or 0)
        if message is not None:
            row.state, row.payload = "cancelled", {**row.payload, HELD: work.now.isoformat()}
            kept.append(("reply_held", message.teammate_id, message.id))
    work.session.flush()
    return kept


def let_go_on(work: Work, conversation: Conversation) -> Kept:
    """The conversation is no spam: let what was kept leave after all, or be a draft again."""
    kept: Kept = []
    for row in outbox.cancelled(work.session, conversation.id or 0):
        message = messages.get(work.session, row.message_id or 0)
        since = row.payload.get(HELD)
        if message is not None and since is not None:
            who, number = message.teammate_id, message.id
            what = _let_go_on(work, conversation, message, row, datetime.fromisoformat(since))
            kept.append((what, who, number))
    work.session.flush()
    return kept


def _let_go_on(work: Work, conversation: Conversation, message: Message, row: Delivery, since: datetime) -> str:
    row.payload = {key: value for key, value in row.payload.items() if key != HELD}
    wrote = placing.oldest_unanswered(work.session, conversation.id or 0, unseen_since=since) is not None
    if not wrote and (work.now - since <= SOON or row.not_before > work.now):
        row.state, row.not_before = "queued", max(row.not_before, work.now + AGAIN)
        return "reply_goes_on"
    if row.payload.get("left_before") or message.teammate_id is None:
        return "reply_stays"
    back_to_draft(work, conversation, message, row, message.teammate_id)
    return "reply_is_draft"


def back_to_draft(work: Work, conversation: Conversation, message: Message, row: Delivery, by: int) -> None:
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
