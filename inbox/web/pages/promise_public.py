"""The public page /promise: how we kept our promise, for everybody who asks. It is not there until founders want it.

Nothing here sets or reads a cookie; the same figures serve everybody for five minutes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import Response

from inbox.flow import business, customers, public_promise
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError
from inbox.flow.public_promise import Measured, Published, Share
from inbox.say import say
from inbox.web import telling
from inbox.web.deps import ANYONE, House
from inbox.web.language import language, speak, wanted
from inbox.web.public_charts import badge, bars, said_share
from inbox.web.render import render
from inbox.web.words import _, full, span

router = APIRouter(dependencies=[ANYONE])
FRESH = timedelta(minutes=5)
SHARED = {"Cross-Origin-Resource-Policy": "cross-origin", "Access-Control-Allow-Origin": "*"}

_measuring = Lock()


@router.get("/promise")
def page(request: Request, house: House) -> Response:
    """Show the figures."""
    told, zone, name = _published(request, house)
    shown = [(one, [sentence_of(one), *_more(one)], _shares(one)) for one in told.spans]
    text = render(
        request,
        "public/promise.html",
        None,
        house_name=name,
        shown=shown,
        bars=bars,
        as_of=full(told.at, ZoneInfo(zone)),
        minutes=int(FRESH.total_seconds() // 60),
    )
    return _answer(request, text, "text/html")


@router.get("/promise.json")
def figures(request: Request, house: House) -> Response:
    """Give the figures to programs; times in seconds."""
    told, _zone, _name = _published(request, house)
    spans = [_as_json(one) for one in told.spans]
    body = {
        "as_of": told.at.isoformat(timespec="seconds"),
        "meaning": "Cases whose answer was due in the last days. Whoever was not answered counts as not kept",
        "spans": spans,
    }
    return _answer(request, json.dumps(body, indent=1), "application/json", SHARED)


@router.get("/promise.svg")
def picture(request: Request, house: House) -> Response:
    """Draw the badge."""
    told, _zone, _name = _published(request, house)
    first = told.spans[0]
    return _answer(request, badge(first.whole, first.days, plain=first.plain), "image/svg+xml", SHARED)


def _published(request: Request, house: Context) -> tuple[Published, str, str]:
    """Return the figures, the zone they are told in and the house's name; NotFoundError while it is not public."""
    speak(wanted(request.headers.get("accept-language", "")))
    with house.store.reading() as session:
        told, name = customers.read(session), business.read(session).name
    if not told.public:
        raise NotFoundError(say("This page does not exist."))
    return measured(request, house), told.zone, name


def measured(request: Request, house: Context) -> Published:
    """Return what was measured in the last minutes.

    One request measures anew; others are told meanwhile what was known before, so that strangers keep one thread busy.
    """
    known = _kept(request)
    if known is None:
        _measuring.acquire()
    elif _is_fresh(known, house.clock()) or not _measuring.acquire(blocking=False):
        return known
    try:
        kept = _kept(request)
        if kept is None or not _is_fresh(kept, house.clock()):
            kept = request.app.state.public_promise = _measure(house, house.clock())
        return kept
    finally:
        _measuring.release()


def _kept(request: Request) -> Published | None:
    return getattr(request.app.state, "public_promise", None)


def _is_fresh(told: Published, now: datetime) -> bool:
    return timedelta(0) <= now - told.at < FRESH


def _measure(house: Context, now: datetime) -> Published:
    with house.store.reading() as session:
        return public_promise.measure(session, now)


def sentence_of(one: Measured) -> str:
    """Say the result first."""
    if one.whole is None:
        return _("In the last {days} days too few people waited for an answer to say anything.").format(days=one.days)
    told = (
        _("In the last {days} days, a person answered within 24 hours in {percent} % of {n} cases.")
        if one.plain
        else _("In the last {days} days, a person answered in the promised time in {percent} % of {n} cases.")
    )
    return told.format(days=one.days, percent=one.whole.percent, n=one.whole.cases)


def _more(one: Measured) -> list[str]:
    if one.whole is None or one.median is None or one.p90 is None or one.slowest is None:
        return []
    return [
        _("Half of them waited less than {median}, nine of ten less than {p90}, the longest {slowest}.").format(
            median=_time(one.median), p90=_time(one.p90), slowest=_time(one.slowest)
        )
    ]


def _time(took: timedelta) -> str:
    return span(took.total_seconds())


def _shares(one: Measured) -> list[tuple[str, Share]]:
    """Return the whole and its channels, each with the words that stand at its bar."""
    if one.whole is None:
        return []
    return [
        said_share(_("All channels"), one.whole),
        *(said_share(telling.channel(each.name), each) for each in one.channels),
    ]


def _as_json(one: Measured) -> dict[str, object]:
    told: dict[str, object] = asdict(one)
    for name in ("median", "p90", "slowest"):
        took = told.pop(name)
        told[f"{name}_seconds"] = int(took.total_seconds()) if isinstance(took, timedelta) else None
    return {**told, "within_24_hours": told.pop("plain")}


def _answer(request: Request, text: str, kind: str, more: dict[str, str] | None = None) -> Response:
    """Answer with what anybody may keep for some minutes; 304 to whoever has it."""
    tag = f'W/"{hashlib.sha256(f"{language()}{text}".encode()).hexdigest()[:24]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"public, max-age={int(FRESH.total_seconds())}",
        "Vary": "Accept-Language, Accept-Encoding",
        **(more or {}),
    }
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type=kind, headers=headers)
