"""The tags there are: how often each is used, a new name for one, and away with one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import tags as verbs
from inbox.store import tags
from inbox.web.deps import House, Me
from inbox.web.render import done, page
from inbox.web.words import _n

router = APIRouter()
HERE = "/settings/tags"
Line = Annotated[str, Form(max_length=200)]


@router.get(HERE)
def everything(request: Request, house: House, me: Me) -> Response:
    """Show the tags."""
    with house.store.reading() as session:
        rows = tags.used(session)
    return page(request, "tags/page.html", me=me, rows=rows, most=tags.MOST)


@router.post(HERE + "/rename")
def rename(request: Request, house: House, me: Me, name: Line = "", into: Line = "") -> Response:
    """Give a tag another name; the name of another tag joins the two."""
    with house.store.unit_of_work() as work:
        number = verbs.rename(work, name, into, me.id)
    said = _n("Renamed on {n} conversation.", "Renamed on {n} conversations.", number)
    return done(request, HERE, said)


@router.post(HERE + "/delete")
def delete(request: Request, house: House, me: Me, name: Line = "") -> Response:
    """Take a tag off every conversation."""
    with house.store.unit_of_work() as work:
        number = verbs.remove(work, name, me.id)
    said = _n("Taken off {n} conversation.", "Taken off {n} conversations.", number)
    return done(request, HERE, said)
