"""Write to those whom a change of the rota or a swap concerns, in their language and by their clock.

A swap is written about at once. Edits of the rota are not: a founder who arranges it makes ten of them, so whoever is
affected gets one letter, a few minutes after the first, that points to what holds by then.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inbox.flow import notices
from inbox.flow.errors import RefusedError
from inbox.flow.feed import Reader
from inbox.flow.letters import queue_letter
from inbox.say import say
from inbox.store import outbox, teammates
from inbox.store.tables import RotaSwap
from rules import zones

if TYPE_CHECKING:
    from collections.abc import Callable

    from inbox.flow.context import Context
    from inbox.say import Said
    from inbox.store.db import Session, Work
    from inbox.store.tables import Change, Teammate

SWAP, CHANGED = "rota.swap", "rota.changed"
TOGETHER = timedelta(minutes=10)
"""Edits within this time are one letter."""
STALE = timedelta(days=2)


def reader(context: Context) -> Reader:
    """Return who writes these letters, from the feed."""
    return Reader(context.store, "rota letters", _concerns, partial(observe, context))


def _concerns(_session: Session) -> Callable[[Change], bool]:
    return lambda change: change.kind in {SWAP, CHANGED}


def observe(context: Context, work: Work, change: Change) -> None:
    """Write of one change to whom it concerns, but for who made it."""
    if work.now - change.at > STALE:
        return
    told = change.data.get("told" if change.kind == SWAP else "people") or []
    for person in sorted({int(one) for one in told}):
        teammate = teammates.get(work.session, person)
        if teammate is None or teammate.disabled_at is not None:
            continue
        if change.kind == SWAP:
            _of_swap(context, work, change, teammate)
        elif person not in {change.teammate_id, *change.data.get("knowing", ())}:
            _of_edit(context, work, change, teammate)


def _of_edit(context: Context, work: Work, change: Change, teammate: Teammate) -> None:
    count = int(change.at.timestamp() // TOGETHER.total_seconds()) + 1
    later = datetime.fromtimestamp(count * TOGETHER.total_seconds(), UTC)
    text = say("The rota was changed: when you are on duty in the next weeks is different now.")
    _send(context, work, teammate, f"rota:{change.data['rota_id']}:{count}", say("Your shifts have changed"), text)
    row = outbox.by_key(work.session, f"rota:{change.data['rota_id']}:{count}:{teammate.id}")
    if row is not None and row.state == "queued":
        row.not_before = later


def _of_swap(context: Context, work: Work, change: Change, teammate: Teammate) -> None:
    swap = work.session.get(RotaSwap, change.data["swap_id"])
    if swap is None:
        return
    names = teammates.names(work.session)
    _notice(work, swap, teammate, change, names)
    mine = teammate.id == swap.teammate_id
    asker = names.get(swap.teammate_id, "?")
    subject = say("A shift of yours") if mine else say("A shift of {name}'s", name=asker)
    said = _said(swap, change, teammate, names)
    _send(context, work, teammate, f"swap:{swap.id}:{change.data['state']}", subject, *said)


def _said(swap: RotaSwap, change: Change, teammate: Teammate, names: dict[int, str]) -> list[Said]:
    """Say what became of a swap to one of those whom it concerns, and what is done in return."""
    state, mine = str(change.data["state"]), teammate.id == swap.teammate_id
    when = _when(swap.starts_at, swap.ends_at, teammate.zone)
    asker, taker = names.get(swap.teammate_id, "?"), names.get(swap.taker_id or 0, "?")
    wanted, acting = names.get(swap.wanted_id or 0, "?"), names.get(change.teammate_id or 0, "?")
    if mine:
        said = {
            "open": say("{name} asks in your name who would serve instead of you: {when}.", name=acting, when=when),
            "taken": say("{name} is on duty instead of you: {when}.", name=taker, when=when),
            "declined": say("{name} cannot be on duty instead of you: {when}.", name=wanted, when=when),
            "cancelled": say("{name} took your request back: {when}.", name=acting, when=when),
            "expired": say("Nobody could be on duty instead of you: {when}. It stays yours.", when=when),
        }
    else:
        said = {
            "open": say("{name} asks whether you would be on duty instead of them: {when}.", name=asker, when=when),
            "taken": say("You are on duty instead of {name}: {when}.", name=asker, when=when),
        }
    told = said.get(state) or say("{name} does not ask any more: {when}.", name=asker, when=when)
    return [told, *_in_return(swap, teammate, state, mine=mine)]


def _in_return(swap: RotaSwap, teammate: Teammate, state: str, *, mine: bool) -> list[Said]:
    """Say which shift is served in return, while that is asked and once it is agreed."""
    if not swap.in_return or state not in {"open", "taken"}:
        return []
    if swap.back_starts_at is None or swap.back_ends_at is None:
        return [say("In return a shift of whoever accepts is taken: they choose which.")]
    back = _when(swap.back_starts_at, swap.back_ends_at, teammate.zone)
    if mine:
        return [say("In return you are on duty for them: {when}.", when=back)]
    return [say("In return they are on duty for you: {when}.", when=back)]


def _notice(work: Work, swap: RotaSwap, teammate: Teammate, change: Change, names: dict[int, str]) -> None:
    """Say in the app, too, what somebody is asked, what became of that, and what was agreed in their name."""
    asked, state = teammate.id == swap.teammate_id, str(change.data["state"])
    if state == "taken" and not asked and change.teammate_id != teammate.id:
        by = names.get(swap.teammate_id, "")
        notices.of_rota(work, [teammate.id or 0], f"swap:{swap.id}:serves", "serves", by)
    if (state == "open") == asked or state == "cancelled":
        return
    other = {"open": swap.teammate_id, "taken": swap.taker_id, "declined": swap.wanted_id}.get(state)
    notices.of_rota(work, [teammate.id or 0], f"swap:{swap.id}:{state}", state, names.get(other or 0, ""))


def _when(start: datetime, end: datetime, zone: str) -> str:
    here = zones.named(zone) or ZoneInfo("UTC")
    start, end = start.astimezone(here), end.astimezone(here)
    return f"{start:%Y-%m-%d %H:%M} - {end:%Y-%m-%d %H:%M} ({here.key})"


def _send(context: Context, work: Work, teammate: Teammate, key: str, subject: Said, *text: Said) -> None:
    """Queue a letter; where none can leave, the rota's page must do."""

    def tell(sentence: Said) -> str:
        return context.voice(teammate.language, sentence)

    body = "\n\n".join([*map(tell, text), f"{context.settings.public_url}/rota"])
    try:
        queue_letter(work, teammate.mail, tell(subject), body, f"{key}:{teammate.id}")
    except RefusedError:
        return
