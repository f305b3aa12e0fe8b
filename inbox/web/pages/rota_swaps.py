"""Swaps, from the rota's page: ask for one, for nothing or in return for a shift; accept, decline, take back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import rota_swaps
from inbox.flow.errors import RefusedError
from inbox.flow.rota_swaps import Span
from inbox.say import say
from inbox.store.db import Work
from inbox.web.deps import House, Me
from inbox.web.pages.rota import Short, acted, instant, named
from inbox.web.words import _

router = APIRouter(prefix="/rota/swaps")
THERE = "#swaps"
ANY = "any"
Chosen = Annotated[str, Form(max_length=100)]


@router.post("")
def ask(
    request: Request,
    house: House,
    me: Me,
    start: Short = "",
    end: Short = "",
    whom: Short = "",
    back: Chosen = "",
    shift: Chosen = "",
) -> Response:
    """Ask for a swap of one of one's own shifts; a founder may name anybody's (shift)."""

    def act(work: Work) -> None:
        whose, span = chosen(shift) if shift else (None, (instant(start), instant(end)))
        giver, returned = chosen(back) if back not in {"", ANY} else (None, None)
        wanted = named(whom)
        if giver is not None and wanted not in {None, giver}:
            raise RefusedError(say("The shift in return is another colleague's: choose one of theirs."))
        asked = rota_swaps.Asked(*span, wanted or giver, bool(back), returned, whose)
        rota_swaps.ask(work, asked, me.id)

    said = _("Asked. The request ends by itself when the shift begins.")
    return acted(request, house, me, act, said, THERE)


@router.post("/{swap_id}/accept")
def accept(request: Request, house: House, me: Me, swap_id: int, whom: Short = "", back: Chosen = "") -> Response:
    """Serve instead of a colleague; only the first who accepts does. A founder may accept in anybody's name (whom)."""

    def act(work: Work) -> None:
        giver, returned = chosen(back) if back else (named(whom), None)
        rota_swaps.take(work, swap_id, me.id, returned, giver)

    return acted(request, house, me, act, _("Agreed. Both of you find it in the calendar."), THERE)


@router.post("/{swap_id}/decline")
def decline(request: Request, house: House, me: Me, swap_id: int) -> Response:
    """Say no to a swap."""
    said = _("Declined. Your colleague is told.")
    return acted(request, house, me, lambda work: rota_swaps.decline(work, swap_id, me.id), said, THERE)


@router.post("/{swap_id}/cancel")
def cancel(request: Request, house: House, me: Me, swap_id: int) -> Response:
    """Ask for a swap no longer."""
    said = _("Taken back.")
    return acted(request, house, me, lambda work: rota_swaps.cancel(work, swap_id, me.id), said, THERE)


def chosen(text: str) -> tuple[int, Span]:
    """Read a shift as `inbox.web.rota_asked.Choice` writes it: whose it is, and from when to when."""
    who, _space, times = text.partition(" ")
    start, _space, end = times.partition(" ")
    person = named(who)
    if person is None:
        raise RefusedError(say("Choose one of the shifts that are offered."))
    return person, (instant(start), instant(end))
