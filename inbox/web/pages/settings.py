"""The door of the settings: what can be set, and what each is for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from inbox.flow import first_steps
from inbox.web.deps import House, Me
from inbox.web.render import page

router = APIRouter()


@router.get("/settings")
def settings(request: Request, house: House, me: Me) -> Response:
    """Show every section that has a page; to founders also what is still to be done first."""
    with house.store.reading() as session:
        steps = first_steps.wanted(session, me.id) if me.founder else []
    return page(request, "settings/page.html", me=me, steps=steps)
