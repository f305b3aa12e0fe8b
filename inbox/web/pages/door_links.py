"""Links that open the door once: a new password, asked for or made by a founder, and an invitation."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from inbox.flow import invites, letters, resets, sign_in, tries
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, NotFoundError, RefusedError
from inbox.flow.tries import TooManyTriesError
from inbox.store.teammates import Reading
from inbox.web import team_letters
from inbox.web.csrf import check_origin
from inbox.web.deps import ANYONE, House
from inbox.web.entry import SECURITY, address_of, at_door, come_in
from inbox.web.render import page
from inbox.web.words import tell

router = APIRouter(dependencies=[ANYONE, Depends(check_origin)])
Found = TypeVar("Found")
Text = Annotated[str, Form(max_length=2000)]


@router.get("/forgot")
def forgot_page(request: Request, house: House) -> Response:
    """Ask for the address that a link goes to, where letters can leave; else say what to do."""
    return _forgot(request, house)


@router.post("/forgot")
def forgot(request: Request, house: House, mail: Text = "") -> Response:
    """Send a link, or do nothing: the answer is the same."""
    try:
        with house.store.unit_of_work() as work:
            asked = resets.ask(work, mail, address_of(request)) if _possible(house) else None
            if asked is not None:
                teammate, token = asked
                subject, text = team_letters.new_password(teammate, f"{house.settings.public_url}/reset/{token}")
                key = resets.reset_key(teammate.id or 0, secrets.token_hex(8))
                letters.queue_letter(work, teammate.mail, subject, text, key, private=True)
    except FlowError as error:
        return _forgot(request, house, error, mail)
    house.bells.queued.ring()
    return _forgot(request, house, sent=True)


def _possible(house: Context) -> bool:
    with house.store.reading() as session:
        return letters.can_send(session, private=True)


def _forgot(
    request: Request, house: Context, error: FlowError | None = None, mail: str = "", *, sent: bool = False
) -> Response:
    shown = {"possible": _possible(house), "problem": tell(error) if error else "", "mail": mail, "sent": sent}
    tired = isinstance(error, TooManyTriesError)
    answer = page(request, "door/forgot.html", me=None, status=429 if tired else 422 if error else 200, **shown)
    if isinstance(error, TooManyTriesError):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


@router.get("/reset/{token}")
def reset_page(request: Request, house: House, token: str) -> Response:
    """Show the form for a new password."""
    _teammate_of(request, house, token)
    return page(request, "door/reset.html", me=None, problem="", token=token)


@router.post("/reset/{token}")
def reset(request: Request, house: House, token: str, password: Text = "") -> Response:
    """Set the password, sign out everywhere else, and sign in here, by the second factor where there is one."""
    _teammate_of(request, house, token)
    try:
        with house.store.unit_of_work() as work:
            teammate_id = sign_in.set_password(work, token, password)
            entered = sign_in.go_on(work, teammate_id, at_door(request), "link")
            team_letters.tell_of(work, teammate_id, team_letters.PASSWORD)
    except RefusedError as error:
        return page(request, "door/reset.html", me=None, status=422, problem=tell(error), token=token)
    return come_in(request, house, entered, "")


def _teammate_of(request: Request, house: Context, token: str) -> None:
    """Check a reset link before anything is asked of anybody."""
    _guarded(request, house, lambda session: sign_in.link(session, token, "reset", house.clock()))


def _guarded(request: Request, house: Context, look: Callable[[Reading], Found]) -> Found:
    """Look a link up; whoever tries links that do not exist soon has to wait."""
    key = tries.place(address_of(request))
    try:
        with house.store.reading() as session:
            tries.check(session, {key: tries.STRANGERS}, house.clock())
            return look(session)
    except NotFoundError:
        with house.store.unit_of_work() as work:
            tries.count(work, key)
        raise


@router.get("/join/{token}")
def join_page(request: Request, house: House, token: str) -> Response:
    """Show who is invited, and ask for a name and a password."""
    found = _guarded(request, house, lambda session: invites.look(session, token, house.clock()))
    return page(request, "door/join.html", me=None, name="", mail=found.mail, problem="", token=token)


@router.post("/join/{token}")
def join(request: Request, house: House, token: str, name: Text = "", password: Text = "") -> Response:
    """Make the teammate, signed in, and offer them a second factor."""
    found = _guarded(request, house, lambda session: invites.look(session, token, house.clock()))
    try:
        with house.store.unit_of_work() as work:
            made = invites.accept(work, token, name, password)
            opened = sign_in.go_on(work, made, at_door(request), "invitation")
    except RefusedError as error:
        shown = {"name": name, "mail": found.mail, "problem": tell(error), "token": token}
        return page(request, "door/join.html", me=None, status=422, **shown)
    return come_in(request, house, opened, f"{SECURITY}?welcome=1")
