"""What of a swap is refused, each with a sentence: whose shift it is must be true both when it is asked and taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.flow import duty, rota, shifts
from inbox.flow.errors import ConflictError, RefusedError
from inbox.say import say
from inbox.store import rota_shifts
from rules.rota import AWAY

if TYPE_CHECKING:
    from inbox.flow.rota_swaps import Asked, Span
    from inbox.store.db import Work
    from inbox.store.tables import RotaSwap, RotaTable

OPEN = 100
"""So many may be open at once: a team is small."""


def asked(work: Work, row: RotaTable, given: Asked, whose: int) -> None:
    """Refuse what cannot be asked for in somebody's name."""
    rota.check_time(work, given.start, given.end)
    if given.start <= work.now:
        raise RefusedError(say("This shift has begun: ask a colleague to take over now."))
    if given.wanted == whose:
        raise RefusedError(say("Ask a colleague, not yourself."))
    if given.wanted is not None:
        rota.here(work, given.wanted)
    slots = duty.slots(work.session, given.start, given.end)
    every = all if given.in_return else any
    if not every(whose in slot.people for slot in slots):
        raise RefusedError(say("You are not on duty then."))
    if given.back is not None:
        if given.wanted is None or not given.in_return:
            raise RefusedError(say("Say whose shift it is that is taken in return."))
        _back(work, row, (given.start, given.end), given.back, given.wanted, whose)
    _refuse_twice(work, row.id or 0, given, whose)


def returned(swap: RotaSwap, chosen: Span | None) -> Span | None:
    """Return the shift that is taken in return: the one that was named, else the one that is chosen now."""
    if not swap.in_return:
        if chosen is not None:
            raise RefusedError(say("Nothing was offered in return for this shift."))
        return None
    named = (swap.back_starts_at, swap.back_ends_at)
    if named[0] is not None and named[1] is not None:
        if chosen not in {None, named}:
            raise RefusedError(say("They asked for another shift in return."))
        return named[0], named[1]
    if chosen is None:
        raise RefusedError(say("Choose which shift they take in return."))
    return chosen


def taken(work: Work, row: RotaTable, swap: RotaSwap, taker: int, back: Span | None) -> None:
    """Refuse whoever cannot take this shift, and a shift that is not any more what was asked for."""
    span = (swap.starts_at, swap.ends_at)
    if taker == swap.teammate_id:
        raise RefusedError(say("Ask a colleague, not yourself."))
    if swap.wanted_id not in {None, taker}:
        raise RefusedError(say("Another colleague was asked."))
    rota.here(work, swap.teammate_id)
    if _away(work, row, span, taker):
        raise RefusedError(say("You are away then."))
    every = all if swap.in_return else any
    slots = duty.slots(work.session, *span)
    if not every(_turn_of(swap.teammate_id, slot.people, slot.why) for slot in slots):
        raise ConflictError(say("This shift has changed since it was asked for: it is not theirs any more."))
    if back is not None:
        _back(work, row, span, back, taker, swap.teammate_id)


def _back(work: Work, row: RotaTable, span: Span, back: Span, giver: int, server: int) -> None:
    """Refuse a shift in return that is not its giver's from beginning to end, or that cannot be served for it."""
    rota.check_time(work, *back)
    if back[0] <= work.now:
        raise RefusedError(say("The shift in return has begun: choose another one."))
    if back[0] < span[1] and span[0] < back[1]:
        raise RefusedError(say("The two shifts overlap: choose another one in return."))
    if not all(giver in slot.people for slot in duty.slots(work.session, *back)):
        raise ConflictError(say("The shift in return is not theirs any more: choose another one."))
    if _away(work, row, back, server):
        raise RefusedError(say("Whoever asked is away while the shift in return runs: choose another one."))


def _turn_of(person: int, people: tuple[int, ...], why: tuple[str, ...]) -> bool:
    """Whether somebody serves, or would but for being away: that may be just why they ask."""
    return person in people or any(f"{word}:{person}" in why for word in AWAY)


def _away(work: Work, row: RotaTable, span: Span, person: int) -> bool:
    return any(one.person == person for one in shifts.away(work.session, row.zone, *span))


def _refuse_twice(work: Work, rota_id: int, given: Asked, whose: int) -> None:
    others = rota_shifts.open_swaps(work.session, rota_id)
    if len(others) >= OPEN:
        raise RefusedError(say("{limit} requests are open: answer some first.", limit=OPEN))
    mine = [one for one in others if one.teammate_id == whose]
    if any(one.starts_at < given.end and one.ends_at > given.start for one in mine):
        raise RefusedError(say("You have asked for this time already."))
