"""Requests that change something must come from our own pages.

Two locks, both needed by whoever is signed in: the browser's own word for where a request comes from (Sec-Fetch-Site,
else Origin), and the session's token in the form field `csrf` or the header X-CSRF-Token. Strangers' forms (login,
set-up, reset) have the first lock only: there is no session yet to bind a token to.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from fastapi import Request

from inbox.web.errors import ForeignRequestError

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADER = "x-csrf-token"
FIELD = "csrf"
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def same_origin(request: Request) -> bool:
    """Whether the browser says that one of our own pages sends this. A browser that says nothing is not believed."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    return _host_of(request.headers.get("origin", "")) in _own_hosts(request)


def _host_of(origin: str) -> str:
    """Return the host of an origin, "" for what is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _own_hosts(request: Request) -> set[str]:
    public = urlsplit(request.app.state.context.settings.public_url).netloc
    return {public.lower(), request.headers.get("host", "").lower()} - {""}


async def check(request: Request, expected: str) -> None:
    """Refuse an unsafe request that is not from our pages or lacks the session's token."""
    if request.method in SAFE_METHODS:
        return
    given = request.headers.get(HEADER) or await _field(request)
    if not same_origin(request) or not expected or not hmac.compare_digest(given.encode(), expected.encode()):
        raise ForeignRequestError


async def _field(request: Request) -> str:
    if not request.headers.get("content-type", "").startswith(FORMS):
        return ""
    value = (await request.form()).get(FIELD, "")
    return value if isinstance(value, str) else ""


async def check_origin(request: Request) -> None:
    """Refuse an unsafe request of a stranger that is not from our pages; a dependency for ANYONE's forms."""
    if request.method not in SAFE_METHODS and not same_origin(request):
        raise ForeignRequestError
