"""The second step at the door: a code of one's app, a recovery code, or a passkey; and a passkey instead of all."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from inbox.flow import factors, passkeys
from inbox.flow.errors import FlowError, NotFoundError, RefusedError
from inbox.flow.tries import TooManyTriesError
from inbox.store import doors
from inbox.web.cookies import ASKED, SECOND, step_token
from inbox.web.csrf import check_origin
from inbox.web.deps import ANYONE, KNOCKING, House
from inbox.web.entry import at_door, challenge, come_in, own_path, passkeys_work, site_of
from inbox.web.pages.door import login_again
from inbox.web.render import page
from inbox.web.words import tell

router = APIRouter(dependencies=[ANYONE, Depends(check_origin)])
Text = Annotated[str, Form(max_length=2000)]
Answer = Annotated[str, Form(max_length=passkeys.LONGEST)]


@router.get("/login/second")
def second_page(request: Request, house: House, next: str = "") -> Response:  # noqa: A002 - the word in the address
    """Ask for the second factor; whoever is not halfway in begins again."""
    return _second(request, house, own_path(next), "")


@router.post("/login/second")
def second(request: Request, house: House, code: Text = "", back_to: Text = "") -> Response:
    """Let in who has the code."""
    try:
        opened = factors.finish(house.store, house.vault, step_token(request, SECOND), code, at_door(request))
    except NotFoundError as error:
        return login_again(request, "", error, back_to)
    except (RefusedError, TooManyTriesError) as error:
        return _second(request, house, own_path(back_to), tell(error), error)
    return come_in(request, house, opened, own_path(back_to))


def _second(request: Request, house: House, back_to: str, problem: str, error: FlowError | None = None) -> Response:
    try:
        teammate_id = factors.second(house.store, step_token(request, SECOND)).teammate_id or 0
    except NotFoundError:
        return RedirectResponse("/login", status_code=303)
    with house.store.reading() as session:
        keys = passkeys_work(request) and doors.passkeys_of(session, teammate_id)
        app = doors.totp(session, teammate_id)
    confirmed = app is not None and app.confirmed_at is not None
    shown = {"problem": problem, "back_to": back_to, "passkeys": keys, "app": confirmed}
    tired = isinstance(error, TooManyTriesError)
    answer = page(request, "door/second.html", me=None, status=429 if tired else 422 if error else 200, **shown)
    if isinstance(error, TooManyTriesError):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


@router.post("/login/passkey/ask", dependencies=[KNOCKING])
def ask(request: Request, house: House) -> Response:
    """Return a challenge for any passkey of this site; the browser's cookie remembers which challenge it was."""
    with house.store.unit_of_work() as work:
        asked = passkeys.ask_known(work, site_of(request))
    return challenge(request, asked)


@router.post("/login/passkey")
def by_passkey(request: Request, house: House, answer: Answer = "", back_to: Text = "") -> Response:
    """Let in who signed the challenge."""
    site, given = site_of(request), at_door(request)
    try:
        opened = passkeys.sign_in(house.store, house.vault, site, step_token(request, ASKED), answer, given)
    except (RefusedError, TooManyTriesError) as error:
        return login_again(request, "", error, back_to)
    return come_in(request, house, opened, own_path(back_to))
