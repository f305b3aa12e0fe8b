"""Find conversations by what was said in them."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from inbox.store import listing
from inbox.store import search as searching
from inbox.web.deps import House, Me
from inbox.web.render import page

router = APIRouter()
LONGEST = 500
PAGE = 50


@router.get("/search")
def search(request: Request, house: House, me: Me, q: str = "", before: str = "") -> Response:
    """Show the search field, and what was found."""
    asked = q.strip()[:LONGEST]
    results = searching.Results()
    found: list[tuple[searching.Hit, listing.Row]] = []
    if asked:
        with house.store.reading() as session:
            place = searching.Place.read(before) if before else None
            results = searching.search(session, asked, now=house.clock(), limit=PAGE, before=place)
            rows = listing.named(session, [hit.conversation_id for hit in results.hits])
        found = [(hit, rows[hit.conversation_id]) for hit in results.hits if hit.conversation_id in rows]
    return page(request, "search/page.html", me=me, q=asked, results=results, found=found)
