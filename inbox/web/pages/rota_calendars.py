"""Calendars: one's shifts for other programs, and one's absences from one's own calendar."""

from __future__ import annotations

import hashlib
import json
from datetime import tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, UploadFile
from fastapi.responses import Response

from inbox.flow import calendar_out, calendar_source
from inbox.flow.absences import MOST, Away
from inbox.flow.calendar_in import LARGEST
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import calendars
from inbox.web import rota_words
from inbox.web.deps import ANYONE, GUESSING, House, Me
from inbox.web.errors import STATUS
from inbox.web.pages.rota import instant
from inbox.web.render import done, page, zone_of
from inbox.web.words import _, tell
from rules.zones import or_utc

router = APIRouter(prefix="/rota")
HERE = "/rota/calendars"
FRESH = "private, max-age=300"
LISTED = 30
Short = Annotated[str, Form(max_length=100)]
Address = Annotated[str, Form(max_length=2000)]
Packed = Annotated[str, Form(max_length=100_000)]


@router.api_route("/calendar/{token}.ics", methods=["GET", "HEAD"], dependencies=[ANYONE, GUESSING])
def feed(request: Request, house: House, token: str) -> Response:
    """Give whoever has the link the shifts it shows; the link is the key."""
    with house.store.reading() as session:
        teammate = calendar_out.whose(session, token)
        body = calendar_out.write(house, session, teammate, house.clock())
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": FRESH, "Content-Disposition": 'inline; filename="shifts.ics"'}
    if tag in {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="text/calendar; charset=utf-8")


@router.get("/calendars")
def show(request: Request, house: House, me: Me) -> Response:
    """Show which calendars speak with the rota."""
    return _show(request, house, me)


@router.post("/calendars/link")
def make(request: Request, house: House, me: Me) -> Response:
    """Make the secret link, and show it this once."""
    with house.store.unit_of_work() as work:
        token = calendar_out.make_link(work, me.id)
    return _show(request, house, me, link=f"{house.settings.public_url}/rota/calendar/{token}.ics")


@router.post("/calendars/link/revoke")
def revoke(request: Request, house: House, me: Me) -> Response:
    """Let the link lead nowhere."""
    with house.store.unit_of_work() as work:
        calendar_out.revoke_link(work, me.id)
    return done(request, HERE, _("The link leads nowhere now."))


@router.post("/calendars/look")
def look(
    request: Request, house: House, me: Me, url: Address = "", containing: Short = "", file: UploadFile | None = None
) -> Response:
    """Say what a calendar holds, before anything is taken over."""
    typed: dict[str, Any] = {"url": url, "containing": containing}
    try:
        body = file.file.read(LARGEST + 1) if file and file.filename else b""
        if not body and not url.strip():
            raise RefusedError(say("Choose a file, or give the address of a calendar."))
        found = calendar_source.look(body or calendar_source.fetch(house, url), house.clock(), own_zone(me), containing)
    except FlowError as error:
        return _show(request, house, me, status=STATUS.get(type(error), 422), problem=tell(error), **typed)
    if body:
        typed["url"] = ""
    packed = json.dumps([[one.uid, one.start.isoformat(), one.end.isoformat()] for one in found.away])
    said = [(one, rota_words.span(one.start, one.end, zone_of(request))) for one in found.away[:LISTED]]
    return _show(request, house, me, seen=found, said=said, packed=packed, **typed)


@router.post("/calendars/import")
def take(
    request: Request, house: House, me: Me, found: Packed = "[]", url: Address = "", containing: Short = ""
) -> Response:
    """Take over what was looked at; an address is read again each hour."""
    try:
        away = _unpacked(found)
        with house.store.unit_of_work() as work:
            if url:
                calendar_source.follow(work, house, url, away, containing, me.id)
            else:
                calendar_source.take(work, me.id, away, containing)
    except FlowError as error:
        return _show(request, house, me, status=STATUS.get(type(error), 422), problem=tell(error))
    return done(request, HERE, _("Taken over. The rota goes round you then."))


@router.post("/calendars/drop")
def drop(request: Request, house: House, me: Me) -> Response:
    """Read one's own calendar no more."""
    with house.store.unit_of_work() as work:
        calendar_source.drop(work, me.id)
    return done(request, HERE, _("Your calendar is read no more, and what it said of the time to come is forgotten."))


def own_zone(me: Signed) -> tzinfo:
    """Return the zone in which one's own days are days: the same for what is read by itself later on."""
    return or_utc(me.zone)


def _unpacked(text: str) -> list[Away]:
    """Read what the form before wrote: it is about the reader's own absences, which they may set as they like."""
    try:
        rows = json.loads(text)
        return [Away(str(uid), instant(str(start)), instant(str(end))) for uid, start, end in rows[:MOST]]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise RefusedError(say("This could not be read: look at the calendar again.")) from None


def _show(request: Request, house: Context, me: Signed, *, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
    with house.store.reading() as session:
        shown: dict[str, Any] = {
            "known": calendars.link_of(session, me.id),
            "source": calendars.source_of(session, me.id),
        }
    empty: dict[str, Any] = {
        "link": "",
        "problem": "",
        "url": "",
        "containing": "",
        "seen": None,
        "said": [],
        "packed": "",
    }
    return page(request, "rota/calendars.html", me=me, status=status, **{**empty, **shown, **told})
