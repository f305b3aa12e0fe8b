"""Saved replies: texts that are written often."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from inbox.flow import saved_replies
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, NotFoundError
from inbox.flow.saved_replies import VARIABLES, Given
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import replies
from inbox.web.deps import House, Me
from inbox.web.errors import sentence
from inbox.web.pages.composer import unix
from inbox.web.render import done, page
from inbox.web.words import _

router = APIRouter()
HERE = "/settings/replies"
Line = Annotated[str, Form(max_length=400)]


def given(
    name: Line = "", folder: Line = "", text: Annotated[str, Form(max_length=60_000)] = "", personal: Line = ""
) -> Given:
    """Read the form."""
    return Given(name, unix(text), folder, bool(personal))


Filled = Annotated[Given, Depends(given)]


@router.get(HERE)
def everything(request: Request, house: House, me: Me) -> Response:
    """Show them all, and a form for a new one."""
    return _shown(request, house, me)


@router.get(HERE + "/{reply_id}")
def one(request: Request, house: House, me: Me, reply_id: int) -> Response:
    """Show one, to be changed."""
    with house.store.reading() as session:
        row = replies.get(session, reply_id, me.id)
    if row is None:
        raise NotFoundError(say("This saved reply is not there any more."))
    kept = Given(row.name, row.text, row.folder, row.owner_id is not None)
    return _shown(request, house, me, kept, editing=reply_id)


@router.post(HERE)
def add(request: Request, house: House, me: Me, kept: Filled) -> Response:
    """Keep a new one."""
    try:
        with house.store.unit_of_work() as work:
            saved_replies.add(work, me.id, kept)
    except FlowError as error:
        return _shown(request, house, me, kept, problem=sentence(error))
    return done(request, HERE, _("Saved."))


@router.post(HERE + "/{reply_id}")
def change(request: Request, house: House, me: Me, reply_id: int, kept: Filled) -> Response:
    """Change one."""
    try:
        with house.store.unit_of_work() as work:
            saved_replies.update(work, reply_id, me.id, kept)
    except NotFoundError:
        raise
    except FlowError as error:
        return _shown(request, house, me, kept, editing=reply_id, problem=sentence(error))
    return done(request, HERE, _("Saved."))


@router.post(HERE + "/{reply_id}/remove")
def remove(request: Request, house: House, me: Me, reply_id: int) -> Response:
    """Remove one."""
    with house.store.unit_of_work() as work:
        saved_replies.remove(work, reply_id, me.id)
    return done(request, HERE, _("Removed. What was written with it stays."))


def _shown(
    request: Request,
    house: Context,
    me: Signed,
    kept: Given | None = None,
    *,
    editing: int = 0,
    problem: str = "",
) -> Response:
    with house.store.reading() as session:
        rows = replies.visible(session, me.id)
    shown = {"kept": kept or Given("", ""), "editing": editing, "problem": problem, "known": VARIABLES}
    return page(request, "settings/replies.html", me=me, status=422 if problem else 200, rows=rows, **shown)
