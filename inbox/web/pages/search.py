"""Find conversations by what was said in them."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import Response

from inbox.store import listing
from inbox.store import search as searching
from inbox.store.search_snippet import marked
from inbox.web.deps import House, Me
from inbox.web.render import page
from inbox.web.words import N_

router = APIRouter()
LONGEST = 500
PAGE = 50
HELP = (
    ("refund invoice", N_("both words, anywhere")),
    ('"payment failed"', N_("these words side by side")),
    ("refund*", N_("words that begin so")),
    ("-newsletter", N_("without this word")),
    ("from:carol  to:support  subject:export", N_("who wrote, to whom, about what")),
    ("is:waiting", N_("or open, closed, spam, answered, snoozed, unassigned, mine, following")),
    ("assignee:bob", N_("whose it is: a teammate, me or nobody")),
    ("tag:billing", N_("with this tag; -tag:billing without it")),
    ("has:attachment", N_("with a file")),
    ("in:support@example.com", N_("in one account")),
    ("after:2026-01-31  before:7d", N_("since a day, or older than seven days")),
)
"""What the search understands, as examples."""


@dataclass(frozen=True, slots=True)
class Found:
    """A conversation that was found; pieces of text come with whether they are a word that was looked for."""

    hit: searching.Hit
    row: listing.Row
    subject: list[tuple[str, bool]]
    snippet: list[tuple[str, bool]]


@router.get("/search")
def search(request: Request, house: House, me: Me, q: str = "", before: str = "") -> Response:
    """Show the search field, and what was found."""
    asked = q.strip()[:LONGEST]
    results = searching.Results()
    found: list[Found] = []
    if asked:
        with house.store.reading() as session:
            place = searching.Place.read(before) if before else None
            results = searching.search(session, asked, now=house.clock(), me=me.id, limit=PAGE, before=place)
            rows = listing.named(session, [hit.conversation_id for hit in results.hits], me.id)
        found = [_found(hit, rows[hit.conversation_id], results) for hit in results.hits if hit.conversation_id in rows]
    return page(request, "search/page.html", me=me, q=asked, results=results, found=found, help=HELP)


def _found(hit: searching.Hit, row: listing.Row, results: searching.Results) -> Found:
    return Found(hit, row, marked(row.subject, results.needs), marked(hit.snippet, results.needs))
