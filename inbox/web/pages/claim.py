"""The link in a message of the ladder: a page with one button. Looking at it changes nothing: mail scanners do that.

It works without signing in, for that one wait and that one person, and shows no more than who waits and about what.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from inbox.flow import claims, sign_in
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, RefusedError
from inbox.store import claims as rows
from inbox.store import teammates, tellings
from inbox.web.cookies import session_token
from inbox.web.csrf import check_origin
from inbox.web.deps import ANYONE, GUESSING, House
from inbox.web.render import page
from inbox.web.words import _, tell

router = APIRouter(dependencies=[ANYONE, GUESSING, Depends(check_origin)])


@router.get("/claim/{token}")
def look(request: Request, house: House, token: str) -> Response:
    """Show who waits, and the button."""
    return _show(request, house, token)


@router.post("/claim/{token}")
def take(request: Request, house: House, token: str) -> Response:
    """Say "I'm on it" for whom the link was sent to."""
    try:
        _for_this_browser(request, house, claims.linked(house.vault, token, house.clock()))
        with house.store.unit_of_work() as work:
            claims.claim_linked(work, house.vault, token)
    except RefusedError as error:
        return _show(request, house, token, error)
    return _show(request, house, token)


def _for_this_browser(request: Request, house: Context, found: claims.Linked) -> None:
    """Somebody else who is signed in here was handed a link that is not theirs."""
    with house.store.reading() as session:
        me = sign_in.who(session, session_token(request), house.clock())
    if me is not None and me.id != found.teammate_id:
        raise RefusedError(_("This link was sent to somebody else. Sign in there, or open the conversation."))


def _show(request: Request, house: Context, token: str, error: FlowError | None = None) -> Response:
    found: claims.Linked | None = None
    try:
        linked = claims.linked(house.vault, token, house.clock())
        with house.store.reading() as session:
            claims.works_here(session, linked.teammate_id)
        found = linked
    except RefusedError as problem:
        error = problem
    shown = _shown(house, found)
    problem_said = tell(error) if error else ""
    status = 422 if error else 200
    return page(request, "door/claim.html", me=None, status=status, token=token, problem=problem_said, **shown)


def _shown(house: Context, found: claims.Linked | None) -> dict[str, Any]:
    """Return what the page may say: a name and a subject, and never a word of what was written."""
    shown: dict[str, Any] = {"scene": None, "held": None, "name": "", "mine": False}
    if found is None:
        return shown
    with house.store.reading() as session:
        teammate = teammates.get(session, found.teammate_id)
        wait = claims.standing(session, found.wait_id)
        number = wait.id or 0 if wait else 0
        shown["scene"] = tellings.scenes(session, [number]).get(number)
        shown["held"] = rows.live(session, number, house.clock())
    shown["name"] = teammate.name if teammate else ""
    shown["mine"] = shown["held"] is not None and shown["held"].teammate_id == found.teammate_id
    return shown
