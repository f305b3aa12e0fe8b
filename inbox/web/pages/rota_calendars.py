"""Calendars: one's shifts for other programs, and one's absences from one's own calendar."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from inbox.flow import calendar_out
from inbox.flow.context import Context
from inbox.flow.sign_in import Signed
from inbox.store import calendars
from inbox.web.deps import ANYONE, House, Me
from inbox.web.render import done, page
from inbox.web.words import _

router = APIRouter(prefix="/rota")
HERE = "/rota/calendars"
FRESH = "private, max-age=300"


@router.api_route("/calendar/{token}.ics", methods=["GET", "HEAD"], dependencies=[ANYONE])
def feed(request: Request, house: House, token: str) -> Response:
    """Give whoever has the link the shifts it shows; the link is the key."""
    with house.store.reading() as session:
        teammate = calendar_out.whose(session, token)
        body = calendar_out.write(house, session, teammate, house.clock())
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": FRESH, "Content-Disposition": 'inline; filename="shifts.ics"'}
    if tag in {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")


@router.get("/calendars")
def show(request: Request, house: House, me: Me) -> Response:
    """Show which calendars speak with the rota."""
    return _show(request, house, me)


@router.post("/calendars/link")
def make(request: Request, house: House, me: Me) -> Response:
    """Make the secret link, and show it this once."""
    with house.store.unit_of_work() as work:
        token = calendar_out.make_link(work, me.id)
    return _show(request, house, me, link=f"{house.settings.public_url}/rota/calendar/{token}.ics")


@router.post("/calendars/link/revoke")
def revoke(request: Request, house: House, me: Me) -> Response:
    """Let the link lead nowhere."""
    with house.store.unit_of_work() as work:
        calendar_out.revoke_link(work, me.id)
    return done(request, HERE, _("The link leads nowhere now."))


def _show(request: Request, house: Context, me: Signed, *, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
    with house.store.reading() as session:
        shown: dict[str, Any] = {"known": calendars.link_of(session, me.id), "link": ""}
    return page(request, "rota/calendars.html", me=me, status=status, **{**shown, **told})
