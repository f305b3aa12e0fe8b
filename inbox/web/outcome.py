"""What an act answers: the changed parts to htmx, the page itself to a browser without scripts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from inbox.flow.context import Context
from inbox.flow.sign_in import Signed
from inbox.store import listing
from inbox.store.listing import VIEWS
from inbox.web import story
from inbox.web.render import done, fragment, zone_of

_SAVED = re.compile(r"v\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Undo:
    """Where the opposite of an act is posted, and for how many seconds it is offered."""

    action: str
    lasts: int = 9


def known(view: str) -> str:
    """Return a list's name, the list of all when it is not one."""
    return view if view in VIEWS or _SAVED.fullmatch(view) else "all"


def changed(
    request: Request,
    house: Context,
    me: Signed,
    conversation_id: int,
    view: str,
    said: str,
    undo: Undo | None = None,
    *,
    version: int | None = None,
) -> Response:
    """Show the conversation as it is now. version: what an open composer may now be sent on, None to leave it."""
    if request.headers.get("hx-request") != "true":
        return done(request, f"/inbox/{known(view)}/{conversation_id}", said)
    with house.store.reading() as session:
        told = story.load(session, conversation_id, house.clock(), zone_of(request))
        listing.for_reader(session, [told.row], me.id)
    shown: dict[str, Any] = {"story": told, "version": version, "said": said, "undo": undo, "view": known(view)}
    return fragment(request, "inbox/parts.html", me=me, **shown)


def elsewhere(request: Request, view: str, conversation_id: int, said: str) -> Response:
    """Go to another conversation; there, the timeline offers to undo what was done."""
    where = f"/inbox/{known(view)}/{conversation_id}" if conversation_id else f"/inbox/{known(view)}"
    return done(request, where, said)
