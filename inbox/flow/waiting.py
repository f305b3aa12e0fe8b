"""What a placed message does to the wait of its conversation, planned with the batch."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from inbox.say import say
from inbox.store import placing, waits
from inbox.store.arrivals import ToRead
from inbox.store.placing import OpenWait, Talk
from rules import sla

if TYPE_CHECKING:
    from inbox.flow.scene import Scene

HISTORY = str(say("It was in the mailbox before this account was added."))


def heard(scene: Scene, talk: Talk, item: ToRead, message_id: int, *, human: bool) -> None:
    """A message came in. A person's opens a wait, or shows that an open one began earlier than we knew."""
    at = item.arrival.received_at
    if not human or talk.status == "spam":
        return
    if talk.answered_elsewhere_at is not None and talk.answered_elsewhere_at > at:
        return
    if _is_history(scene, at) and (talk.wait is not None or talk.snoozed_until is not None):
        now = talk.wait, talk.status
        _open(scene, talk, message_id, at)
        talk.wait, talk.status = now  # what teammates have before them stays as it is
        return
    talk.status = "open"
    talk.snoozed_until = None
    if talk.replied_at is None or at >= talk.replied_at:
        talk.last_from = "them"
    if talk.wait is None:
        _open(scene, talk, message_id, at, unsettled=scene.terms.question(scene, talk, message_id))
    elif at < talk.wait.started_at:
        _begin_earlier(scene, talk, message_id, at)


def spoke(scene: Scene, talk: Talk, item: ToRead, message_id: int, *, human: bool) -> None:
    """We answered from another mail client. A person's answer closes the wait it answers."""
    at = item.arrival.received_at
    if not human:
        return
    if talk.wait is not None and talk.wait.started_at <= at:
        _close(scene, talk.wait, {"cause": "replied", "closed_at": at, "closing_message_id": message_id})
        talk.wait = None
        _wait_anew(scene, talk, at)
    talk.last_from = "us" if talk.wait is None else "them"
    talk.replied_at = max(at, talk.replied_at or at)
    talk.answered_at = max(at, talk.answered_at or at)
    talk.answered_elsewhere_at = max(at, talk.answered_elsewhere_at or at)


def _is_history(scene: Scene, at: datetime) -> bool:
    return scene.history_before is not None and at < scene.history_before


def _open(
    scene: Scene, talk: Talk, message_id: int, at: datetime, *, live: bool = False, unsettled: str | None = None
) -> None:
    """Begin a wait; one that history begins ends at once.

    live: it goes on from one that was open. unsettled: nothing rings before the rules of its message had their turn.
    """
    now = scene.work.now
    terms = scene.terms.of(scene, talk)
    span = sla.open_span(at, now, terms)
    row: dict[str, Any] = {
        "id": scene.take("wait"),
        "conversation_id": talk.id,
        "account_id": scene.account.id,
        "message_id": message_id,
        "kind": "first" if talk.answered_at is None else "next",
        "started_at": span.started_at,
        "due_at": span.due_at,
        "late": span.late,
        "policy_version_id": terms.version_id,
        "next_step_at": max(span.next_step_at, now + sla.SETTLED_WITHIN) if unsettled else span.next_step_at,
        "unsettled": unsettled,
        "closed_at": None,
        "cause": None,
        "reason": "",
        "closed_by": None,
        "closing_message_id": None,
    }
    scene.plan.new_wait(row, now)
    talk.wait = OpenWait(row["id"], span.started_at, span.due_at, message_id, terms.version_id)
    if _is_history(scene, at) and not live:
        _close(scene, talk.wait, {"cause": "no_reply_needed", "closed_at": now, "reason": HISTORY})
        talk.wait, talk.status = None, "closed"


def _begin_earlier(scene: Scene, talk: Talk, message_id: int, at: datetime) -> None:
    if talk.wait is None:
        return
    terms = scene.terms.version(scene, talk.wait.policy_version_id)
    span = sla.open_span(at, scene.work.now, terms)
    scene.plan.change_wait(
        talk.wait.row_id,
        {
            "started_at": span.started_at,
            "due_at": span.due_at,
            "next_step_at": span.next_step_at,
            "late": span.late,
            "message_id": message_id,
        },
    )
    moved = waits.event_row(
        talk.wait.row_id, "moved", scene.work.now, earlier_message=message_id, was_due=talk.wait.due_at.isoformat()
    )
    scene.plan.wait_events.append(moved)
    talk.wait = OpenWait(talk.wait.row_id, span.started_at, span.due_at, message_id, terms.version_id)


def put_away(scene: Scene, talk: Talk) -> None:
    """The conversation went to spam: its wait ends by that, and comes back when somebody takes it out."""
    talk.snoozed_until = None
    if talk.wait is not None:
        _close(scene, talk.wait, {"cause": "spam", "closed_at": scene.work.now})
        talk.wait = None


def let_go(scene: Scene, talk: Talk, reason: str) -> None:
    """What opened the wait needs no answer after all; whoever wrote later waits anew."""
    if talk.wait is None:
        return
    ended, talk.wait = talk.wait, None
    _close(scene, ended, {"cause": "no_reply_needed", "closed_at": scene.work.now, "reason": reason})
    _wait_anew(scene, talk, ended.started_at)
    if not _waits(talk):
        talk.status = "closed"


def _waits(talk: Talk) -> bool:
    return talk.wait is not None


def _close(scene: Scene, wait: OpenWait, values: dict[str, Any]) -> None:
    scene.plan.change_wait(wait.row_id, {**values, "next_step_at": None, "unsettled": None})
    told = {key: value for key, value in values.items() if key in {"cause", "reason"}}
    scene.plan.wait_events.append(waits.event_row(wait.row_id, "closed", scene.work.now, **told))


def _wait_anew(scene: Scene, talk: Talk, after: datetime) -> None:
    """Whoever wrote after the answer was written waits anew, from the oldest such message.

    Also where the answer is history: who was waited for when it came is not.
    """
    stored = placing.oldest_unanswered(scene.work.session, talk.id, after)
    planned = [
        (row["id"], row["at"])
        for row in scene.plan.messages
        if row["conversation_id"] == talk.id
        and row["direction"] == "in"
        and row["nature"] == "person"
        and row["at"] > after
        and not _is_history(scene, row["at"])
    ]
    candidates = [*planned, *([stored] if stored else [])]
    if candidates and talk.status != "spam":
        message_id, at = min(candidates, key=lambda pair: pair[1])
        talk.answered_at = after
        _open(scene, talk, message_id, at, live=True)
