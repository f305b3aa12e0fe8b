"""Templates and what they may use. `page` for a whole screen, `fragment` for a part, `done` after a POST."""

from __future__ import annotations

import secrets
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from markupsafe import Markup

from inbox.store import listing, notices, saved_views
from inbox.web import keys, snoozing, telling, words, writing
from inbox.web.cookies import secure
from inbox.web.language import language
from inbox.web.marks import gauge, icon, ring
from inbox.web.promise import promise
from inbox.web.settings import GROUPS, Section
from inbox.web.static_files import static
from inbox.web.words import _, _n
from rules.zones import or_utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2.runtime import Context as Scope

    from inbox.flow.context import Context
    from inbox.flow.sign_in import Signed
    from inbox.store.tables import SavedView

HERE = Path(__file__).parent
NOTICE = "notice"

REFUSED = (400, 403, 404, 405, 409, 413, 422, 429)
HOWS = {"hour": "HH:mm", "day and hour": "EEE d MMM HH:mm"}
"""How a time is written where the day goes without saying, and where it never does."""


def zone_of(request: Request) -> tzinfo:
    """Return the reader's time zone: their choice, else what their browser tells in a cookie; UTC until it has."""
    me: Signed | None = getattr(request.state, "me", None)
    name = (me.zone if me else "") or request.cookies.get("tz", "")
    return or_utc(name)


@pass_context
def _time(scope: Scope, at: datetime | None, how: str = "clock") -> Markup:
    """Write a <time> that says when, briefly; the exact time is its title."""
    if at is None:
        return Markup("")
    now, zone = scope["now"], scope["zone"]
    here = at.astimezone(zone)
    brief = words.said(here, HOWS[how]) if how in HOWS else words.clock(at, now, zone)
    said = words.ago(at, now) if how == "ago" else brief
    live = Markup(' data-ago=""') if how == "ago" else ""
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(
        at.isoformat(timespec="seconds"), words.full(at, zone), live, said
    )


@cache
def templates() -> Environment:
    """Return the templates, escaping everything."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        _=_,
        _n=_n,
        tell=words.tell,
        language=language,
        sections=sections,
        gauge=gauge,
        icon=icon,
        ring=ring,
        new_key=new_key,
        for_scripts=words.for_scripts,
        key_groups=keys.shown,
        static=static,
        desk_of=writing.of,
        snooze_times=snoozing.times,
        earliest=snoozing.earliest,
    )
    made.filters.update(
        time=_time,
        channel=telling.channel,
        subject=telling.subject,
        their_clock=telling.their_clock,
        size=words.size,
        bounded=words.bounded,
        initials=words.initials,
        left=words.left,
        waited=words.waited,
    )
    return made


def _scope(request: Request, me: Signed | None) -> dict[str, Any]:
    context: Context = request.app.state.context
    return {
        "request": request,
        "me": me,
        "csrf": me.csrf if me else "",
        "now": context.clock(),
        "zone": zone_of(request),
        "path": request.url.path,
        "notice": None,
    }


def render(request: Request, template: str, me: Signed | None, **values: object) -> str:
    """Render a template to text."""
    return templates().get_template(template).render({**_scope(request, me), **values})


VARIES = "HX-Request, HX-Request-Type, Cookie, Accept-Language"
"""What one address answers by: a part or the whole, to whom, in which language."""


def page(request: Request, template: str, *, me: Signed | None, status: int = 200, **values: object) -> HTMLResponse:
    """Answer with a whole screen. Signed in, it has the rail with its counts."""
    notice = _take_notice(request)
    nav = {"counts": counts(request, me), "promised": promise(request), "unread": unread(request, me)} if me else {}
    if me:
        nav["saved_views"] = saved_lists(request, me)
    made = HTMLResponse(render(request, template, me, **{"notice": notice, **nav, **values}), status)
    made.headers["Vary"] = VARIES
    if notice:
        made.delete_cookie(NOTICE, path="/")
    return made


def fragment(
    request: Request, template: str, *, me: Signed | None, status: int = 200, **values: object
) -> HTMLResponse:
    """Answer with a part of a screen."""
    made = HTMLResponse(render(request, template, me, **values), status)
    made.headers["Vary"] = VARIES
    return made


def done(request: Request, to: str, notice: str = "") -> Response:
    """End a POST: go to a page of ours and say there, once, what was done."""
    if not to.startswith("/") or to.startswith(("//", "/\\")):
        to = "/"
    answer: Response
    if request.headers.get("hx-request"):
        answer = Response(status_code=204, headers={"HX-Redirect": to})
    else:
        answer = RedirectResponse(to, status_code=303)
    if notice:
        answer.set_cookie(
            NOTICE, quote(notice[:300]), max_age=60, path="/", httponly=True, samesite="lax", secure=secure(request)
        )
    return answer


def _take_notice(request: Request) -> str:
    return unquote(request.cookies.get(NOTICE, ""))[:300]


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of the page, not for all of it."""
    headers = request.headers
    return headers.get("hx-request") == "true" and headers.get("hx-request-type") == "partial"


def unread(request: Request, me: Signed) -> int:
    """Return how many notices the reader has not read: the number at the bell."""
    context: Context = request.app.state.context
    with context.store.reading() as session:
        return notices.unread(session, me.id)


def saved_lists(request: Request, me: Signed) -> list[SavedView]:
    """Return the saved views of the rail."""
    context: Context = request.app.state.context
    with context.store.reading() as session:
        return saved_views.visible(session, me.id)


def counts(request: Request, me: Signed) -> listing.Counts:
    """Return the counts of the rail."""
    context: Context = request.app.state.context
    with context.store.reading() as session:
        return listing.counts(session, me.id, context.clock())


def sections(request: Request) -> list[tuple[str, list[Section]]]:
    """Return the settings that have a page, in groups, as far as the reader may see them."""
    me, there = request.state.me, {path for method, path in request.app.state.policies if method == "GET"}
    shown = [
        (name, [one for one in group if one.href in there and (me.founder or not one.founders)])
        for name, group in GROUPS
    ]
    return [(name, group) for name, group in shown if group]


def toast(request: Request, text: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """Say something over the page the person is on; what they typed stays."""
    body = render(request, "parts/toast.html", None, text=text, refused=status in REFUSED or status >= 500)
    made = HTMLResponse(body, status, headers=dict(headers or {}))
    made.headers["HX-Retarget"] = "#toasts"
    made.headers["HX-Reswap"] = "beforeend"
    return made


def error_page(request: Request, status: int, text: str, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """Answer with a page that says what is wrong."""
    body = render(request, "error.html", None, status=status, text=text)
    return HTMLResponse(body, status, headers=dict(headers or {}))


def new_key() -> str:
    """Return what makes one act of sending one, however often the button is pressed."""
    return secrets.token_urlsafe(18)
