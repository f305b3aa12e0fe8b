"""By which policy somebody is answered is settled once the rules of their message ran: what rules tag it with counts.

The wait opens with its message, by what is known then; rules follow the feed, some instants later. In the transaction
in which they look at that message they settle the terms, once: nothing that happens later moves them. Terms that rules
bring about only make an answer due earlier: what was promised first holds.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inbox.flow.waits import next_step
from inbox.store import conversations, policies, waits
from rules import sla
from rules.sla import Opened

if TYPE_CHECKING:
    from inbox.store.db import Session, Work
    from inbox.store.tables import Change, Conversation, Wait
    from rules.sla import Terms


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A wait whose message the rules are about to look at, and the tags before they do."""

    conversation: Conversation
    wait: Wait
    opened: Opened
    tags: frozenset[str]


def before(work: Work, change: Change) -> Unsettled | None:
    """Return the wait that is settled by what rules do about this change; None where there is none."""
    cid = change.conversation_id
    if change.kind != "message.in" or cid is None or waits.unsettled(work.session, cid) is None:
        return None
    conversation = conversations.lock(work, cid)
    wait = waits.unsettled(work.session, cid, lock=True)
    if conversation is None or wait is None or wait.unsettled is None:
        return None
    opened = Opened.load(wait.unsettled)
    if opened.message_id != change.data.get("message_id"):
        return None
    return Unsettled(conversation, wait, opened, _tags(work.session, cid))


def settle(work: Work, found: Unsettled) -> None:
    """Settle the terms of a wait by what rules have done; one that ended by that keeps what it had."""
    wait = found.wait
    wait.unsettled = None
    if wait.closed_at is None:
        terms = _terms(work.session, found)
        if terms is not None and terms.due(wait.started_at) <= wait.due_at:
            _take(work, found, terms)
        wait.next_step_at = next_step(work, wait)
    work.session.flush()


def _terms(session: Session, found: Unsettled) -> Terms | None:
    cid, now = found.conversation.id or 0, _tags(session, found.conversation.id or 0)
    offers = [one for one in policies.offers(session) if one.terms.version_id in found.opened.offered]
    known = policies.facts(session, [cid])[cid]
    opened = replace(known, tags=found.opened.tags)
    ruled = replace(known, tags=(found.opened.tags | (now - found.tags)) - (found.tags - now))
    return sla.settle(offers, opened, ruled)


def _take(work: Work, found: Unsettled, terms: Terms) -> None:
    """Go over to other terms, and say so in the wait's story. Nobody is left asleep past the new deadline."""
    wait, conversation = found.wait, found.conversation
    was = {"was_due": wait.due_at.isoformat(), "was_terms": wait.policy_version_id}
    wait.policy_version_id, wait.due_at = terms.version_id, terms.due(wait.started_at)
    waits.record(work, wait.id or 0, "moved", settled=terms.version_id, policy=terms.name, **was)
    conversation.due_at = wait.due_at
    if conversation.snoozed_until is not None and conversation.snoozed_until > wait.due_at:
        conversation.snoozed_until = conversation.snoozed_by = None


def _tags(session: Session, conversation_id: int) -> frozenset[str]:
    return frozenset(conversations.tags_of(session, conversation_id))
