"""Swap a time on duty: one asks, a colleague takes it, and whoever was quicker has it.

Only what is still to come can be asked for; what nobody takes expires as it begins. Each step is announced
("rota.swap", with whom to tell), and rota_letters writes to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from inbox.flow import audit, duty, rota, shifts
from inbox.flow.errors import ConflictError, NotFoundError, RefusedError
from inbox.say import say
from inbox.store import rota as rows
from inbox.store import rota_shifts, teammates
from inbox.store.tables import RotaSwap

if TYPE_CHECKING:
    from inbox.store.db import Work
    from inbox.store.tables import RotaTable

OPEN = 100
"""So many may be open at once: a team is small."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A time to be relieved of, and of whom that is asked; None: of anyone."""

    start: datetime
    end: datetime
    wanted: int | None = None


def ask(work: Work, asked: Asked, by: int) -> int:
    """Ask to be relieved of a time on duty; returns the number of the swap."""
    used = rows.in_use(work.session)
    if used is None:
        raise RefusedError(say("There is no rota yet."))
    row = shifts.locked(work, used[0])
    rota.check_time(work, asked.start, asked.end)
    if asked.start <= work.now:
        raise RefusedError(say("This shift has begun: ask a colleague to take over now."))
    if asked.wanted == by:
        raise RefusedError(say("Ask a colleague, not yourself."))
    if asked.wanted is not None:
        rota.here(work, asked.wanted)
    if not any(by in slot.people for slot in duty.slots(work.session, asked.start, asked.end)):
        raise RefusedError(say("You are not on duty then."))
    _refuse_twice(work, used[0], asked, by)
    swap = RotaSwap(
        rota_id=used[0],
        teammate_id=by,
        wanted_id=asked.wanted,
        starts_at=asked.start,
        ends_at=asked.end,
        asked_at=work.now,
    )
    work.session.add(swap)
    work.session.flush()
    audit.record(work, by, "rota.swap_asked", swap=swap.id, start=asked.start)
    told = [asked.wanted] if asked.wanted is not None else _colleagues(work, by)
    _tell(work, swap, by, told)
    row.next_at = min(asked.start, row.next_at or asked.start)
    return swap.id or 0


def take(work: Work, swap_id: int, by: int) -> None:
    """Serve instead of whoever asked; only the first who takes it does."""
    row, swap = _open(work, swap_id)
    rota.here(work, by)
    if by == swap.teammate_id:
        raise RefusedError(say("Ask a colleague, not yourself."))
    if swap.wanted_id not in {None, by}:
        raise RefusedError(say("Another colleague was asked."))
    if rows.absences(work.session, swap.starts_at, swap.ends_at, by):
        raise RefusedError(say("You are away then."))
    swap.state, swap.taker_id, swap.settled_at = "taken", by, work.now
    work.session.flush()
    agreed = rota.Agreed("swap", by, swap.starts_at, swap.ends_at, swap.teammate_id)
    rota.agree(work, swap.rota_id, agreed, by, swap_id)
    audit.record(work, by, "rota.swap_taken", swap=swap_id, teammate=swap.teammate_id)
    _tell(work, swap, by, [swap.teammate_id, by])
    shifts.changed(work, row, by, {swap.teammate_id, by})


def decline(work: Work, swap_id: int, by: int) -> None:
    """Say no to what one was asked by name."""
    _, swap = _open(work, swap_id)
    if swap.wanted_id != by:
        raise RefusedError(say("You were not asked by name: leave it to the others."))
    swap.state, swap.settled_at = "declined", work.now
    audit.record(work, by, "rota.swap_declined", swap=swap_id, teammate=swap.teammate_id)
    _tell(work, swap, by, [swap.teammate_id])


def cancel(work: Work, swap_id: int, by: int) -> None:
    """Ask no longer."""
    _, swap = _open(work, swap_id)
    founder = teammates.get(work.session, by)
    if swap.teammate_id != by and (founder is None or founder.role != "founder"):
        raise RefusedError(say("Only who asked can take that back."))
    swap.state, swap.settled_at = "cancelled", work.now
    audit.record(work, by, "rota.swap_cancelled", swap=swap_id, teammate=swap.teammate_id)
    _tell(work, swap, by, [swap.wanted_id] if swap.wanted_id is not None else [])


def _open(work: Work, swap_id: int) -> tuple[RotaTable, RotaSwap]:
    """Return a swap that can still be answered, and hold it: the rota first, as everybody does."""
    found = work.session.get(RotaSwap, swap_id)
    if found is None:
        raise NotFoundError(say("This request is not there any more."))
    row = shifts.locked(work, found.rota_id)
    swap = rota_shifts.lock_swap(work, swap_id)
    if swap is None or swap.state in {"cancelled", "declined"}:
        raise ConflictError(say("This request was taken back or declined."))
    if swap.state == "taken":
        raise ConflictError(say("A colleague was quicker: somebody takes this shift already."))
    if swap.starts_at <= work.now:
        raise ConflictError(say("This shift has begun: the request has ended."))
    return row, swap


def _refuse_twice(work: Work, rota_id: int, asked: Asked, by: int) -> None:
    others = rota_shifts.open_swaps(work.session, rota_id)
    if len(others) >= OPEN:
        raise RefusedError(say("{limit} requests are open: answer some first.", limit=OPEN))
    if any(one.teammate_id == by and one.starts_at < asked.end and one.ends_at > asked.start for one in others):
        raise RefusedError(say("You have asked for this time already."))


def _colleagues(work: Work, by: int) -> list[int]:
    """Return who sits in the rota, but for whoever asks."""
    used = rows.in_use(work.session)
    held = rows.layers(work.session, used[0]) if used else []
    sitting = rows.seats(work.session, [one.id or 0 for one in held])
    here = {one.id for one in teammates.active(work.session)}
    return sorted({seat.teammate_id for places in sitting.values() for seat in places} & here - {by})


def _tell(work: Work, swap: RotaSwap, by: int, told: list[int]) -> None:
    work.session.flush()
    work.announce("rota.swap", teammate_id=by, swap_id=swap.id, state=swap.state, told=told)
