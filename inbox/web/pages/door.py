"""The door: set-up by a one-time link, login, logout, and a new password by a link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from inbox.flow import sign_in
from inbox.flow.errors import FlowError, RefusedError
from inbox.flow.sign_in import Opened, TooManyTriesError, Try
from inbox.web.cookies import clear_session, session_token, set_session
from inbox.web.csrf import check_origin
from inbox.web.deps import ANYONE, House, Me
from inbox.web.render import page
from inbox.web.words import tell

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
    given = Try(mail, password, _address(request), request.headers.get("user-agent", ""), session_token(request))
    try:
        opened = sign_in.sign_in(house.store, given)
    except (RefusedError, TooManyTriesError) as error:
        return _login_again(request, mail, error, back_to)
    return _welcome(request, opened, own_path(back_to) or "/")


def _login_again(request: Request, mail: str, error: FlowError, back_to: str) -> Response:
    tired = isinstance(error, TooManyTriesError)
    shown = {"mail": mail, "problem": tell(error), "back_to": own_path(back_to)}
    answer = page(request, "door/login.html", me=None, status=429 if tired else 422, **shown)
    if isinstance(error, TooManyTriesError):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


@router.post("/logout")
def logout(request: Request, house: House, me: Me) -> Response:  # noqa: ARG001 - `me` is the policy
    """End this session; open streams of it end within seconds."""
    with house.store.unit_of_work() as work:
        sign_in.sign_out(work, session_token(request))
    answer = RedirectResponse("/login", status_code=303)
    clear_session(request, answer)
    return answer


@router.get("/setup/{token}", dependencies=STRANGERS)
def setup_page(request: Request, house: House, token: str) -> Response:
    """Show the form that makes the first founder."""
    with house.store.reading() as session:
        sign_in.link(session, token, "setup", house.clock())
    return page(request, "door/setup.html", me=None, name="", mail="", problem="", token=token)


@router.post("/setup/{token}", dependencies=STRANGERS)
def setup(
    request: Request, house: House, token: str, name: Text = "", mail: Text = "", password: Text = ""
) -> Response:
    """Make the first founder, signed in, and go on to the first mail account."""
    try:
        with house.store.unit_of_work() as work:
            made = sign_in.set_up(work, token, name, mail, password)
            opened = sign_in.open_session(work, made, request.headers.get("user-agent", ""), session_token(request))
    except RefusedError as error:
        shown = {"name": name, "mail": mail, "problem": tell(error), "token": token}
        return page(request, "door/setup.html", me=None, status=422, **shown)
    return _welcome(request, opened, "/welcome")


@router.get("/reset/{token}", dependencies=STRANGERS)
def reset_page(request: Request, house: House, token: str) -> Response:
    """Show the form for a new password."""
    with house.store.reading() as session:
        sign_in.link(session, token, "reset", house.clock())
    return page(request, "door/reset.html", me=None, problem="", token=token)


@router.post("/reset/{token}", dependencies=STRANGERS)
def reset(request: Request, house: House, token: str, password: Text = "") -> Response:
    """Set the password, sign out everywhere else, and sign in here."""
    try:
        with house.store.unit_of_work() as work:
            teammate_id = sign_in.set_password(work, token, password)
            opened = sign_in.open_session(work, teammate_id, request.headers.get("user-agent", ""))
    except RefusedError as error:
        return page(request, "door/reset.html", me=None, status=422, problem=tell(error), token=token)
    return _welcome(request, opened, "/")


@router.get("/welcome")
def welcome(request: Request, me: Me) -> Response:
    """Say where to go first."""
    return page(request, "door/welcome.html", me=me)


def own_path(given: str) -> str:
    """Return a path of ours, "" for anything that could lead elsewhere."""
    odd = not given.startswith("/") or given.startswith("//") or "\\" in given or not given.isprintable()
    return "" if odd or given.startswith("/login") else given


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _welcome(request: Request, opened: Opened, to: str) -> Response:
    answer = RedirectResponse(to, status_code=303)
    set_session(request, answer, opened.token)
    return answer
