"""What happened while somebody waited, step by step: the timeline that founders read when they look back.

Asked for a page of waits at once: as many questions for twenty waits as for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.promise_rows import Waited
from inbox.store.tables import (
    Claim,
    Delivery,
    Message,
    Outage,
    SavedDraft,
    Seen,
    Teammate,
    Telling,
    TellingSend,
    WaitEvent,
    WaitStep,
)
from inbox.store.tools import table

MOST = 400
"""So many rows of each kind are read for a page."""
ACTS = ("assigned", "snoozed", "closed", "reopened", "no_reply_needed", "spam", "not_spam")

_messages, _seen, _drafts = table(Message), table(Seen), table(SavedDraft)
_claims, _steps, _tellings, _sends = table(Claim), table(WaitStep), table(Telling), table(TellingSend)
_outages, _events, _outbox, _teammates = table(Outage), table(WaitEvent), table(Delivery), table(Teammate)


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. person: the teammate who did it or was told, 0 for none.

    kind: arrived, stored, seen, an act of ACTS, claimed, released, rang, told, draft, outage, resumed, settled, sent,
    ended, now.
    """

    at: datetime
    kind: str
    person: int = 0
    details: dict[str, Any] = field(default_factory=dict)


Story = dict[int, list[Moment]]


def stories(session: Session, waits: Sequence[Waited], now: datetime) -> Story:
    """Tell what happened during each of these waits, in order."""
    found: Story = {wait.id: [Moment(wait.started_at, "arrived")] for wait in waits}
    for tell in (_stored, _seen_by, _acts, _told, _claimed, _written, _outages_of, _events_of):
        tell(session, waits, now, found)
    for wait in waits:
        found[wait.id].append(_end(wait, now))
        found[wait.id].sort(key=lambda one: (one.at, one.kind != "arrived"))
    return found


def _end(wait: Waited, now: datetime) -> Moment:
    if wait.closed_at is None:
        return Moment(now, "now")
    return Moment(wait.closed_at, "ended", wait.person, {"cause": wait.cause, "reason": wait.reason})


def _while(wait: Waited, now: datetime, at: datetime) -> bool:
    return wait.started_at <= at <= (wait.closed_at or now)


def _stored(session: Session, waits: Sequence[Waited], _now: datetime, found: Story) -> None:
    """Say when the message reached us, where that was long after it was received."""
    late = {wait.message_id: wait.id for wait in waits if wait.late}
    query = sa.select(_messages.c.id, _messages.c.stored_at).where(_messages.c.id.in_(late))
    for row in session.execute(query):
        found[late[row.id]].append(Moment(row.stored_at, "stored"))


def _seen_by(session: Session, waits: Sequence[Waited], now: datetime, found: Story) -> None:
    """Say who had it before their eyes; of each teammate the last look is known."""
    everyone = sa.select(_teammates.c.id)
    mine = _seen.c.conversation_id.in_(_talks(waits))
    query = sa.select(_seen).where(_seen.c.teammate_id.in_(everyone), mine).limit(MOST)
    for row in session.execute(query):
        _put(waits, now, found, row.conversation_id, Moment(row.at, "seen", row.teammate_id))


def _acts(session: Session, waits: Sequence[Waited], now: datetime, found: Story) -> None:
    first = min((wait.started_at for wait in waits), default=now)
    columns = (_messages.c.conversation_id, _messages.c.at, _messages.c.teammate_id, _messages.c.details)
    query = (
        sa.select(*columns)
        .where(_messages.c.conversation_id.in_(_talks(waits)), _messages.c.at >= first, _messages.c.kind == "event")
        .order_by(_messages.c.at)
        .limit(MOST)
    )
    for row in session.execute(query):
        if row.details.get("event") in ACTS:
            moment = Moment(row.at, str(row.details["event"]), row.teammate_id or 0, _with_times(row.details))
            _put(waits, now, found, row.conversation_id, moment)


def _with_times(details: dict[str, Any]) -> dict[str, Any]:
    """Return what an act says of itself, its time as one: it was put away as text."""
    until = details.get("until")
    return {**details, "until": datetime.fromisoformat(until)} if isinstance(until, str) else dict(details)


