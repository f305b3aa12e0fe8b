"""Keep the rota's word: publish the weeks to come, say what an edit changes for whom, and pass duty on when it is time.

`changed` runs in the transaction of every verb that changes what decides; `ring` when a time has come that the rota
named itself (its `next_at`). Both hold the rota's row, so that any number of workers do each thing once.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from inbox.flow import days_off
from inbox.flow.errors import NotFoundError
from inbox.flow.feed import attempt
from inbox.say import say
from inbox.store import rota as rows
from inbox.store import rota_away
from inbox.store import rota_shifts as shifts
from rules.rota import Absence, Rota, Slot, who
from rules.rota_change import Changed, affected, changes

if TYPE_CHECKING:
    from collections.abc import Collection

    from inbox.store.db import Session, Store, Work
    from inbox.store.tables import RotaTable

HORIZON = timedelta(weeks=4)
"""So far ahead is it said who serves; whoever is affected by a later change of it is told."""
EARLIER = timedelta(days=1)
"""So much of it may be missing before more is published."""
AGAIN = timedelta(minutes=10)
"""So long after something broke it is tried again."""
LISTED = 50
"""Changes that one letter lists."""


def new_stamp() -> str:
    """Make a stamp that no state of the rota had before."""
    return secrets.token_hex(8)


def rules_of(session: Session, rota_id: int, start: datetime, end: datetime) -> Rota:
    """Return what decides who is on duty between two moments."""
    return rows.load(session, rota_id, start, end, days_off.of)


def away(session: Session, zone: str, start: datetime, end: datetime) -> tuple[Absence, ...]:
    """Return who cannot serve at some time of a span: who is away, has left, or keeps a public holiday."""
    return rota_away.gone(session, start, end, zone, days_off.of).absences


def locked(work: Work, rota_id: int) -> RotaTable:
    """Return a rota that is changed by nobody else now."""
    row = rows.lock(work, rota_id)
    if row is None:
        raise NotFoundError(say("This rota is not there any more."))
    return row


def hold(work: Work) -> RotaTable | None:
    """Return the rota of the house, changed by nobody else now; first of all, so that no two wait for each other."""
    row = rows.first(work.session)
    return locked(work, row.id or 0) if row is not None else None


def changed(work: Work, row: RotaTable, by: int | None, knowing: Collection[int] = ()) -> list[Changed]:
    """Make known what follows from a change of the rota; returns what is different from what was published.

    knowing: who is told of it in another way.
    """
    row.stamp = new_stamp()
    work.session.flush()
    return _settle(work, row, by, knowing)


def people_changed(work: Work, by: int | None) -> None:
    """Make known what follows from somebody's leaving, coming back or being away."""
    row = hold(work)
    if row is not None:
        changed(work, row, by)


def ring(store: Store) -> int:
    """Do what the rotas have to do by themselves now; returns how many had something to do.

    What breaks in a rota is logged and tried again later: nobody's deadline is kept up by it.
    """
    with store.reading() as session:
        due = rows.due(session, store.clock())
    return sum(_ring(store, rota_id) for rota_id in due)


def _ring(store: Store, rota_id: int) -> bool:
    with store.unit_of_work() as work:
        row = rows.lock(work, rota_id)
        if row is None or row.next_at is None or row.next_at > work.now:
            return False  # another worker was quicker
        if not attempt(work, f"Rota {rota_id}", partial(_by_itself, work, row)):
            row.next_at = work.now + AGAIN
        return True


def _by_itself(work: Work, row: RotaTable) -> None:
    _expire(work, row)
    _settle(work, row, None)


def _settle(work: Work, row: RotaTable, by: int | None, knowing: Collection[int] = ()) -> list[Changed]:
    """Publish, pass on, and name when that is to be done again."""
    rota_id, until = row.id or 0, work.now + HORIZON
    published = row.published_until or work.now
    start = min(work.now, published, row.next_at or work.now)
    slots = who(rules_of(work.session, rota_id, start, until), start, until)
    since = min(work.now, published)
    found = changes(shifts.between(work.session, rota_id, work.now, published), slots)
    shifts.publish(work, rota_id, _from(slots, since))
    row.published_until = until
    if found:
        _announce(work, rota_id, found, by, knowing)
    current = next(slot for slot in slots if slot.start <= work.now < slot.end)
    _pass_on(work, rota_id, current)
    later = (slot.start for slot in slots if slot.start > work.now and set(slot.people) != set(current.people))
    times = (next(later, None), until - HORIZON + EARLIER, shifts.first_open(work.session, rota_id))
    row.next_at = min(at for at in times if at is not None)
    work.session.flush()
    return found


def _from(slots: list[Slot], since: datetime) -> list[Slot]:
    return [Slot(max(one.start, since), one.end, one.people, one.why) for one in slots if one.end > since]


def _announce(work: Work, rota_id: int, found: list[Changed], by: int | None, knowing: Collection[int]) -> None:
    told = [
        {"start": one.start.isoformat(), "end": one.end.isoformat(), "before": [*one.before], "after": [*one.after]}
        for one in found[:LISTED]
    ]
    said: dict[str, Any] = {"people": affected(found), "knowing": sorted(knowing), "shifts": told, "count": len(found)}
    work.announce("rota.changed", teammate_id=by, rota_id=rota_id, **said)


def _pass_on(work: Work, rota_id: int, current: Slot) -> None:
    """Say that others are on duty than were last, once, at the moment since when they are."""
    last = shifts.last_handover(work.session, rota_id)
    leaving = last.coming if last else []
    coming = list(current.people)
    if set(leaving) == set(coming):
        return
    at = current.start if last is None or current.start > last.at else max(work.now, last.at)
    shifts.hand_over(work, rota_id, at, leaving, coming)
    told: dict[str, Any] = {"from": leaving, "to": coming, "at": at.isoformat()}
    work.announce("rota.handed_over", rota_id=rota_id, **told)


def _expire(work: Work, row: RotaTable) -> None:
    """End what was asked and not answered before its shift began."""
    for swap in shifts.open_swaps(work.session, row.id or 0):
        if shifts.begins(swap) <= work.now:
            swap.state, swap.settled_at = "expired", work.now
            work.announce("rota.swap", swap_id=swap.id, state="expired", told=[swap.teammate_id])
