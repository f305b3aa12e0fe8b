"""What one is told: the list behind the bell, what an open page may say, and the worker that shows push messages."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response

from inbox.flow import notices as verbs
from inbox.flow.notice_words import sentence
from inbox.store import claims, notices, tellings
from inbox.store.db import Session
from inbox.store.tables import Notice
from inbox.web.deps import ANYONE, House, Me
from inbox.web.render import done, page
from inbox.web.words import _, tell

router = APIRouter()
PAGE = 50
FRESH = 5
ICONS = {
    "assigned": "user",
    "mentioned": "at-sign",
    "reply": "message-circle",
    "woke": "alarm-clock",
    "unclaimed": "users",
    "due": "hourglass",
    "ladder": "hourglass",
    "outage": "triangle-alert",
    "unreached": "triangle-alert",
    "rule": "workflow",
    "rota": "calendar",
}
WORKER = Path(__file__).parents[1] / "static" / "js" / "worker.js"


@router.get("/notices")
def list_notices(request: Request, house: House, me: Me, before: int | None = None) -> Response:
    """Show what one was told, newest first."""
    with house.store.reading() as session:
        rows = notices.newest(session, me.id, PAGE + 1, before)
        unread = notices.unread(session, me.id)
        claimed = waiting(session, house.clock(), rows[:PAGE])
    told = [(row, tell(sentence(row.kind, row.data)), ICONS.get(row.kind, "bell"), where(row)) for row in rows[:PAGE]]
    more = rows[PAGE - 1].id if len(rows) > PAGE else None
    return page(request, "notices/page.html", me=me, told=told, more=more, unread=unread, claimed=claimed)


@router.get("/notices/fresh")
def fresh(house: House, me: Me, after: int = -1) -> JSONResponse:
    """Tell an open page what is new after the notice it knows; a page that knows none learns where it stands."""
    with house.store.reading() as session:
        rows = notices.fresh(session, me.id, after, FRESH) if after >= 0 else []
        last, unread = notices.last_id(session, me.id), notices.unread(session, me.id)
    told = [{"id": row.id, "text": tell(sentence(row.kind, row.data)), "path": where(row)} for row in rows]
    return JSONResponse({"last": last, "unread": unread, "fresh": told})


def waiting(session: Session, now: datetime, rows: list[Notice]) -> dict[int, str]:
    """Return who is on each wait that the ladder told of and that is open still; "" where nobody is."""
    of_ladder = [row.data["wait_id"] for row in rows if row.kind == "ladder" and "wait_id" in row.data]
    held = claims.held(session, of_ladder)
    live = {number: one.name for number, one in held.items() if one.until > now}
    return {number: live.get(number, "") for number, scene in tellings.scenes(session, of_ladder).items() if scene.open}


def where(row: Notice) -> str:
    """Return the page that a notice leads to."""
    if row.kind == "rota":
        return "/rota/handover" if row.data.get("what") in {"handover", "late"} else "/rota"
    return f"/inbox/all/{row.conversation_id}" if row.conversation_id else "/settings/accounts"


@router.post("/notices/read")
def read(
    request: Request,
    house: House,
    me: Me,
    conversation: Annotated[int | None, Form()] = None,
    number: Annotated[int | None, Form()] = None,
) -> Response:
    """Mark one notice as read, or those of a conversation, or all."""
    with house.store.unit_of_work() as work:
        verbs.read(work, me.id, notice_id=number, conversation_id=conversation)
    if conversation is not None:
        return Response(status_code=204)
    return done(request, "/notices", _("Marked as read."))


@router.get("/sw.js", dependencies=[ANYONE])
def worker() -> Response:
    """Give browsers the worker that shows push messages. It stands at the root, so that it may speak for the site."""
    headers = {"Cache-Control": "no-cache"}
    return Response(WORKER.read_bytes(), media_type="text/javascript; charset=utf-8", headers=headers)
