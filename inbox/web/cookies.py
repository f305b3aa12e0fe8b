"""The one cookie that matters, and where it may go."""

from __future__ import annotations

from fastapi import Request, Response

from inbox.flow.sign_in import LONGEST

PLAIN = "under24"
SECURE = "__Host-under24"
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
