"""The inbox: the list, and the conversation beside it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from inbox.store import listing, tags, teammates
from inbox.store.listing import VIEWS
from inbox.web import story
from inbox.web.deps import House, Me
from inbox.web.lists import Shown, TeamList, open_list
from inbox.web.promise import promise
from inbox.web.render import counts, fragment, is_fragment, page, zone_of

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.flow.sign_in import Signed
    from inbox.web.story import Story

router = APIRouter()
MOST_IDS = 100


@router.get("/")
def home(me: Me) -> Response:  # noqa: ARG001 - `me` is the policy
    """Begin with who waits."""
    return RedirectResponse("/inbox/waiting", status_code=303)


@router.get("/conversations/{conversation_id}")
def anywhere(house: House, me: Me, conversation_id: int) -> Response:
    """Go to a conversation, in the list where it stands now."""
    with house.store.reading() as session:
        waits = listing.some(session, "waiting", me.id, [conversation_id])
    return RedirectResponse(f"/inbox/{'waiting' if waits else 'all'}/{conversation_id}", status_code=303)


@router.get("/inbox/{view}")
def the_list(request: Request, house: House, me: Me, view: str, before: str = "") -> Response:
    """Show a list; nothing is opened yet."""
    if is_fragment(request):
        return fragment(request, "inbox/nothing.html", me=me)
    return page(request, "inbox/page.html", me=me, story=None, **_list(house, me, view, before))


@router.get("/inbox/{view}/rows")
def rows(request: Request, house: House, me: Me, view: str, before: str = "") -> Response:
    """Return the next rows of a list."""
    return fragment(request, "inbox/rows.html", me=me, story=None, **_list(house, me, view, before))


@router.get("/inbox/{view}/news")
def news(request: Request, house: House, me: Me, view: str, ids: str = "") -> Response:
    """Return those of some conversations that belong to a list now, its head and the counts."""
    wanted = [int(part) for part in ids.split(",")[:MOST_IDS] if part.isascii() and part.isdigit() and len(part) < 19]
    with house.store.reading() as session:
        asked = open_list(session, view, me.id, house.clock())
        shown = _about(asked, Shown(asked.some(wanted)), "", listing.last_reply(session))
    return fragment(
        request, "inbox/news.html", me=me, story=None, counts=counts(request, me), promised=promise(request), **shown
    )


@router.get("/inbox/{view}/{conversation_id}")
def conversation(request: Request, house: House, me: Me, view: str, conversation_id: int) -> Response:
    """Show a conversation beside its list."""
    told = tell(request, house, conversation_id)
    if is_fragment(request):
        return fragment(request, "inbox/detail.html", me=me, view=_known(house, me, view), story=told, **fresh())
    return page(request, "inbox/page.html", me=me, story=told, **fresh(), **_list(house, me, view, ""))


@router.get("/inbox/{view}/{conversation_id}/parts")
def parts(request: Request, house: House, me: Me, view: str, conversation_id: int) -> Response:
    """Return what of an open conversation may have changed; what is being typed there stays."""
    told = tell(request, house, conversation_id)
    return fragment(
        request, "inbox/parts.html", me=me, view=_known(house, me, view), story=told, version=None, said="", undo=None
    )


def tell(request: Request, house: Context, conversation_id: int) -> Story:
    """Load a conversation's story for this reader."""
    with house.store.reading() as session:
        told = story.load(session, conversation_id, house.clock(), zone_of(request))
        listing.for_reader(session, [told.row], request.state.me.id)
        return told


def fresh() -> dict[str, Any]:
    """Return an empty composer."""
    return {"typed": "", "tab": "reply", "cc": "", "conflict": "", "problem": ""}


def _known(house: Context, me: Signed, view: str) -> str:
    if view not in VIEWS:
        with house.store.reading() as session:
            open_list(session, view, me.id, house.clock())
    return view


def _list(house: Context, me: Signed, view: str, before: str) -> dict[str, Any]:
    with house.store.reading() as session:
        asked = open_list(session, view, me.id, house.clock())
        shown = asked.page(before)
        return _about(asked, shown, before, None if shown.rows else listing.last_reply(session))


def _about(asked: TeamList, shown: Shown, before: str, last_reply: datetime | None) -> dict[str, Any]:
    return {
        "view": asked.name,
        "name": asked.title,
        "rising": asked.rising,
        "saved_view": asked.saved,
        "listed": shown,
        "last_reply": last_reply,
        "before": before,
        "team": teammates.active(asked.session),
        "known_tags": tags.known(asked.session),
    }
