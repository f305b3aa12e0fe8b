"""How the API answers: every error in one shape, every list by keyset.

{"error": {"code": "not_found", "status": 404, "message": "…", "request_id": "…"}}
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from connectors.errors import ChannelError
from inbox.flow.errors import ConflictError, FlowError, NotFoundError, ReasonNeededError
from inbox.flow.sign_in import Signed
from inbox.flow.tries import TooManyTriesError
from inbox.store.db import StoreError
from inbox.store.tables.types import from_micros, to_micros
from inbox.store.trouble import UNKEEPABLE
from inbox.vault import VaultError
from inbox.web.deps import ApiUser
from inbox.web.errors import BROKEN, SENTENCES, ForeignRequestError, NotAllowedError, SignInNeededError, sentence

log = logging.getLogger(__name__)

CODES: tuple[tuple[type[Exception], int, str], ...] = (
    (NotFoundError, 404, "not_found"),
    (ConflictError, 409, "conflict"),
    (ReasonNeededError, 422, "reason_needed"),
    (TooManyTriesError, 429, "too_many_tries"),
    (FlowError, 422, "refused"),
    (SignInNeededError, 401, "sign_in_needed"),
    (NotAllowedError, 403, "not_allowed"),
    (ForeignRequestError, 403, "foreign_request"),
    (ChannelError, 502, "channel"),
    (VaultError, 500, "vault"),
    (StoreError, 503, "store"),
)
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

MOST = 200
Limit = Annotated[int, Query(ge=1, le=MOST, description="How many at most.")]
Cursor = Annotated[str, Query(max_length=60, description="`next` of the page before; empty for the first.")]


class ApiRoute(APIRoute):
    """A route whose errors are told in the API's shape."""

    def get_route_handler(self) -> Handler:
        """Wrap the route's own handler."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await inner(request)
            except Exception as error:  # noqa: BLE001 - whatever it is, a program is told in the one shape
                return _answer(request, error)

        return handler


def _answer(request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        return told(request, 422, "invalid", _first(error))
    if isinstance(error, HTTPException):
        return told(request, error.status_code, "http", SENTENCES.get(error.status_code, BROKEN))
    for kind, status, code in CODES:
        if isinstance(error, kind):
            return told(request, status, code, sentence(error))
    if isinstance(error, UNKEEPABLE):
        log.warning("Nothing can keep what was sent to %s.", request.url.path, exc_info=error)
        return told(request, 422, "invalid", SENTENCES[422])
    log.error("A call of the API broke.", exc_info=error)
    return told(request, 500, "broken", BROKEN)


def told(request: Request, status: int, code: str, message: str) -> Response:
    """Answer with an error."""
    request_id = getattr(request.state, "request_id", "")
    body = {"error": {"code": code, "status": status, "message": message, "request_id": request_id}}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse(body, status, headers)


def _first(error: RequestValidationError) -> str:
    """Name the first thing that does not fit, without repeating what was sent."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part not in {"body", "query", "path"})
    return f"{where or 'The request'}: {first['msg']}."


async def api_founder(me: ApiUser) -> Signed:
    """Let in who speaks for a founder."""
    if not me.founder:
        raise NotAllowedError
    return me


ApiFounder = Annotated[Signed, Depends(api_founder)]


async def api_settings(me: ApiUser) -> Signed:
    """Let in whose token may change settings: what it leaves behind acts on when the token is revoked."""
    if me.scope != "admin":
        raise NotAllowedError("This token may not change settings.")
    return me


ApiSettings = Annotated[Signed, Depends(api_settings)]


def cursor_of(at: datetime, row_id: int) -> str:
    """Write where a page ended."""
    return f"{to_micros(at)}-{row_id}"


def place_of(cursor: str) -> tuple[datetime, int] | None:
    """Read what `cursor_of` wrote, None for no cursor; RefusedError's status for anything else."""
    if not cursor:
        return None
    at, _, row_id = cursor.rpartition("-")
    try:
        return from_micros(int(at)), int(row_id)
    except (ValueError, OverflowError, OSError) as error:
        raise NotFoundError("This cursor is not one of ours.") from error
