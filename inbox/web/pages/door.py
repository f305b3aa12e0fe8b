"""The door: set-up by a one-time link, signing in, and signing out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from inbox.flow import first_steps, sign_in
from inbox.flow.errors import FlowError, RefusedError
from inbox.flow.tries import TooManyTriesError
from inbox.web.cookies import clear_session, session_token
from inbox.web.csrf import check_origin
from inbox.web.deps import ANYONE, GUESSING, Founder, House, Me
from inbox.web.entry import at_door, come_in, own_path
from inbox.web.render import done, page
from inbox.web.words import _, tell

__all__ = ["own_path", "router"]

router = APIRouter()
STRANGERS = [ANYONE, Depends(check_origin)]
Text = Annotated[str, Form(max_length=2000)]


@router.get("/login", dependencies=STRANGERS)
def login_page(request: Request, next: str = "") -> Response:  # noqa: A002 - the word in the address
    """Show the login form."""
    return page(request, "door/login.html", me=None, mail="", problem="", back_to=own_path(next))


@router.post("/login", dependencies=STRANGERS)
def login(request: Request, house: House, mail: Text = "", password: Text = "", back_to: Text = "") -> Response:
    """Sign in, or say that it did not work, in the same words whoever tries."""
    try:
        entered = sign_in.sign_in(house.store, at_door(request, mail, password))
    except (RefusedError, TooManyTriesError) as error:
        return login_again(request, mail, error, back_to)
    return come_in(request, house, entered, own_path(back_to))


def login_again(request: Request, mail: str, error: FlowError, back_to: str) -> Response:
    """Show the login form once more, with what went wrong."""
    tired = isinstance(error, TooManyTriesError)
    shown = {"mail": mail, "problem": tell(error), "back_to": own_path(back_to)}
    answer = page(request, "door/login.html", me=None, status=429 if tired else 422, **shown)
    if isinstance(error, TooManyTriesError):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


@router.post("/logout")
def logout(request: Request, house: House, me: Me) -> Response:
    """End this session; open streams of it end within seconds."""
    with house.store.unit_of_work() as work:
        sign_in.sign_out(work, session_token(request), me.id)
    answer = RedirectResponse("/login", status_code=303)
    clear_session(request, answer)
    return answer


@router.get("/setup/{token}", dependencies=[*STRANGERS, GUESSING])
def setup_page(request: Request, house: House, token: str) -> Response:
    """Show the form that makes the first founder."""
    with house.store.reading() as session:
        sign_in.link(session, token, "setup", house.clock())
    return page(request, "door/setup.html", me=None, name="", mail="", problem="", token=token)


@router.post("/setup/{token}", dependencies=[*STRANGERS, GUESSING])
def setup(
    request: Request, house: House, token: str, name: Text = "", mail: Text = "", password: Text = ""
) -> Response:
    """Make the first founder, signed in, and go on to the first mail account."""
    try:
        with house.store.unit_of_work() as work:
            made = sign_in.set_up(work, token, name, mail, password)
            opened = sign_in.go_on(work, made, at_door(request), "link")
    except RefusedError as error:
        shown = {"name": name, "mail": mail, "problem": tell(error), "token": token}
        return page(request, "door/setup.html", me=None, status=422, **shown)
    return come_in(request, house, opened, "/welcome")


@router.get("/welcome")
def welcome(request: Request, house: House, me: Me) -> Response:
    """Say where to go first."""
    with house.store.reading() as session:
        steps = first_steps.steps(session) if me.founder else []
    return page(request, "door/welcome.html", me=me, steps=steps)


@router.post("/welcome/away")
def put_away(request: Request, house: House, me: Founder) -> Response:
    """Show this founder the first steps no more."""
    with house.store.unit_of_work() as work:
        first_steps.put_away(work, me.id)
    return done(request, "/settings", _("The first steps stay at {address}.").format(address="/welcome"))
