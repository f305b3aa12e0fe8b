"""What a person sees when something is refused or breaks: one sentence, never a trace."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from inbox.flow.errors import ConflictError, FlowError, NotFoundError, ReasonNeededError, RefusedError
from inbox.flow.tries import TooManyTriesError
from inbox.store.db import StoreError
from inbox.store.trouble import UNKEEPABLE
from inbox.web.language import N_, _, tell

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

STATUS: dict[type[FlowError], int] = {
    NotFoundError: 404,
    ConflictError: 409,
    ReasonNeededError: 422,
    RefusedError: 422,
    TooManyTriesError: 429,
}
SENTENCES = {
    400: N_("This could not be understood."),
    403: N_("You may not do this."),
    404: N_("This page does not exist."),
    405: N_("This cannot be done here."),
    413: N_("This is too large."),
    422: N_("Something in what was sent cannot be used."),
}
BROKEN = N_("Something went wrong on our side. Nothing you wrote was lost; try again in a moment.")
FIRST = N_("Sign in first.")


class SignInNeededError(Exception):
    """Only teammates may see this."""

    def __init__(self, back_to: str) -> None:
        """back_to: where to go after signing in, "" for the inbox."""
        super().__init__(FIRST)
        self.back_to = back_to


class NotAllowedError(Exception):
    """Only a founder may do this."""


class ProofNeededError(Exception):
    """Confirm first that it is you."""


class SecondFactorNeededError(Exception):
    """Everybody here needs a second step to sign in. Set yours up first."""


class ForeignRequestError(Exception):
    """This did not come from a page of yours, or the page was open for too long. Reload it and try again."""


def sentence(error: Exception) -> str:
    """Return what an error says to this reader: its message, else the first line of its docstring."""
    return tell(error if str(error) else (type(error).__doc__ or "").split("\n", 1)[0])


def add_handlers(app: FastAPI) -> None:
    """Tell the app what to answer to each kind of error."""
    app.add_exception_handler(FlowError, _flow)
    app.add_exception_handler(SignInNeededError, _sign_in)
    app.add_exception_handler(NotAllowedError, _forbidden)
    app.add_exception_handler(ForeignRequestError, _forbidden)
    app.add_exception_handler(ProofNeededError, _prove)
    app.add_exception_handler(SecondFactorNeededError, _secure)
    app.add_exception_handler(StoreError, _flow)
    app.add_exception_handler(RequestValidationError, _unreadable)
    for kind in UNKEEPABLE:
        app.add_exception_handler(kind, _unreadable)
    app.add_exception_handler(HTTPException, _http)


async def _flow(request: Request, error: Exception) -> Response:
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 422)
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyTriesError) else None
    return answer(request, status, sentence(error), headers)


async def _forbidden(request: Request, error: Exception) -> Response:
    return answer(request, 403, sentence(error))


async def _unreadable(request: Request, error: Exception) -> Response:
    if isinstance(error, UNKEEPABLE):
        log.warning("Nothing can keep what was sent to %s.", request.url.path, exc_info=error)
    return answer(request, 422, _(SENTENCES[422]))


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = error.headers if isinstance(error, HTTPException) else None
    return answer(request, status, _(SENTENCES.get(status, BROKEN)), headers)


async def _sign_in(request: Request, error: Exception) -> Response:
    back_to = error.back_to if isinstance(error, SignInNeededError) else ""
    if wants_json(request):
        return answer(request, 401, _(FIRST), {"WWW-Authenticate": "Bearer"})
    target = f"/login?next={back_to}" if back_to and back_to != "/" else "/login"
    if request.headers.get("hx-request"):
        return Response(status_code=401, headers={"HX-Redirect": "/login"})
    if request.method != "GET":
        return answer(request, 401, _(FIRST))
    return RedirectResponse(target, status_code=303)


async def _prove(request: Request, error: Exception) -> Response:
    """Ask who it is, and go back to the section of the settings they came from."""
    if wants_json(request):
        return answer(request, 403, sentence(error))
    return _lead(request, "/settings/security/prove?next=" + "/".join(request.url.path.split("/")[:3]))


async def _secure(request: Request, error: Exception) -> Response:
    if wants_json(request):
        return answer(request, 403, sentence(error))
    return _lead(request, "/settings/security")


def _lead(request: Request, to: str) -> Response:
    if request.headers.get("hx-request"):
        return Response(status_code=403, headers={"HX-Redirect": to})
    return RedirectResponse(to, status_code=303)


def wants_json(request: Request) -> bool:
    """Whether a program asks, not a person."""
    return request.url.path.startswith("/api/")


def answer(request: Request, status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Say what is wrong in the way of whoever asks: JSON, a toast over the page they are on, or a page."""
    if wants_json(request):
        body = {"error": {"status": status, "message": text, "request_id": request.state.request_id}}
        return JSONResponse(body, status, headers=dict(headers or {}))
    from inbox.web.render import error_page, toast  # noqa: PLC0415 - render knows deps, which knows these errors

    if request.headers.get("hx-request"):
        return toast(request, text, status=status, headers=headers)
    return error_page(request, status, text, headers)
