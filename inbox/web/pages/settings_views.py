"""Saved views: lists that teammates make of searches, for themselves or for the team."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from inbox.flow import saved_views as verbs
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, NotFoundError
from inbox.flow.saved_views import Given
from inbox.flow.sign_in import Signed
from inbox.store import saved_views, teammates
from inbox.web.deps import House, Me
from inbox.web.errors import sentence
from inbox.web.render import done, page
from inbox.web.words import _

router = APIRouter()
HERE = "/settings/views"
Line = Annotated[str, Form(max_length=600)]


def given(name: Line = "", query: Line = "", sorting: Line = "newest", shared: Line = "") -> Given:
    """Read the form."""
    return Given(name, query, sorting, bool(shared))


Filled = Annotated[Given, Depends(given)]


@router.get(HERE)
def everything(request: Request, house: House, me: Me, q: str = "") -> Response:
    """Show them all, and a form for a new one; `q` is a search to begin with."""
    return _shown(request, house, me, Given("", q[:500]))


@router.get(HERE + "/{view_id}")
def one(request: Request, house: House, me: Me, view_id: int) -> Response:
    """Show one, to be changed."""
    with house.store.reading() as session:
        row = saved_views.get(session, view_id, me.id)
    if row is None:
        raise NotFoundError(_("This view is not there any more."))
    return _shown(request, house, me, Given(row.name, row.query, row.sorting, row.shared), editing=view_id)


@router.post(HERE)
def add(request: Request, house: House, me: Me, kept: Filled) -> Response:
    """Make a new one, and go there."""
    try:
        with house.store.unit_of_work() as work:
            number = verbs.add(work, kept, me.id)
    except FlowError as error:
        return _shown(request, house, me, kept, problem=sentence(error))
    return done(request, f"/inbox/v{number}", _("Saved. It stands in the list beside."))


@router.post(HERE + "/{view_id}")
def change(request: Request, house: House, me: Me, view_id: int, kept: Filled) -> Response:
    """Change one."""
    try:
        with house.store.unit_of_work() as work:
            verbs.change(work, view_id, kept, me.id)
    except FlowError as error:
        return _shown(request, house, me, kept, editing=view_id, problem=sentence(error))
    return done(request, HERE, _("Saved."))


@router.post(HERE + "/{view_id}/move")
def move(request: Request, house: House, me: Me, view_id: int, to: Line = "up") -> Response:
    """Change places with the neighbour."""
    with house.store.unit_of_work() as work:
        verbs.move(work, view_id, to == "up", me.id)
    return done(request, HERE)


@router.post(HERE + "/{view_id}/delete")
def delete(request: Request, house: House, me: Me, view_id: int) -> Response:
    """Delete one; the conversations stay."""
    with house.store.unit_of_work() as work:
        verbs.remove(work, view_id, me.id)
    return done(request, HERE, _("Deleted. The conversations stay where they are."))


def _shown(
    request: Request, house: Context, me: Signed, kept: Given, *, editing: int | None = None, problem: str = ""
) -> Response:
    with house.store.reading() as session:
        rows, names = saved_views.visible(session, me.id), teammates.names(session)
    status = 422 if problem else 200
    return page(
        request,
        "views/page.html",
        me=me,
        status=status,
        rows=rows,
        names=names,
        filled=kept,
        editing=editing,
        problem=problem,
    )
