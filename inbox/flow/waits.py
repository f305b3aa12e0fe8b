"""Open, close, reopen and move the wait of one conversation, and keep the conversation's own deadline in step.

A wait is append-only: each of these leaves an event, none deletes or forgets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from inbox.flow import promises
from inbox.store import merges, placing, waits
from inbox.store.db import Work
from inbox.store.merges import Brought
from inbox.store.tables import Conversation, Message, Wait
from rules import sla


@dataclass(frozen=True, slots=True)
class Closing:
    """Why a wait ends: the cause by the law, and who or what did it. at: when, by the clock that counts."""

    cause: str
    at: datetime
    reason: str = ""
    by: int | None = None
    message_id: int | None = None


def open_wait(
    work: Work,
    conversation: Conversation,
    message_id: int,
    received_at: datetime,
    kind: str,
    instead_of: Wait | None = None,
) -> Wait:
    """Start the time that the policy gives from when the message was received by the provider.

    instead_of: the wait that stood for this message so far; what was promised then holds.
    """
    terms = promises.of(work.session, instead_of) if instead_of else promises.now_for(work.session, conversation)
    span = sla.open_span(received_at, work.now, terms)
    [row_id] = work.ids(Wait, 1)
    wait = Wait(
        id=row_id,
        conversation_id=_id(conversation),
        account_id=conversation.account_id,
        message_id=message_id,
        kind=kind,
        started_at=span.started_at,
        due_at=span.due_at,
        next_step_at=span.next_step_at,
        late=span.late,
        policy_version_id=terms.version_id,
    )
    work.session.add(wait)
    work.session.flush()
    waits.record(work, row_id, "opened", message_id=message_id)
    show(conversation, wait)
    return wait


def close_wait(work: Work, conversation: Conversation, wait: Wait, closing: Closing) -> None:
    """End a wait by one of its causes. One that is closed already stays as it is."""
    if wait.closed_at is not None:
        return
    wait.closed_at = closing.at
    wait.cause = closing.cause
    wait.reason = closing.reason
    wait.closed_by = closing.by
    wait.closing_message_id = closing.message_id
    wait.next_step_at = wait.unsettled = None
    work.session.flush()
    waits.record(work, _id(wait), "closed", cause=closing.cause, reason=closing.reason, by=closing.by)
    show(conversation, None)


def reopen_wait(work: Work, conversation: Conversation, wait: Wait, why: str) -> None:
    """Open the same wait again with its true start: the reply that closed it did not arrive, or a merge was undone."""
    current = waits.open_of(work.session, _id(conversation))
    if current is not None and current.id != wait.id:
        close_wait(work, conversation, current, Closing("merged_into", work.now, reason=f"wait {wait.id}"))
        if current.due_at < wait.due_at:  # what was promised since is kept, too
            waits.record(work, _id(wait), "moved", was_due=wait.due_at.isoformat())
            wait.due_at = current.due_at
    wait.closed_at = wait.cause = wait.closed_by = wait.closing_message_id = None
    wait.reason = ""
    wait.next_step_at = next_step(work, wait)
    work.session.flush()
    waits.record(work, _id(wait), "reopened", why=why)
    show(conversation, wait)


def next_step(work: Work, wait: Wait) -> datetime:
    """Return when an open wait rings next, by its terms and by what has rung."""
    rung = waits.rung(work.session, [_id(wait)]).get(_id(wait), set())
    return promises.of(work.session, wait).next_at(wait.due_at, rung)


def move_wait(work: Work, wait: Wait, source: Conversation, target: Conversation) -> None:
    """Carry an open wait over to the conversation that holds its message now; its times stay."""
    wait.conversation_id = _id(target)
    wait.account_id = target.account_id
    work.session.flush()
    waits.record(work, _id(wait), "moved", from_conversation=source.id, to_conversation=target.id)
    show(source, None)
    show(target, wait)


def answered(work: Work, conversation: Conversation, closing: Closing, written_at: datetime) -> None:
    """Close the wait that a reply written here answers; what was not on the screen by then waits on, or anew."""
    wait = waits.open_of(work.session, _id(conversation))
    conversation.replied_at = max(written_at, conversation.replied_at or written_at)
    conversation.last_from = "us"
    brought = merges.brought(work.session, _id(conversation), closing.message_id or 0, written_at)
    if wait is not None:
        _stand_alone(work, conversation, wait, brought)
    if wait is None or wait.message_id in brought.messages or _unseen(work, wait, written_at):
        conversation.last_from = "us" if wait is None else "them"
        return
    close_wait(work, conversation, wait, closing)
    if _merged_goes_on(work, conversation, brought):
        return
    unanswered = placing.oldest_unanswered(work.session, _id(conversation), unseen_since=written_at)
    if unanswered is not None and conversation.status != "spam":
        open_wait(work, conversation, *unanswered, kind="next")
        conversation.status, conversation.last_from = "open", "them"


def _stand_alone(work: Work, conversation: Conversation, wait: Wait, brought: Brought) -> None:
    """A wait that began with the message of another, since they were merged, begins with its own again."""
    for merged in brought.waits:
        if "began" in merged and wait.message_id == merged["with"]:
            began, message_id = merged["began"]
            waits.record(work, _id(wait), "moved", later_message=message_id, was_due=wait.due_at.isoformat())
            wait.started_at, wait.message_id = datetime.fromisoformat(began), message_id
            work.session.flush()
            show(conversation, wait)


def _merged_goes_on(work: Work, conversation: Conversation, brought: Brought) -> bool:
    """Whoever waited in what was merged since the reply was written was not answered by it: their wait goes on."""
    closed = [work.session.get_one(Wait, merged["closed"]) for merged in brought.waits if merged["closed"]]
    unheard = [one for one in closed if one.cause == "merged_into" and one.message_id in brought.messages]
    if not unheard or conversation.status == "spam":
        return False
    first = min(unheard, key=lambda one: one.due_at)
    first.conversation_id, first.account_id = _id(conversation), conversation.account_id
    reopen_wait(work, conversation, first, "the reply was written before the merge, to somebody else")
    conversation.status, conversation.last_from = "open", "them"
    return True


def _unseen(work: Work, wait: Wait, written_at: datetime) -> bool:
    return work.session.get_one(Message, wait.message_id).stored_at > written_at


def show(conversation: Conversation, wait: Wait | None) -> None:
    """Repeat the open wait's times on the conversation, for the list; a wait that comes (back) wakes a snoozed one."""
    if wait is not None:
        conversation.snoozed_until = conversation.snoozed_by = None
    conversation.due_at = wait.due_at if wait else None
    conversation.waiting_since = wait.started_at if wait else None


def _id(row: Conversation | Wait) -> int:
    if row.id is None:
        raise ValueError("The row was not stored yet.")
    return row.id
