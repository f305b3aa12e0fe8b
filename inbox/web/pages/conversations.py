"""The inbox: the list, and the conversation beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from inbox.flow.errors import NotFoundError
from inbox.store import listing
from inbox.store.listing import VIEWS, Listed, Place
from inbox.web import story
from inbox.web.deps import House, Me
from inbox.web.promise import promise
from inbox.web.render import counts, fragment, is_fragment, page, zone_of
from inbox.web.words import N_, _

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.flow.sign_in import Signed
    from inbox.web.story import Story

router = APIRouter()
MOST_IDS = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NAMES = {
    "waiting": N_("Waiting"),
    "mine": N_("Mine"),
    "unassigned": N_("Unassigned"),
    "open": N_("Open"),
    "all": N_("All"),
    "closed": N_("Closed"),
    "spam": N_("Spam"),
}


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
    wanted = [int(part) for part in ids.split(",")[:MOST_IDS] if part.isascii() and part.isdigit()]
    with house.store.reading() as session:
        found = listing.some(session, _known(view), me.id, wanted)
        last = listing.last_reply(session)
    shown: dict[str, Any] = {
        "view": view,
        "listed": Listed(found, None),
        "last_reply": last,
        "name": _(NAMES[view]),
        "story": None,
    }
    return fragment(
        request, "inbox/news.html", me=me, counts=counts(request, me), kept=promise(request), before="", **shown
    )


@router.get("/inbox/{view}/{conversation_id}")
def conversation(request: Request, house: House, me: Me, view: str, conversation_id: int) -> Response:
    """Show a conversation beside its list."""
    told = tell(request, house, conversation_id)
    if is_fragment(request):
        return fragment(request, "inbox/detail.html", me=me, view=_known(view), story=told, **fresh())
    return page(request, "inbox/page.html", me=me, story=told, **fresh(), **_list(house, me, view, ""))


@router.get("/inbox/{view}/{conversation_id}/parts")
def parts(request: Request, house: House, me: Me, view: str, conversation_id: int) -> Response:
    """Return what of an open conversation may have changed; what is being typed there stays."""
    told = tell(request, house, conversation_id)
    return fragment(request, "inbox/parts.html", me=me, view=_known(view), story=told, version=None, said="", undo=None)


def tell(request: Request, house: Context, conversation_id: int) -> Story:
    """Load a conversation's story for this reader."""
    with house.store.reading() as session:
        return story.load(session, conversation_id, house.clock(), zone_of(request))


def fresh() -> dict[str, Any]:
    """Return an empty composer."""
    return {"typed": "", "tab": "reply", "cc": "", "conflict": "", "problem": ""}


def _known(view: str) -> str:
    if view not in VIEWS:
        raise NotFoundError(_("This list does not exist."))
    return view


def _list(house: Context, me: Signed, view: str, before: str) -> dict[str, Any]:
    with house.store.reading() as session:
        listed = listing.page(session, _known(view), me.id, place(before))
        last = listing.last_reply(session) if not listed.rows else None
    return {"view": view, "name": _(NAMES[view]), "listed": listed, "last_reply": last, "before": before}


def place(text: str) -> Place | None:
    """Read where a page begins; nonsense is the beginning."""
    micros, _dash, number = text.partition("-")
    if not (micros.isascii() and micros.isdigit() and number.isascii() and number.isdigit()):
        return None
    if len(micros) > 16 or len(number) > 18:
        return None
    return Place(_EPOCH + timedelta(microseconds=int(micros)), int(number))
