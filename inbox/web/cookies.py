"""The cookies that matter, and where they may go: the session, and the step somebody at the door is at."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from fastapi import Request, Response

from inbox.flow.sign_in import LONGEST, STEP_LIFE

PLAIN = "under24"
SECURE = "__Host-under24"
SECOND = "second"
"""Halfway in: the second factor is still to come."""
ASKED = "asked"
"""A passkey was asked for."""
LONGEST_TOKEN = 100
Sent = Literal["lax", "strict"]


def secure(request: Request) -> bool:
    """Whether browsers reach us by https."""
    public: str = request.app.state.context.settings.public_url
    return public.startswith("https:") or request.url.scheme == "https"


def session_token(request: Request) -> str:
    """Return the session's token that the browser sent, "" for none."""
    return _token(request, _session(request))


def set_session(request: Request, response: Response, token: str) -> None:
    """Give the browser its session."""
    _give(request, response, _session(request), token, LONGEST, "lax")


def clear_session(request: Request, response: Response) -> None:
    """Take the session from the browser."""
    _take(request, response, _session(request), "lax")


def set_step(request: Request, response: Response, step: str, token: str) -> None:
    """Give the browser the token of its next step: SECOND or ASKED."""
    _give(request, response, _step(request, step), token, STEP_LIFE, "strict")


def step_token(request: Request, step: str) -> str:
    """Return the token of the step that the browser is at, "" for none."""
    return _token(request, _step(request, step))


def clear_steps(request: Request, response: Response) -> None:
    """Take the steps from the browser that it still has."""
    for step in (SECOND, ASKED):
        if step_token(request, step):
            _take(request, response, _step(request, step), "strict")


def _session(request: Request) -> str:
    return SECURE if secure(request) else PLAIN


def _step(request: Request, step: str) -> str:
    return f"{_session(request)}-{step}"


def _token(request: Request, name: str) -> str:
    token = request.cookies.get(name, "")
    return token if len(token) <= LONGEST_TOKEN else ""


def _give(request: Request, response: Response, name: str, token: str, life: timedelta, sent: Sent) -> None:
    """Set a cookie that no script reads. sent: whether a link from another site brings it along."""
    age, safe = int(life.total_seconds()), secure(request)
    response.set_cookie(name, token, max_age=age, path="/", secure=safe, httponly=True, samesite=sent)


def _take(request: Request, response: Response, name: str, sent: Sent) -> None:
    response.delete_cookie(name, path="/", secure=secure(request), httponly=True, samesite=sent)
