"""Merge two conversations, split one, and undo either. Waits are carried along, never dropped (law 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from inbox.flow import drafts
from inbox.flow.act import find, log, not_spam
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.undo import customer_wrote
from inbox.flow.waits import Closing, close_wait, move_wait, open_wait, reopen_wait, show
from inbox.store import claims, conversations, placing, waits
from inbox.store.db import Work
from inbox.store.tables import Conversation, Merge, Message, Wait


def merge(work: Work, from_id: int, into_id: int, by: int | None) -> int:
    """Move every message of one conversation into another; of two open waits the one that is due first survives.

    Whoever waits in the one wakes the other, as if they wrote there.
    by: the teammate who does it, None where a mail that came late shows that they are one.
    """
    if from_id == into_id:
        raise RefusedError("A conversation cannot be merged into itself.")
    source, target = find(work, from_id), find(work, into_id)
    if by is not None:
        _out_of_spam(work, source, target, by)
    _hold_later(work, source, target)
    if waits.open_of(work.session, from_id) is not None:
        target.snoozed_until = target.snoozed_by = None
    moved = {
        "messages": conversations.move_messages(work, from_id, into_id, None),
        "status": source.status,
        "assignee_id": source.assignee_id,
        "wait": _join_waits(work, source, target),
    }
    source.merged_into, source.status, source.due_at, source.waiting_since = into_id, "closed", None, None
    source.snoozed_until = None
    if waits.open_of(work.session, into_id) is not None:
        target.status = "open"
    if by is None and target.assignee_id is None:
        target.assignee_id = source.assignee_id  # nobody decided to take it from them
    drafts.carry(work, from_id, into_id)
    _refresh(work, target)
    record = Merge(kind="conversations", from_id=from_id, into_id=into_id, moved=moved, by_id=by, at=work.now)
    return _recorded(work, record, target, "merged", other=from_id)


def split(work: Work, message_id: int, by: int) -> int:
    """Let one message begin a conversation of its own; a wait that it opened goes with it."""
    message = work.session.get(Message, message_id)
    if message is None or message.kind != "message":
        raise NotFoundError("This message is not there any more.")
    source = find(work, message.conversation_id)
    if len(conversations.message_ids(work.session, message.conversation_id)) < 2:
        raise RefusedError("This is the conversation's only message; there is nothing to split off.")
    target = _new_conversation(work, source, message)
    was = waits.open_of(work.session, source.id or 0)
    moved: dict[str, Any] = {
        "messages": conversations.move_messages(work, source.id or 0, target.id or 0, [message_id])
    }
    moved["wait"] = was.id if was is not None and was.message_id == message_id else None
    if was is not None and was.message_id == message_id:
        move_wait(work, was, source, target)
        _wait_for_rest(work, source, was)
    elif message.direction == "in" and message.nature == "person" and was is not None and message.at >= was.started_at:
        open_wait(work, target, message_id, message.at, "first", was)
    _refresh(work, source)
    _refresh(work, target)
    record = Merge(kind="split", from_id=source.id or 0, into_id=target.id or 0, moved=moved, by_id=by, at=work.now)
    _recorded(work, record, target, "split", other=source.id)
    log(work, source, by, "split_off", other=target.id)
    return target.id or 0


def undo(work: Work, merge_id: int, by: int) -> None:
    """Undo a merge or a split: messages go back, and whoever still waits goes on waiting since the same time."""
    record = work.session.get(Merge, merge_id, with_for_update=True)
    if record is None or record.undone_at is not None or record.kind == "contacts":
        raise RefusedError("This was undone already.")
    if record.kind == "split":
        _undo_split(work, record, by)
    else:
        _undo_merge(work, record, by)
    record.undone_at = work.now


def _undo_merge(work: Work, record: Merge, by: int) -> None:
    source, target = work.session.get_one(Conversation, record.from_id), find(work, record.into_id)
    source.merged_into = None
    source.status, source.assignee_id = record.moved["status"], record.moved["assignee_id"]
    conversations.move_messages(work, record.into_id, record.from_id, record.moved["messages"])
    work.session.flush()
    _part_waits(work, source, target, record.moved["wait"])
    _refresh(work, source)
    _refresh(work, target)
    log(work, target, by, "merge_undone", other=record.from_id)
    log(work, source, by, "merge_undone", other=record.into_id)


def _undo_split(work: Work, record: Merge, by: int) -> None:
    source, target = find(work, record.from_id), find(work, record.into_id)
    _hold_later(work, source, target)
    _join_waits(work, target, source)
    conversations.move_messages(work, record.into_id, record.from_id, None)
    target.merged_into, target.status, target.due_at, target.waiting_since = record.from_id, "closed", None, None
    if waits.open_of(work.session, record.from_id) is not None:
        source.status = "open"
    _refresh(work, source)
    log(work, source, by, "split_undone", other=record.into_id)


def _out_of_spam(work: Work, source: Conversation, target: Conversation, by: int) -> None:
    """Whoever is put together with somebody who is answered is no spammer: they wait again."""
    if source.status == "spam" and target.status != "spam":
        not_spam(work, source.id or 0, by)
    elif target.status == "spam" and waits.open_of(work.session, source.id or 0) is not None:
        not_spam(work, target.id or 0, by)


def _hold_later(work: Work, one: Conversation, other: Conversation) -> None:
    """What waits for its hour was written without knowing who waits in the other: it is a draft again."""
    for here, there in ((one, other), (other, one)):
        if waits.open_of(work.session, there.id or 0) is not None:
            customer_wrote(work, [here.id or 0])


def _join_waits(work: Work, source: Conversation, target: Conversation) -> dict[str, Any]:
    """Keep the one of two open waits that is due first on the target; returns what is needed to part them again."""
    theirs, ours = waits.open_of(work.session, source.id or 0), waits.open_of(work.session, target.id or 0)
    if theirs is None:
        return {"moved": None, "closed": None}
    if ours is None:
        move_wait(work, theirs, source, target)
        return {"moved": theirs.id, "closed": None}
    if (ours.due_at, ours.started_at) <= (theirs.due_at, theirs.started_at):
        close_wait(work, source, theirs, Closing("merged_into", work.now, f"wait {ours.id}"))
        _claim_as(work, ours, theirs)
        return {"moved": None, "closed": theirs.id, **_begin_with(work, target, ours, theirs)}
    close_wait(work, target, ours, Closing("merged_into", work.now, f"wait {theirs.id}"))
    move_wait(work, theirs, source, target)
    _claim_as(work, theirs, ours)
    return {"moved": theirs.id, "closed": ours.id, **_begin_with(work, target, theirs, ours)}


def _claim_as(work: Work, kept: Wait, other: Wait) -> None:
    """Whoever is on one of two waits is on the one that is kept, unless somebody else is."""
    held = claims.live(work.session, other.id or 0, work.now)
    if held is not None and claims.live(work.session, kept.id or 0, work.now) is None:
        claims.add(work, kept.id or 0, held.teammate_id, held.until, "app")


def _begin_with(work: Work, target: Conversation, kept: Wait, other: Wait) -> dict[str, Any]:
    """Of two waits the one that is due first is kept; where the other began before it, it did so, too."""
    if kept.started_at <= other.started_at:
        return {}
    began = {"began": [kept.started_at.isoformat(), kept.message_id], "with": other.message_id}
    waits.record(work, kept.id or 0, "moved", earlier_message=other.message_id, was_due=kept.due_at.isoformat())
    kept.started_at, kept.message_id = other.started_at, other.message_id
    work.session.flush()
    show(target, kept)
    return began


def _part_waits(work: Work, source: Conversation, target: Conversation, kept: dict[str, Any]) -> None:
    """Give each its wait back. One that was answered meanwhile stays answered, and so does the one it stood for."""
    survivor = work.session.get(Wait, kept["moved"]) if kept["moved"] else waits.open_of(work.session, target.id or 0)
    answered = survivor is None or survivor.closed_at is not None
    own = survivor is not None and survivor.id != kept["closed"]
    if "began" in kept and survivor is not None and own and not answered and survivor.message_id == kept["with"]:
        began, survivor.message_id = kept["began"]
        survivor.started_at = datetime.fromisoformat(began)
        show(target, survivor)
    if kept["moved"] and survivor is not None and not answered:
        move_wait(work, survivor, target, source)
    if kept["closed"] and not answered:
        _give_back(work, source, target, kept)


def _give_back(work: Work, source: Conversation, target: Conversation, kept: dict[str, Any]) -> None:
    """Open the wait again that ended by a merge; not where a reply of before the merge has answered it meanwhile."""
    closed, here = work.session.get_one(Wait, kept["closed"]), target if kept["moved"] else source
    heard = work.session.get_one(Message, closed.message_id).stored_at
    replied_at = placing.talks(work.session, [here.id or 0])[here.id or 0].answered_at
    if closed.closed_at is None:
        move_wait(work, closed, target, here)
    elif replied_at is None or replied_at < heard:
        reopen_wait(work, here, closed, "merge undone")


def _wait_for_rest(work: Work, source: Conversation, was: Wait) -> None:
    """The wait left with its message; the oldest message still unanswered here waits in its place."""
    cid = source.id or 0
    answered_at = placing.talks(work.session, [cid])[cid].answered_at
    rest = placing.oldest_unanswered(work.session, cid, answered_at)
    if rest is not None:
        open_wait(work, source, *rest, kind="first" if answered_at is None else "next", instead_of=was)


def _new_conversation(work: Work, source: Conversation, message: Message) -> Conversation:
    target = Conversation(
        contact_id=message.contact_id or source.contact_id,
        account_id=source.account_id,
        channel=source.channel,
        subject=message.subject or source.subject,
        assignee_id=source.assignee_id,
        created_at=work.now,
        updated_at=message.at,
    )
    work.session.add(target)
    work.session.flush()
    return target


def _refresh(work: Work, conversation: Conversation) -> None:
    newest = conversations.newest_message(work.session, conversation.id or 0)
    if newest is not None:
        conversation.snippet = " ".join(newest.text.split())[:160]
        conversation.updated_at = newest.at
    conversation.last_from, conversation.replied_at = conversations.spoken(work.session, conversation.id or 0)
    conversation.version += 1


def _recorded(work: Work, record: Merge, target: Conversation, what: str, *, other: int | None) -> int:
    work.session.add(record)
    work.session.flush()
    log(work, target, record.by_id, what, other=other, merge_id=record.id)
    return record.id or 0
