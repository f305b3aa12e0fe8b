"""What a route is given, and who may use it.

Every route declares exactly one policy, as a parameter or in its router's dependencies:

    anyone       strangers too (login, set-up, health)            router = APIRouter(dependencies=[ANYONE])
    teammate     whoever is signed in                              def page(me: Me, ...)
    founder      signed in, and a founder                          def page(me: Founder, ...)
    api_user     an API token, or a signed-in browser              def call(me: ApiUser, ...)

`create_app` refuses to start when a route declares none. `Me`, `Founder` and `ApiUser` also check, for every method
but GET and HEAD, that the request comes from our own pages (inbox.web.csrf).
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, FastAPI, Request
from fastapi.datastructures import FormData
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.routing import Mount

from inbox.flow import audit, sign_in, tokens, tries
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import changes
from inbox.web import csrf
from inbox.web.cookies import session_token
from inbox.web.errors import NotAllowedError, ProofNeededError, SecondFactorNeededError, SignInNeededError
from inbox.web.language import N_, speak
from inbox.web.pace import Pace


def house(request: Request) -> Context:
    """Return the house's keys."""
    context: Context = request.app.state.context
    return context


House = Annotated[Context, Depends(house)]


async def anyone(request: Request) -> None:
    """Let everybody in."""
    _comes_from(request, "browser")


async def teammate(request: Request) -> Signed:
    """Let in who is signed in; others go to the login page and come back."""
    _comes_from(request, "browser")
    token = session_token(request)
    me, request.state.seq = await run_in_threadpool(_who, house(request), token)
    if me is None:
        raise SignInNeededError(_after_sign_in(request))
    if me.language and not request.url.path.startswith("/api/"):
        speak(me.language)
    request.state.me = me
    await csrf.check(request, me.csrf)
    if me.factor_by is not None and house(request).clock() >= me.factor_by and not _leads_to_factor(request):
        raise SecondFactorNeededError
    return me


async def founder(me: Annotated[Signed, Depends(teammate)]) -> Signed:
    """Let in founders only."""
    if not me.founder:
        raise NotAllowedError
    return me


async def api_user(request: Request) -> Signed:
    """Let in an API token, or a browser that is signed in and sends our header with what it changes."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return await teammate(request)
    _comes_from(request, "api")
    pace: Pace = request.app.state.pace
    pace.check_stranger(tries.place(_address(request)))
    me = await run_in_threadpool(_api_who, house(request), token.strip())
    if me is None:
        pace.count_stranger(tries.place(_address(request)))
        raise SignInNeededError("")
    pace.count(sign_in.digest(token.strip()))
    if me.scope == "read" and request.method not in csrf.SAFE_METHODS:
        raise NotAllowedError(N_("This token may only read."))
    request.state.me = me
    return me


async def sure(request: Request, me: Annotated[Signed, Depends(teammate)]) -> Signed:
    """Let in who gave their password or passkey within the last minutes: what follows changes who can come in."""
    if not me.sure(house(request).clock()):
        raise ProofNeededError
    return me


async def guessing(request: Request) -> AsyncIterator[None]:
    """Let whoever tries links that do not exist wait after a while; counted by place, in this process."""
    pace: Pace = request.app.state.pace
    where = tries.place(_address(request))
    pace.check_stranger(where)
    try:
        yield
    except NotFoundError:
        pace.count_stranger(where)
        raise


async def knocking(request: Request) -> None:
    """Let a stranger begin something that is put down for them so often and no more."""
    pace: Pace = request.app.state.pace
    pace.knock(tries.place(_address(request)))


async def sent(request: Request) -> AsyncIterator[FormData]:
    """Return all fields of a form; what is then done with them must hold up no other page. Its files are closed."""
    async with request.form() as form:
        yield form


NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
"""A number that a 64-bit integer surely holds."""
ANYONE = Depends(anyone)
GUESSING = Depends(guessing)
KNOCKING = Depends(knocking)
Me = Annotated[Signed, Depends(teammate)]
Founder = Annotated[Signed, Depends(founder)]
ApiUser = Annotated[Signed, Depends(api_user)]
Sure = Annotated[Signed, Depends(sure)]
Sent = Annotated[FormData, Depends(sent)]
POLICIES = (anyone, teammate, founder, api_user)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _comes_from(request: Request, via: str) -> None:
    """Say where this request comes from, for the audit log; a number that no row can have leads nowhere."""
    parts = {name: str(part) for name, part in request.path_params.items()}
    if any("\0" in part or (name.endswith("_id") and not NUMBER.fullmatch(part)) for name, part in parts.items()):
        raise NotFoundError(say("This page does not exist."))
    audit.comes_from(_address(request), via)


def _leads_to_factor(request: Request) -> bool:
    """Whether a page is one of those that somebody without a second factor needs to get one, or to leave."""
    return request.url.path == "/logout" or request.url.path.startswith("/settings/security")


def _who(context: Context, token: str) -> tuple[Signed | None, int]:
    """Return who asks, and where the feed of changes stood before anything is read for them."""
    now = context.clock()
    with context.store.reading() as session:
        seq = changes.last_seq(session)
        me = sign_in.who(session, token, now)
    if me is not None and now - me.seen_at >= sign_in.SEEN_EVERY:
        with context.store.unit_of_work() as work:
            sign_in.still_here(work, token)
    return me, seq


def _api_who(context: Context, token: str) -> Signed | None:
    now = context.clock()
    with context.store.reading() as session:
        found = tokens.api_who(session, token, now)
    if found is None:
        return None
    me, seen_at = found
    if seen_at is None or now - seen_at >= tokens.SEEN_EVERY:
        with context.store.unit_of_work() as work:
            tokens.used(work, token)
    return me


def _after_sign_in(request: Request) -> str:
    """Return where to go after signing in: the page that was asked for, never a fragment or another site."""
    if request.method != "GET" or request.headers.get("hx-request"):
        return ""
    query = f"?{request.url.query}" if request.url.query else ""
    return quote(request.url.path + query, safe="/?=&%")


class UndeclaredRouteError(RuntimeError):
    """A route does not say who may use it."""


def declared(app: FastAPI) -> dict[tuple[str, str], str]:
    """Return the policy of every (method, path); UndeclaredRouteError when one has none. Static files are anyone's."""
    found: dict[tuple[str, str], str] = {}
    for route in _routes(app):
        policy = _policy(route.dependant)
        if policy is None:
            raise UndeclaredRouteError(f"{route.path} does not say who may use it: see inbox/web/deps.py.")
        found.update({(method, route.path): policy for method in route.methods or ()})
    return found


def _routes(app: FastAPI) -> list[APIRoute]:
    found: list[APIRoute] = []
    for route in app.routes:
        if isinstance(route, APIRoute):
            found.append(route)
        elif hasattr(route, "effective_route_contexts"):
            found.extend(route.effective_route_contexts())
        elif not (isinstance(route, Mount) and route.name == "static"):
            raise UndeclaredRouteError(f"{getattr(route, 'path', route)} is not a route we know how to guard.")
    return found


def _policy(dependant: object) -> str | None:
    """Return the strictest policy in a route's tree of dependencies."""
    calls = set(_calls(dependant))
    names = [policy.__name__ for policy in reversed(POLICIES) if policy in calls]
    return "founder" if "founder" in names else next(iter(names), None)


def _calls(dependant: object) -> list[object]:
    below = [call for child in getattr(dependant, "dependencies", ()) for call in _calls(child)]
    return [getattr(dependant, "call", None), *below]
