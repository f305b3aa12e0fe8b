"""What a teammate does with a conversation besides answering it. Each act leaves a line in the timeline."""

from __future__ import annotations

import re
from datetime import timedelta

from inbox.flow import holding, unwanted
from inbox.flow.errors import NotFoundError, ReasonNeededError, RefusedError
from inbox.flow.waits import Closing, close_wait, open_wait, reopen_wait
from inbox.say import say
from inbox.store import conversations, placing, waits
from inbox.store.db import Work
from inbox.store.tables import Conversation, Message, Teammate, Wait

MAX_REASON = 500
UNDO = timedelta(minutes=15)
"""How long "no reply needed" can be taken back by opening the conversation again."""
_TAG = re.compile(r"\w[\w .:/+-]{0,49}")


def assign(work: Work, conversation_id: int, assignee_id: int | None, by: int | None) -> None:
    """Hand the conversation to a teammate, or to nobody. It never touches the wait."""
    conversation = find(work, conversation_id)
    name = "nobody"
    if assignee_id is not None:
        teammate = work.session.get(Teammate, assignee_id)
        if teammate is None or teammate.disabled_at is not None:
            raise RefusedError("This teammate cannot take conversations any more.")
        name = teammate.name
    if conversation.assignee_id == assignee_id:
        return
    conversation.assignee_id = assignee_id
    log(work, conversation, by, "assigned", to=name, to_id=assignee_id)


def close(work: Work, conversation_id: int, by: int | None, reason: str = "") -> None:
    """Close; ReasonNeededError while somebody waits and nobody said why no reply is needed."""
    conversation = find(work, conversation_id)
    wait = waits.open_of(work.session, conversation_id)
    if wait is not None:
        _no_reply(work, conversation, wait, by, reason)
    if conversation.status != "closed":
        conversation.status = "closed"
        conversation.snoozed_until = conversation.snoozed_by = None
        log(work, conversation, by, "closed", reason=reason.strip())


def reopen(work: Work, conversation_id: int, by: int) -> None:
    """Open a closed conversation again; right after "no reply needed" this takes that back, too."""
    conversation = find(work, conversation_id)
    if conversation.status == "spam":
        not_spam(work, conversation_id, by)
        return
    taken_back = _take_back_no_reply(work, conversation)
    if conversation.status == "open" and not taken_back:
        return
    conversation.status = "open"
    log(work, conversation, by, "reopened")


def _take_back_no_reply(work: Work, conversation: Conversation) -> bool:
    """Let the wait that was ended without a reply go on since its true start, while that act is fresh."""
    every = waits.of_conversation(work.session, conversation.id or 0)
    last = max(every, key=lambda wait: wait.closed_at or work.now, default=None)
    if last is None or last.closed_at is None or last.cause != "no_reply_needed" or last.closed_by is None:
        return False
    if work.now - last.closed_at > UNDO:
        return False
    reopen_wait(work, conversation, last, "no reply needed was taken back")
    return True


def no_reply_needed(work: Work, conversation_id: int, by: int, reason: str) -> None:
    """End the wait without a reply; the reason is kept for the founders' review."""
    conversation = find(work, conversation_id)
    wait = waits.open_of(work.session, conversation_id)
    if wait is None:
        raise RefusedError("Nobody waits for a reply here.")
    _no_reply(work, conversation, wait, by, reason)
    log(work, conversation, by, "no_reply_needed", reason=reason.strip())


def _no_reply(work: Work, conversation: Conversation, wait: Wait, by: int | None, reason: str) -> None:
    reason = reason.strip()[:MAX_REASON]
    if not reason:
        raise ReasonNeededError("Somebody still waits for an answer here: say why no reply is needed.")
    close_wait(work, conversation, wait, Closing("no_reply_needed", work.now, reason, by))