def _told(session: Session, waits: Sequence[Waited], now: datetime, found: Story) -> None:
    """Say which steps of the ladder rang, and who was told of each by which means, or could not be."""
    ids = [wait.id for wait in waits]
    steps = sa.select(_steps).where(_steps.c.wait_id.in_(ids)).order_by(_steps.c.id).limit(MOST)
    for row in session.execute(steps):
        found[row.wait_id].append(Moment(row.rung_at, "rang", details={"step": row.step}))
    told = _sends.join(_tellings, _tellings.c.id == _sends.c.telling_id)
    columns = (_tellings.c.wait_id, _tellings.c.step, _sends.c.person, _sends.c.means, _sends.c.state, _sends.c.error)
    query = sa.select(*columns, sa.func.coalesce(_sends.c.left_at, _sends.c.at).label("at")).select_from(told)
    for row in session.execute(
        query.where(_tellings.c.wait_id.in_(ids), _sends.c.state != "queued").order_by(_sends.c.id).limit(MOST)
    ):
        details = {"step": row.step, "means": row.means, "state": row.state, "error": row.error}
        found[row.wait_id].append(Moment(min(row.at, now), "told", row.person, details))


def _claimed(session: Session, waits: Sequence[Waited], _now: datetime, found: Story) -> None:
    query = sa.select(_claims).where(_claims.c.wait_id.in_([wait.id for wait in waits])).limit(MOST)
    for row in session.execute(query):
        found[row.wait_id].append(Moment(row.at, "claimed", row.teammate_id, {"until": row.until}))
        if row.released_at is not None and row.released_at < row.until:
            found[row.wait_id].append(Moment(row.released_at, "released", row.teammate_id))


def _written(session: Session, waits: Sequence[Waited], now: datetime, found: Story) -> None:
    """Say who began an answer and has not sent it."""
    columns = (_drafts.c.conversation_id, _drafts.c.teammate_id, _drafts.c.created_at)
    mine = (_drafts.c.conversation_id.in_(_talks(waits)), _drafts.c.kind == "reply", _drafts.c.discarded_at.is_(None))
    for row in session.execute(sa.select(*columns).where(*mine).limit(MOST)):
        _put(waits, now, found, row.conversation_id, Moment(row.created_at, "draft", row.teammate_id))


def _outages_of(session: Session, waits: Sequence[Waited], now: datetime, found: Story) -> None:
    """Say when the account could not work while they waited."""
    accounts = {wait.account_id for wait in waits}
    first = min((wait.started_at for wait in waits), default=now)
    lasted = sa.or_(_outages.c.over_at.is_(None), _outages.c.over_at > first)
    query = sa.select(_outages).where(_outages.c.account_id.in_(accounts), lasted).order_by(_outages.c.id).limit(MOST)
    for row in session.execute(query):
        for wait in waits:
            over = row.over_at or now
            if wait.account_id == row.account_id and row.since < (wait.closed_at or now) and over > wait.started_at:
                details = {"until": row.over_at, "why": row.why}
                found[wait.id].append(Moment(max(row.since, wait.started_at), "outage", details=details))


def _events_of(session: Session, waits: Sequence[Waited], _now: datetime, found: Story) -> None:
    """Say when a wait that had ended went on, as after a bounce, and when rules brought it under another policy."""
    ids = [wait.id for wait in waits]
    query = sa.select(_events).where(_events.c.wait_id.in_(ids), _events.c.kind.in_(("reopened", "moved"))).limit(MOST)
    for row in session.execute(query):
        if row.kind == "reopened":
            found[row.wait_id].append(Moment(row.at, "resumed", details={"why": row.details.get("why", "")}))
        elif "settled" in row.details:
            found[row.wait_id].append(Moment(row.at, "settled", details={"policy": row.details.get("policy", "")}))
    replies = {wait.closing_message_id: wait.id for wait in waits if wait.closing_message_id is not None}
    mine = sa.select(_outbox.c.message_id, _outbox.c.created_at).where(_outbox.c.message_id.in_(replies))
    for row in session.execute(mine.where(_outbox.c.kind == "send").limit(MOST)):
        found[replies[row.message_id]].append(Moment(row.created_at, "sent"))


def _talks(waits: Sequence[Waited]) -> list[int]:
    return sorted({wait.conversation_id for wait in waits})


def _put(waits: Sequence[Waited], now: datetime, found: Story, conversation_id: int, moment: Moment) -> None:
    """Add it to the waits of that conversation during which it happened."""
    for wait in waits:
        if wait.conversation_id == conversation_id and _while(wait, now, moment.at):
            found[wait.id].append(moment)
