"""Ring the steps that are due, each step of a wait once, however many ring; wake what was snoozed until now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inbox.flow import bulk, shifts, snooze
from inbox.store import agenda, policies, waits
from rules import escalation
from rules.escalation import BREACH, WARNING

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.store.db import Session, Store, Work
    from inbox.store.tables import Wait
    from rules.escalation import Ring

BATCH = 100
"""Waits that ring in one transaction: so few that whatever else has to be written then waits a moment only."""


def tick(store: Store) -> int:
    """Do everything that is due, in bounded batches; returns how many waits rang.

    Duty passes on first: who is told of a step are those who are on duty now.
    """
    with store.reading() as session:
        due = agenda.read(session)
    now, total = store.clock(), 0
    if _is_due(due.duty, now):
        shifts.ring(store)
    if _is_due(due.step, now):
        total = _ring_all(store)
    if _is_due(due.snoozed, now):
        _wake_all(store)
    if _is_due(due.at_work, now - bulk.ALONE):
        bulk.carry_on(store)
    if _is_due(due.ended, now - bulk.KEPT):
        bulk.forget(store)
    return total


def next_at(session: Session) -> datetime | None:
    """Return when there is something to ring, to wake or to pass on next."""
    return agenda.read(session).first


def _is_due(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def _ring_all(store: Store) -> int:
    total, rang = 0, BATCH
    while rang == BATCH:
        with store.unit_of_work() as work:
            rang = ring_due(work)
        total += rang
    return total


def _wake_all(store: Store) -> None:
    woken = snooze.BATCH
    while woken == snooze.BATCH:
        with store.unit_of_work() as work:
            woken = snooze.wake_due(work)


def ring_due(work: Work) -> int:
    """Ring one batch in this transaction."""
    due = waits.due(work.session, work.now, BATCH, lock=work.dialect == "postgresql")
    if not due:
        return 0
    rung = waits.rung(work.session, [wait.id or 0 for wait in due])
    terms = policies.terms(work.session, {wait.policy_version_id for wait in due})
    steps, nexts = [], []
    for wait in due:
        promised, before = terms[wait.policy_version_id], rung.get(wait.id or 0, set())
        ringing = escalation.ringing(promised.ladder, wait.due_at, promised.hours, before, work.now)
        steps += [_row(work, wait, ring) for ring in ringing]
        _announce(work, wait, ringing)
        after = before | {ring.name for ring in ringing}
        nexts.append({"wait": wait.id, "at": promised.next_at(wait.due_at, after)})
    waits.ring(work, steps)
    waits.set_next_steps(work, nexts)
    return len(due)


def _row(work: Work, wait: Wait, ring: Ring) -> dict[str, object]:
    return {"wait_id": wait.id, "step": ring.name, "due_at": ring.at, "rung_at": work.now}


def _announce(work: Work, wait: Wait, ringing: list[Ring]) -> None:
    """Tell of the last steps alone: what was missed before them is over. That somebody is late is always told."""
    newest = [ring for ring in ringing if ring.at == ringing[-1].at]
    told: dict[str, Any] = {"wait_id": wait.id, "due_at": wait.due_at.isoformat()}
    for ring in newest:
        work.announce("wait.step", conversation_id=wait.conversation_id, step=ring.name, **told)
    if any(ring.name == WARNING for ring in newest):
        work.announce("wait.warning", conversation_id=wait.conversation_id, **told)
    if any(ring.name == BREACH for ring in ringing):
        work.announce("wait.breach", conversation_id=wait.conversation_id, **told)
