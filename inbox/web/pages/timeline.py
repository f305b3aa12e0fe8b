"""What was said longer ago, and a conversation on paper."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from inbox.flow.errors import NotFoundError
from inbox.web import story
from inbox.web.deps import House, Me
from inbox.web.lists import place
from inbox.web.outcome import known
from inbox.web.render import fragment, page, zone_of
from inbox.web.words import _

router = APIRouter()


@router.get("/inbox/{view}/{conversation_id}/earlier")
def earlier(request: Request, house: House, me: Me, view: str, conversation_id: int, before: str = "") -> Response:
    """Return the page of entries before a place."""
    here = place(before)
    if here is None:
        raise NotFoundError(_("There is nothing earlier."))
    with house.store.reading() as session:
        asked = (session, conversation_id, (here.at, here.id), house.clock(), zone_of(request))
        entries, more = story.earlier(*asked)
    shown: dict[str, Any] = {"entries": entries, "place": more, "story_id": conversation_id, "view": known(view)}
    return fragment(request, "inbox/earlier.html", me=me, **shown)


@router.get("/conversations/{conversation_id}/print")
def paper(request: Request, house: House, me: Me, conversation_id: int) -> Response:
    """Show a conversation as it goes on paper."""
    with house.store.reading() as session:
        told = story.load(session, conversation_id, house.clock(), zone_of(request), story.PRINTED)
    return page(request, "inbox/print.html", me=me, story=told)
