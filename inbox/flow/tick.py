"""Ring the deadlines that are due, each step of a wait once, however many ring; wake what was snoozed until now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.flow import bulk, snooze
from inbox.store import snoozes, waits
from rules import sla

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.store.db import Session, Store, Work
    from inbox.store.tables import Wait

BATCH = 500


def tick(store: Store) -> int:
    """Ring everything that is due, in bounded batches; returns how many waits rang."""
    total = 0
    while True:
        with store.unit_of_work() as work:
            rang = ring_due(work)
        total += rang
        if rang < BATCH:
            break
    while _wake(store) == snooze.BATCH:
        pass
    bulk.carry_on(store)
    return total


def _wake(store: Store) -> int:
    """Bring back what was snoozed until now."""
    with store.reading() as session:
        due = snoozes.next_at(session)
    if due is None or due > store.clock():
        return 0
    with store.unit_of_work() as work:
        return snooze.wake_due(work)


def next_at(session: Session) -> datetime | None:
    """Return when there is something to ring or to wake next."""
    return min((at for at in (waits.next_step_at(session), snoozes.next_at(session)) if at), default=None)


def ring_due(work: Work) -> int:
    """Ring one batch in this transaction."""
    due = waits.due(work.session, work.now, BATCH, lock=work.dialect == "postgresql")
    if not due:
        return 0
    rung = waits.rung(work.session, [wait.id or 0 for wait in due])
    steps, nexts = [], []
    for wait in due:
        before = rung.get(wait.id or 0, set())
        ringing = sla.ringing(wait.due_at, before, work.now)
        steps += [_row(work, wait, step) for step in ringing]
        after = before | {step.name for step in ringing}
        nexts.append({"wait": wait.id, "at": sla.next_step(wait.due_at, after)})
    waits.ring(work, steps)
    waits.set_next_steps(work, nexts)
    return len(due)


def _row(work: Work, wait: Wait, step: sla.Step) -> dict[str, object]:
    work.announce(f"wait.{step.name}", conversation_id=wait.conversation_id, wait_id=wait.id)
    return {"wait_id": wait.id, "step": step.name, "due_at": step.at, "rung_at": work.now}
