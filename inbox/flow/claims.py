"""Say "I'm on it": the ladder climbs no further for a while, and the wait goes on. An answer ends it, or its time.

A claim never puts off the breach itself. A second person's claim takes the first one's place, and says so.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from inbox.flow import act
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import claims, policies, teammates, waits
from inbox.store.tables import Conversation, Wait
from inbox.vault import Vault, base36

if TYPE_CHECKING:
    from inbox.store.db import Session, Work
    from rules.escalation import Ladder

LINK_LASTS = timedelta(days=3)
_LONGEST = 80
_MERGES = 20
"""So many merges, one after the other, are followed."""


def claim(work: Work, conversation_id: int, by: int, via: str = "app") -> datetime:
    """Take it on, for as long as the ladder of its wait says; returns until when. What is nobody's becomes theirs."""
    conversation = act.find(work, conversation_id)
    wait = waits.open_of(work.session, conversation_id)
    if wait is None:
        raise RefusedError(say("Nobody waits for a reply here."))
    works_here(work.session, by)
    before = claims.live(work.session, wait.id or 0, work.now)
    until = work.now + ladder_of(work.session, wait).claim_for
    if before is not None and before.teammate_id == by and until - before.until < timedelta(minutes=1):
        return before.until  # a second click of the same person says nothing new
    claims.add(work, wait.id or 0, by, until, via)
    if conversation.assignee_id is None:
        act.assign(work, conversation_id, by, by)
    _told(work, conversation, by, until, before)
    return until


def _told(work: Work, conversation: Conversation, by: int, until: datetime, before: claims.Held | None) -> None:
    details: dict[str, object] = {"until": until.isoformat(timespec="seconds")}
    if before is not None and before.teammate_id != by:
        act.log(work, conversation, by, "claim_taken", other=before.name, from_id=before.teammate_id, **details)
    else:
        act.log(work, conversation, by, "claimed", **details)


def release(work: Work, conversation_id: int, by: int) -> None:
    """Let go: the ladder climbs on at once."""
    conversation = act.find(work, conversation_id)
    wait = waits.open_of(work.session, conversation_id)
    if wait is None or not claims.end(work, wait.id or 0):
        raise RefusedError(say("Nobody has said that they are on it."))
    act.log(work, conversation, by, "claim_released")


def release_all(work: Work, teammate_id: int, by: int) -> None:
    """Let go of whatever somebody has taken on who works here no more: the ladder climbs on at once."""
    for conversation_id in claims.taken_by(work.session, teammate_id, work.now):
        release(work, conversation_id, by)


def ladder_of(session: Session, wait: Wait) -> Ladder:
    """Return the ladder that a wait climbs: that of the terms it opened under."""
    return policies.terms(session, [wait.policy_version_id])[wait.policy_version_id].ladder


def works_here(session: Session, teammate_id: int) -> None:
    """RefusedError for whoever left."""
    teammate = teammates.get(session, teammate_id)
    if teammate is None or teammate.disabled_at is not None:
        raise RefusedError(say("This teammate cannot take conversations any more."))


# Links ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Linked:
    """What a link of a message stands for: one wait, one person, and until when."""

    wait_id: int
    teammate_id: int
    until: datetime


def token(vault: Vault, wait_id: int, teammate_id: int, now: datetime) -> str:
    """Return what stands in the link of a message: who may claim what with it, until when, and our signature."""
    parts = [base36(one) for one in (wait_id, teammate_id, int((now + LINK_LASTS).timestamp()))]
    return "-".join((*parts, vault.sign("claim", *parts)))


def linked(vault: Vault, text: str, now: datetime) -> Linked:
    """Return what a link stands for. NotFoundError when it is none of ours, RefusedError when its time is over."""
    *parts, signature = text.lower().split("-") if text.isascii() and len(text) <= _LONGEST else [""]
    expected = vault.sign("claim", *parts)
    if not hmac.compare_digest(expected, signature) or len(parts) != 3:
        raise NotFoundError(say("This link is not one of ours, or not all of it is there."))
    wait_id, teammate_id, ends = (int(one, 36) for one in parts)
    until = datetime.fromtimestamp(ends, UTC)
    if until <= now:
        raise RefusedError(say("This link is too old. Sign in to see who waits."))
    return Linked(wait_id, teammate_id, until)


def standing(session: Session, wait_id: int) -> Wait | None:
    """Return a wait, or the one that goes on in its place since their conversations were merged."""
    wait = session.get(Wait, wait_id)
    if wait is None or wait.cause != "merged_into":
        return wait
    talk = session.get(Conversation, wait.conversation_id)
    for _ in range(_MERGES):
        if talk is not None and talk.merged_into is not None:
            talk = session.get(Conversation, talk.merged_into)
    return (waits.open_of(session, talk.id or 0) if talk is not None else None) or wait


def claim_linked(work: Work, vault: Vault, text: str, via: str = "link") -> datetime:
    """Claim what a link stands for, in the name of whom it was sent to; the wait may have moved by a merge."""
    found = linked(vault, text, work.now)
    wait = standing(work.session, found.wait_id)
    if wait is None or wait.closed_at is not None:
        raise RefusedError(say("Nobody waits for a reply here any more."))
    return claim(work, wait.conversation_id, found.teammate_id, via)
