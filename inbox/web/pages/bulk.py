"""Acts on many conversations: begun, carried on batch by batch while the page shows how far, undone as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from inbox.flow import bulk
from inbox.flow.bulk import Progress
from inbox.flow.context import Context
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import Signed
from inbox.web.bulk_words import said
from inbox.web.deps import House, Me
from inbox.web.lists import open_list
from inbox.web.outcome import known
from inbox.web.render import done, fragment, zone_of
from inbox.web.words import _
from inbox.web.writing import moment

router = APIRouter()
Text = Annotated[str, Form(max_length=600)]
Ids = Annotated[list[str], Form(max_length=bulk.MOST)]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the form of the list holds: which conversations, and what shall be done ("assign:12", "close")."""

    ids: list[int]
    every: bool
    view: str
    do: str
    tag: str = ""
    reason: str = ""
    past_deadline: bool = False


def chosen(
    ids: Ids = [],  # noqa: B006 - FastAPI reads it, nobody changes it
    every: Text = "",
    view: Text = "",
    do: Text = "",
    tag: Text = "",
    reason: Text = "",
    other: Text = "",
    past_deadline: Text = "",
) -> Chosen:
    """Read the form of the list."""
    numbers = [int(one) for one in ids if one.isascii() and one.isdigit() and len(one) < 16]
    return Chosen(numbers, bool(every), view, do, tag, other.strip() or reason, bool(past_deadline))


@router.post("/bulk")
def begin(request: Request, house: House, me: Me, given: Annotated[Chosen, Depends(chosen)]) -> Response:
    """Do something with the chosen conversations, or with all of the list."""
    kind, told = _given(request, me, given)
    with house.store.unit_of_work() as work:
        ids = given.ids
        if given.every:
            ids = open_list(work.session, known(given.view), me.id, work.now).ids(bulk.MOST)
        number = bulk.start(work, kind, told, ids, me.id)
    return _on(request, house, me, number, given.view)


def _given(request: Request, me: Signed, given: Chosen) -> tuple[str, dict[str, Any]]:
    """Return the kind of the act and what it is told."""
    kind, _colon, what = given.do.partition(":")
    if kind == "assign":
        return kind, assignment(me, what)
    if kind in {"tag", "untag"}:
        return kind, {"name": given.tag}
    if kind == "snooze":
        until = moment(what, zone_of(request))
        if until is None:
            raise RefusedError(_("Choose a day and a time."))
        return kind, {"until": until.isoformat(), "past_deadline": given.past_deadline}
    return kind, {"reason": given.reason} if kind == "close" else {}


def assignment(me: Signed, to: str) -> dict[str, Any]:
    """Read to whom: a teammate's number, "me", "duty", or nobody ("")."""
    if to == "duty":
        return {"duty": True}
    return {"to": me.id if to == "me" else int(to) if to.isascii() and to.isdigit() and len(to) < 16 else None}


@router.post("/bulk/{bulk_id}/go")
def go_on(request: Request, house: House, me: Me, bulk_id: int, view: Text = "") -> Response:
    """Do the next batch."""
    with house.store.unit_of_work() as work:
        bulk.progress(work, bulk_id, me.id)
    return _on(request, house, me, bulk_id, view)


@router.post("/bulk/{bulk_id}/undo")
def undo(request: Request, house: House, me: Me, bulk_id: int, view: Text = "") -> Response:
    """Take it all back."""
    with house.store.unit_of_work() as work:
        bulk.undo(work, bulk_id, me.id)
    return _on(request, house, me, bulk_id, view)


def _on(request: Request, house: Context, me: Signed, bulk_id: int, view: str) -> Response:
    """Do a batch and say how far it is; a browser without scripts waits for all of it."""
    if request.headers.get("hx-request") != "true":
        return done(request, f"/inbox/{known(view)}", said(bulk.run(house.store, bulk_id)))
    with house.store.unit_of_work() as work:
        told: Progress = bulk.step(work, bulk_id)
    shown = fragment(request, "inbox/progress.html", me=me, told=told, said=said(told), view=known(view))
    shown.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "innerHTML"})
    return shown
