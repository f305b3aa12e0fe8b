"""What can be done with many conversations: how each act is done, what it looks at, and how it is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from inbox.flow import act, reading, snooze, unwanted
from inbox.flow.act import find, log
from inbox.flow.waits import reopen_wait
from inbox.store import conversations, readers, waits
from inbox.store.db import Work
from inbox.store.tables import Conversation, Wait

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """One act. looks: which of the facts of `look` it changes; if another changed one of them since, undoing stops."""

    do: Callable[[Work, int, State, int], None]
    undo: Callable[[Work, int, State, State, int], None]
    looks: tuple[str, ...]


def look(work: Work, conversation_id: int, kind: str, given: State, by: int) -> State:
    """Return what an act may change of a conversation, and what undoing needs."""
    row = find(work, conversation_id)
    work.session.flush()
    seen: State = {
        "status": row.status,
        "assignee_id": row.assignee_id,
        "snoozed_until": row.snoozed_until.isoformat() if row.snoozed_until else None,
        "snoozed_by": row.snoozed_by,
    }
    wait = waits.open_of(work.session, conversation_id)
    seen["wait"] = wait.id if wait else None
    if kind in {"tag", "untag"}:
        tags = conversations.tags_of(work.session, conversation_id)
        seen["tagged"] = act.tag_name(str(given.get("name", ""))) in tags
    if kind == "block":
        seen["blocked"] = unwanted.is_blocked(work, str(given["value"]))
    if kind in {"follow", "unfollow"}:
        seen["follows"] = bool(readers.following(work.session, by, [conversation_id]))
    return seen


def same(kind: str, one: State, other: State) -> bool:
    """Whether nobody has changed what this act changed."""
    return all(one.get(name) == other.get(name) for name in KINDS[kind].looks)


# Assigning ------------------------------------------------------------------------------------------------------------


def _assign(work: Work, cid: int, given: State, by: int) -> None:
    if given.get("duty"):
        reading.assign_on_duty(work, cid, by)
    else:
        act.assign(work, cid, given.get("to"), by)


def _assign_back(work: Work, cid: int, _given: State, was: State, by: int) -> None:
    act.assign(work, cid, was["assignee_id"], by)


# Tags and following ---------------------------------------------------------------------------------------------------


def _tag(work: Work, cid: int, given: State, by: int) -> None:
    act.tag(work, cid, str(given.get("name", "")), by)


def _untag(work: Work, cid: int, given: State, by: int) -> None:
    act.tag(work, cid, str(given.get("name", "")), by, on=False)


def _tag_back(work: Work, cid: int, given: State, was: State, by: int) -> None:
    act.tag(work, cid, str(given.get("name", "")), by, on=bool(was["tagged"]))


def _follow(work: Work, cid: int, _given: State, by: int) -> None:
    reading.follow(work, cid, by)


def _unfollow(work: Work, cid: int, _given: State, by: int) -> None:
    reading.follow(work, cid, by, on=False)


def _follow_back(work: Work, cid: int, _given: State, was: State, by: int) -> None:
    reading.follow(work, cid, by, on=bool(was["follows"]))


# Snoozing -------------------------------------------------------------------------------------------------------------


def _snooze(work: Work, cid: int, given: State, by: int) -> None:
    until = datetime.fromisoformat(str(given["until"]))
    snooze.snooze(work, cid, until, by, past_deadline=bool(given.get("past_deadline")))


def _wake(work: Work, cid: int, _given: State, by: int) -> None:
    snooze.wake(work, cid, by)


def _snooze_back(work: Work, cid: int, _given: State, was: State, by: int) -> None:
    row = find(work, cid)
    _sleep_as_before(work, row, was)
    log(work, row, by, "snooze_undone" if row.snoozed_until is None else "snoozed", until=was["snoozed_until"])


def _sleep_as_before(work: Work, row: Conversation, was: State) -> None:
    until = datetime.fromisoformat(was["snoozed_until"]) if was["snoozed_until"] else None
    asleep = until is not None and until > work.now
    row.snoozed_until, row.snoozed_by = (until, was["snoozed_by"]) if asleep else (None, None)


# Closing and spam -----------------------------------------------------------------------------------------------------


def _close(work: Work, cid: int, given: State, by: int) -> None:
    act.close(work, cid, by, str(given.get("reason", "")))


def _close_back(work: Work, cid: int, _given: State, was: State, by: int) -> None:
    row = find(work, cid)
    wait = work.session.get(Wait, was["wait"]) if was["wait"] else None
    ended = wait.closed_at if wait is not None and wait.cause == "no_reply_needed" else None
    if wait is not None and ended is not None and not (row.replied_at and row.replied_at > ended):
        reopen_wait(work, row, wait, "closing was undone")
    row.status = was["status"]
    _sleep_as_before(work, row, was)
    log(work, row, by, "reopened")


def _no_reply(work: Work, cid: int, given: State, by: int) -> None:
    act.no_reply_needed(work, cid, by, str(given.get("reason", "")))


def _spam(work: Work, cid: int, _given: State, by: int) -> None:
    act.mark_spam(work, cid, by)


def _spam_back(work: Work, cid: int, _given: State, was: State, by: int) -> None:
    act.not_spam(work, cid, by)
    row = find(work, cid)
    if was["status"] == "closed" and row.due_at is None:
        row.status = "closed"
    _sleep_as_before(work, row, was)


def _block(work: Work, cid: int, given: State, by: int) -> None:
    unwanted.block(work, str(given["value"]), by, cid)
    act.mark_spam(work, cid, by)


def _block_back(work: Work, cid: int, given: State, was: State, by: int) -> None:
    if not was["blocked"]:
        unwanted.unblock_named(work, str(given["value"]), by)
    if was["status"] != "spam":
        _spam_back(work, cid, given, was, by)


def _not_spam(work: Work, cid: int, _given: State, by: int) -> None:
    act.not_spam(work, cid, by)


def _not_spam_back(work: Work, cid: int, _given: State, _was: State, by: int) -> None:
    act.mark_spam(work, cid, by)


KINDS = {
    "assign": Kind(_assign, _assign_back, ("assignee_id",)),
    "tag": Kind(_tag, _tag_back, ("tagged",)),
    "untag": Kind(_untag, _tag_back, ("tagged",)),
    "follow": Kind(_follow, _follow_back, ("follows",)),
    "unfollow": Kind(_unfollow, _follow_back, ("follows",)),
    "snooze": Kind(_snooze, _snooze_back, ("snoozed_until", "status")),
    "wake": Kind(_wake, _snooze_back, ("snoozed_until", "status")),
    "close": Kind(_close, _close_back, ("status", "wait")),
    "no_reply_needed": Kind(_no_reply, _close_back, ("status", "wait")),
    "spam": Kind(_spam, _spam_back, ("status",)),
    "block": Kind(_block, _block_back, ("status", "blocked")),
    "not_spam": Kind(_not_spam, _not_spam_back, ("status",)),
}
