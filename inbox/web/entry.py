"""What every door shares: who stands there, where they may go afterwards, and the cookie they get."""

from __future__ import annotations

import ipaddress

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from inbox.flow import sign_in
from inbox.flow.context import Context
from inbox.flow.passkeys import Asked, Site
from inbox.flow.sign_in import Halfway, Opened, Try
from inbox.web.cookies import ASKED, SECOND, clear_steps, session_token, set_session, set_step

SECURITY = "/settings/security"


def at_door(request: Request, mail: str = "", password: str = "") -> Try:
    """Describe who stands at the door."""
    return Try(mail, password, address_of(request), request.headers.get("user-agent", ""), session_token(request))


def address_of(request: Request) -> str:
    """Return the network address that a request comes from."""
    return request.client.host if request.client else ""


def own_path(given: str) -> str:
    """Return a path of ours, "" for anything that could lead elsewhere."""
    odd = not given.startswith("/") or given.startswith("//") or "\\" in given or not given.isprintable()
    return "" if odd or given.startswith("/login") else given


def site_of(request: Request) -> Site:
    """Return the address that passkeys belong to: the public one, when it is the one that is used."""
    public: str = request.app.state.context.settings.public_url
    return Site(public.rstrip("/") if public.startswith("https:") else str(request.base_url).rstrip("/"))


def digest_of(text: str) -> bytes:
    """Read what names a browser or a token in one of our addresses; b"", which names none, for anything else."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return b""


def challenge(request: Request, asked: Asked) -> Response:
    """Hand a browser what it needs for a passkey, and remember that it was asked."""
    answer = JSONResponse(asked.options)
    set_step(request, answer, ASKED, asked.token)
    return answer


def come_in(request: Request, house: Context, entered: Opened | Halfway, to: str) -> Response:
    """Let somebody in, or on to the second factor. to: where they go, "" for the inbox."""
    if isinstance(entered, Halfway):
        answer = RedirectResponse("/login/second" + (f"?next={to}" if to else ""), status_code=303)
        set_step(request, answer, SECOND, entered.token)
        return answer
    with house.store.reading() as session:
        due = sign_in.factor_due(session, entered.teammate_id)
    answer = RedirectResponse(SECURITY if due else to or "/", status_code=303)
    set_session(request, answer, entered.token)
    clear_steps(request, answer)
    return answer


def passkeys_work(request: Request) -> bool:
    """Whether browsers take passkeys at this address: they belong to a name, and need HTTPS or this very machine."""
    site = site_of(request)
    try:
        ipaddress.ip_address(site.id)
    except ValueError:
        return site.origin.startswith("https:") or site.id == "localhost" or site.id.endswith(".localhost")
    return False
