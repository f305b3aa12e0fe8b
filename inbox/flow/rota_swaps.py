"""Swap a time on duty: one asks, a colleague takes it, in return for a shift of their own or for nothing.

Only what is still to come can be asked for; what nobody takes expires as it begins. Of two who take it, whoever was
quicker has it; of an exchange both halves are agreed in one transaction, or neither. A founder may ask and accept in
anybody's name. Each step is announced ("rota.swap", with whom to tell), and rota_letters writes to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from inbox.flow import audit, rota, shifts, swap_checks
from inbox.flow.errors import ConflictError, NotFoundError, RefusedError
from inbox.say import say
from inbox.store import rota as rows
from inbox.store import rota_shifts, teammates
from inbox.store.tables import RotaSwap

if TYPE_CHECKING:
    from inbox.store.db import Work
    from inbox.store.tables import RotaTable

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Asked:
    """A time to be relieved of, and of whom that is asked; None: of anyone.

    in_return: for a shift of theirs; back names which, else whoever accepts chooses. whose: in whose name, None for
    one's own.
    """

    start: datetime
    end: datetime
    wanted: int | None = None
    in_return: bool = False
    back: Span | None = None
    whose: int | None = None


def ask(work: Work, asked: Asked, by: int) -> int:
    """Ask to be relieved of a time on duty; returns the number of the swap."""
    used = rows.in_use(work.session)
    if used is None:
        raise RefusedError(say("There is no rota yet."))
    row = shifts.locked(work, used[0])
    whose = _in_the_name_of(work, asked.whose, by)
    swap_checks.asked(work, row, asked, whose)
    swap = RotaSwap(
        rota_id=used[0],
        teammate_id=whose,
        wanted_id=asked.wanted,
        starts_at=asked.start,
        ends_at=asked.end,
        asked_at=work.now,
        in_return=asked.in_return,
    )
    swap.back_starts_at, swap.back_ends_at = asked.back or (None, None)
    work.session.add(swap)
    work.session.flush()
    if whose == by:
        audit.record(work, by, "rota.swap_asked", swap=swap.id, start=asked.start, teammate=whose)
    else:
        audit.record(work, by, "rota.swap_asked_for", swap=swap.id, start=asked.start, teammate=whose)
    told = {asked.wanted} if asked.wanted is not None else _sitting(work, used[0])
    _tell(work, swap, by, sorted((told | {whose}) - {by}))
    row.next_at = min(rota_shifts.begins(swap), row.next_at or asked.start)
    return swap.id or 0


def take(work: Work, swap_id: int, by: int, back: Span | None = None, taker: int | None = None) -> None:
    """Serve instead of whoever asked; only the first who takes it does. back: the shift they take in return.

    taker: in whose name, None for one's own.
    """
    row, swap = _open(work, swap_id)
    person = _in_the_name_of(work, taker, by)
    returned = swap_checks.returned(swap, back)
    swap_checks.taken(work, row, swap, person, returned)
    swap.state, swap.taker_id, swap.settled_at = "taken", person, work.now
    swap.back_starts_at, swap.back_ends_at = returned or (None, None)
    work.session.flush()
    agreed = rota.Agreed("swap", person, swap.starts_at, swap.ends_at, swap.teammate_id)
    rota.agree(work, swap.rota_id, agreed, by, swap_id)
    if returned is not None:
        rota.agree(work, swap.rota_id, rota.Agreed("swap", swap.teammate_id, *returned, person), by, swap_id)
    _record(work, swap, by)
    _tell(work, swap, by, [swap.teammate_id, person])
    shifts.changed(work, row, by, {swap.teammate_id, person})


def decline(work: Work, swap_id: int, by: int) -> None:
    """Say no to what one was asked by name."""
    _, swap = _open(work, swap_id)
    if swap.wanted_id is None or (swap.wanted_id != by and not _founder(work, by)):
        raise RefusedError(say("You were not asked by name: leave it to the others."))
    swap.state, swap.settled_at = "declined", work.now
    audit.record(work, by, "rota.swap_declined", swap=swap_id, teammate=swap.teammate_id)
    _tell(work, swap, by, [swap.teammate_id])


def cancel(work: Work, swap_id: int, by: int) -> None:
    """Ask no longer."""
    _, swap = _open(work, swap_id)
    if swap.teammate_id != by and not _founder(work, by):
        raise RefusedError(say("Only who asked can take that back."))
    swap.state, swap.settled_at = "cancelled", work.now
    audit.record(work, by, "rota.swap_cancelled", swap=swap_id, teammate=swap.teammate_id)
    _tell(work, swap, by, sorted({swap.teammate_id, swap.wanted_id or swap.teammate_id} - {by}))


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
    if rota_shifts.begins(swap) <= work.now:
        raise ConflictError(say("This shift has begun: the request has ended."))
    return row, swap


def _in_the_name_of(work: Work, whose: int | None, by: int) -> int:
    """Return for whom somebody acts: themselves; a founder, for anybody who is here."""
    if whose is None or whose == by:
        rota.here(work, by)
        return by
    if not _founder(work, by):
        raise RefusedError(say("Only a founder can agree on this for others."))
    rota.here(work, whose)
    return whose


def _founder(work: Work, by: int) -> bool:
    found = teammates.get(work.session, by)
    return found is not None and found.role == "founder"


def _record(work: Work, swap: RotaSwap, by: int) -> None:
    """Say in the audit log what was agreed, and in whose name where that is another."""
    whose, taker, start, back = swap.teammate_id, swap.taker_id, swap.starts_at, swap.back_starts_at
    if swap.in_return and taker != by:
        audit.record(work, by, "rota.exchanged_for", swap=swap.id, teammate=whose, other=taker, start=start, back=back)
    elif swap.in_return:
        audit.record(work, by, "rota.exchanged", swap=swap.id, teammate=whose, start=start, back=back)
    elif taker != by:
        audit.record(work, by, "rota.swap_taken_for", swap=swap.id, teammate=whose, other=taker, start=start)
    else:
        audit.record(work, by, "rota.swap_taken", swap=swap.id, teammate=whose, start=start)


def _sitting(work: Work, rota_id: int) -> set[int]:
    """Return who sits in the rota and works here."""
    held = rows.layers(work.session, rota_id)
    sitting = rows.seats(work.session, [one.id or 0 for one in held])
    here = {one.id for one in teammates.active(work.session)}
    return {seat.teammate_id for places in sitting.values() for seat in places} & here


def _tell(work: Work, swap: RotaSwap, by: int, told: list[int]) -> None:
    work.session.flush()
    work.announce("rota.swap", teammate_id=by, swap_id=swap.id, state=swap.state, told=told)
