"""Follow how long matters take as a whole, where a policy promises something about that.

It reads the feed of changes: whatever happens to a conversation may let its matter go on, pause or end. The promise of
an answer is not touched by any of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.flow.feed import Reader
from inbox.store import policies, resolutions
from inbox.store.tables import Conversation, Resolution
from rules import resolution as rules
from rules.resolution import Track

if TYPE_CHECKING:
    from collections.abc import Callable

    from inbox.store.db import Session, Store, Work
    from inbox.store.tables import Change

HEARD = ("message.", "conversation.", "delivery.")


def reader(store: Store) -> Reader:
    """Return who follows the feed."""
    return Reader(store, "resolutions", _concerns, observe)


def _concerns(session: Session) -> Callable[[Change], bool]:
    any_promised = resolutions.wanted(session)
    return lambda change: any_promised and change.conversation_id is not None and change.kind.startswith(HEARD)


def observe(work: Work, change: Change) -> None:
    """Bring the matter of a conversation in step with what happened there."""
    conversation = work.session.get(Conversation, change.conversation_id)
    if conversation is None:
        return
    row = resolutions.of(work.session, conversation.id or 0, lock=True)
    if row is None:
        row = _begun(work, conversation, change)
    if row is None:
        return
    terms = policies.terms(work.session, [row.policy_version_id])[row.policy_version_id]
    status, last_from = _state(conversation, change)
    at = max(change.at, row.running_since or change.at)
    track = rules.follow(
        _track(row),
        at,
        running=rules.runs(status, last_from, pauses=terms.pauses),
        closed=status != "open",
        calendar=terms.hours,
    )
    _keep(row, track, rules.due(track, terms.resolution or timedelta(0), terms.hours))
    work.session.add(row)
    work.session.flush()


def _begun(work: Work, conversation: Conversation, change: Change) -> Resolution | None:
    """A person wrote: the matter begins with the first message that somebody waited for an answer to."""
    if change.kind != "message.in" or not change.data.get("human") or change.data.get("history"):
        return None
    first = resolutions.first_wait(work.session, conversation.id or 0)
    if first is None:
        return None
    version, began = first
    if policies.terms(work.session, [version])[version].resolution is None:
        return None
    return Resolution(
        conversation_id=conversation.id or 0, policy_version_id=version, started_at=began, running_since=began
    )


def _state(conversation: Conversation, change: Change) -> tuple[str, str]:
    """Return how the conversation stood after this change, as far as that tells; for the rest, how it stands now."""
    now = conversation.status if conversation.merged_into is None else "closed"
    if change.kind == "message.in" and change.data.get("human") and now != "spam":
        return "open", "them"
    told = {"conversation.closed": "closed", "conversation.reopened": "open"}
    waits = conversation.due_at is not None  # a reply that came back answered nobody
    return told.get(change.kind, now), "them" if waits else conversation.last_from


def _keep(row: Resolution, track: Track, due_at: datetime | None) -> None:
    row.spent_seconds = int(track.spent.total_seconds())
    row.running_since, row.due_at = track.running_since, due_at
    row.first_closed_at, row.closed_at = track.first_closed_at, track.closed_at


def _track(row: Resolution) -> Track:
    return Track(timedelta(seconds=row.spent_seconds), row.running_since, row.first_closed_at, row.closed_at)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a matter stands: how much of its time has counted, when that is used up, and whether it has ended."""

    spent: timedelta
    target: timedelta
    due_at: datetime | None
    closed: bool


def standing(session: Session, conversation_id: int, now: datetime) -> Standing | None:
    """Return how the matter of a conversation stands; None where nothing is promised about its end."""
    row = resolutions.of(session, conversation_id)
    if row is None:
        return None
    terms = policies.terms(session, [row.policy_version_id])[row.policy_version_id]
    spent = rules.spent_by(_track(row), now, terms.hours)
    return Standing(spent, terms.resolution or timedelta(0), row.due_at, row.closed_at is not None)
