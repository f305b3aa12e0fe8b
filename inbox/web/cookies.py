"""The cookies that matter, and where they may go: the session, and the step somebody at the door is at."""

from __future__ import annotations

from fastapi import Request, Response

from inbox.flow.sign_in import LONGEST, STEP_LIFE

PLAIN = "under24"
SECURE = "__Host-under24"
SECOND = "second"
"""Halfway in: the second factor is still to come."""
ASKED = "asked"
"""A passkey was asked for."""
LONGEST_TOKEN = 100


def secure(request: Request) -> bool:
    """Whether browsers reach us by https."""
    public: str = request.app.state.context.settings.public_url
    return public.startswith("https:") or request.url.scheme == "https"


def session_token(request: Request) -> str:
    """Return the session's token that the browser sent, "" for none."""
    token = request.cookies.get(SECURE if secure(request) else PLAIN, "")
    return token if len(token) <= LONGEST_TOKEN else ""


def set_session(request: Request, response: Response, token: str) -> None:
    """Give the browser its session."""
    safe = secure(request)
    response.set_cookie(
        SECURE if safe else PLAIN,
        token,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=safe,
        httponly=True,
        samesite="lax",
    )


def clear_session(request: Request, response: Response) -> None:
    """Take the session from the browser."""
    safe = secure(request)
    response.delete_cookie(SECURE if safe else PLAIN, path="/", secure=safe, httponly=True, samesite="lax")


def set_step(request: Request, response: Response, step: str, token: str) -> None:
    """Give the browser the token of its next step: SECOND or ASKED."""
    safe = secure(request)
    response.set_cookie(
        _name(step, safe=safe),
        token,
        max_age=int(STEP_LIFE.total_seconds()),
        path="/",
        secure=safe,
        httponly=True,
        samesite="strict",
    )


def step_token(request: Request, step: str) -> str:
    """Return the token of the step that the browser is at, "" for none."""
    token = request.cookies.get(_name(step, safe=secure(request)), "")
    return token if len(token) <= LONGEST_TOKEN else ""


def clear_steps(request: Request, response: Response) -> None:
    """Take the steps from the browser that it still has."""
    safe = secure(request)
    for step in (SECOND, ASKED):
        if step_token(request, step):
            name = _name(step, safe=safe)
            response.delete_cookie(name, path="/", secure=safe, httponly=True, samesite="strict")


def _name(step: str, *, safe: bool) -> str:
    return f"{SECURE if safe else PLAIN}-{step}"
