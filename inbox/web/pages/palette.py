"""What the command palette finds by words: settings, people, conversations. Acts and lists it knows by itself."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from inbox.store import contacts, listing
from inbox.store import search as searching
from inbox.web.deps import House, Me
from inbox.web.render import sections
from inbox.web.words import _

router = APIRouter()
LONGEST = 200
EACH = 6


@router.get("/palette.json")
def palette(request: Request, house: House, me: Me, q: str = "") -> Response:  # noqa: ARG001 - `me` is the policy
    """Return what fits the words, a few of each kind."""
    asked = q.strip()[:LONGEST]
    found: dict[str, list[dict[str, str]]] = {"settings": _settings(request), "people": [], "conversations": []}
    if len(asked) > 1:
        with house.store.reading() as session:
            people = contacts.find(session, asked, EACH)
            hits = searching.search(session, asked, now=house.clock(), limit=EACH).hits
            rows = listing.named(session, [hit.conversation_id for hit in hits])
        found["people"] = [
            {"name": one.name, "more": value, "href": f"/search?q={quote(f'from:{value}')}"} for one, value in people
        ]
        found["conversations"] = [
            _conversation(rows[hit.conversation_id]) for hit in hits if hit.conversation_id in rows
        ]
    return JSONResponse(found)


def _conversation(row: listing.Row) -> dict[str, str]:
    told = {"name": row.subject or row.snippet or row.contact, "more": row.contact, "href": f"/conversations/{row.id}"}
    if row.due_at is None or row.waiting_since is None:
        return told
    return {**told, "since": row.waiting_since.isoformat(), "due": row.due_at.isoformat()}


def _settings(request: Request) -> list[dict[str, str]]:
    pages = [one for _name, group in sections(request) for one in group]
    return [{"name": f"{_('Settings')}: {_(one.name)}", "href": one.href} for one in pages]