def mark_spam(work: Work, conversation_id: int, by: int | None) -> None:
    """Put the conversation away as spam; its wait ends by that and can come back, and what has not left stays here."""
    conversation = find(work, conversation_id)
    if conversation.status == "spam":
        return
    wait = waits.open_of(work.session, conversation_id)
    if wait is not None:
        close_wait(work, conversation, wait, Closing("spam", work.now, by=by))
    conversation.status = "spam"
    conversation.snoozed_until = conversation.snoozed_by = None
    if by is not None:
        unwanted.learn(work, conversation, by)
    log(work, conversation, by, "spam")
    _tell_of(work, conversation, holding.hold(work, conversation_id))


def not_spam(work: Work, conversation_id: int, by: int) -> None:
    """Take the conversation out of spam; the wait that spam closed goes on, and so does what spam kept from leaving."""
    conversation = find(work, conversation_id)
    if conversation.status != "spam":
        return
    conversation.status = "open"
    unwanted.unlearn(work, conversation)
    closed = [wait for wait in waits.of_conversation(work.session, conversation_id) if wait.cause == "spam"]
    if closed:
        reopen_wait(work, conversation, closed[-1], "not spam after all")
    else:
        _wait_for_unanswered(work, conversation)
    log(work, conversation, by, "not_spam")
    _tell_of(work, conversation, holding.let_go_on(work, conversation))


def put_away(work: Work, conversation_id: int) -> None:
    """A mail of an unwanted sender has put the conversation into spam: what has not left stays here."""
    _tell_of(work, find(work, conversation_id), holding.hold(work, conversation_id))


def _tell_of(work: Work, conversation: Conversation, kept: holding.Kept) -> None:
    for what, by, message_id in kept:
        log(work, conversation, by, what, message_id=message_id)


def _wait_for_unanswered(work: Work, conversation: Conversation) -> None:
    """Messages that came while it was spam opened no wait; the oldest unanswered one does now."""
    cid = conversation.id or 0
    answered_at = placing.talks(work.session, [cid])[cid].answered_at
    unanswered = placing.oldest_unanswered(work.session, cid, answered_at)
    handled = [wait.closed_at for wait in waits.of_conversation(work.session, cid) if wait.closed_at]
    if unanswered is not None and not (handled and max(handled) >= unanswered[1]):
        open_wait(work, conversation, *unanswered, kind="first" if answered_at is None else "next")


def tag(work: Work, conversation_id: int, name: str, by: int | None, *, on: bool = True) -> None:
    """Put a tag on or take it off; tags are lower case, up to 50 letters, digits and simple signs."""
    conversation = find(work, conversation_id)
    name = tag_name(name)
    if on == (name in conversations.tags_of(work.session, conversation_id)):
        return
    conversations.set_tag(work, conversation_id, name, on=on)
    log(work, conversation, by, "tagged" if on else "untagged", tag=name)


def tag_name(name: str) -> str:
    """Return a tag as it is stored. RefusedError for what is none."""
    name = " ".join(name.lower().split())
    check_tag(name)
    return name


def check_tag(name: str) -> None:
    """Refuse what is no tag."""
    if not _TAG.fullmatch(name):
        raise RefusedError(
            say("A tag is up to 50 letters, digits, spaces, dots, colons, slashes, plus signs or dashes.")
        )


def find(work: Work, conversation_id: int) -> Conversation:
    """Return a conversation that can be acted on, locked. NotFoundError | RefusedError."""
    conversation = conversations.lock(work, conversation_id)
    if conversation is None:
        raise NotFoundError("This conversation is not there any more.")
    if conversation.merged_into is not None:
        raise RefusedError("This conversation was merged into another; act there.")
    return conversation


def log(work: Work, conversation: Conversation, by: int | None, what: str, **details: object) -> None:
    """Add an event to the timeline and to the feed. It does not change what a composer was opened on."""
    event = Message(
        conversation_id=conversation.id or 0,
        account_id=conversation.account_id,
        kind="event",
        direction="none",
        channel=conversation.channel,
        teammate_id=by,
        details={"event": what, **work.because, **details},
        at=work.now,
        stored_at=work.now,
    )
    work.session.add(event)
    work.announce(f"conversation.{what}", conversation_id=conversation.id, teammate_id=by, **details)
