"""Every part of the screens in every state, on one page; only in development (INBOX_DEVELOPMENT).

The parts are the real templates with made-up people, so that the page cannot show what the screens do not.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from inbox.flow.errors import NotFoundError
from inbox.store.listing import Row
from inbox.store.tables import Attachment, Delivery, Message
from inbox.web import prose
from inbox.web.deps import House, Me
from inbox.web.render import page
from inbox.web.story import Entry
from inbox.web.words import _

router = APIRouter()
COLOURS = (
    "paper",
    "surface",
    "sunken",
    "raised",
    "hover",
    "chosen",
    "line",
    "line-strong",
    "ink",
    "ink-soft",
    "ink-faint",
    "accent",
    "accent-strong",
    "time-ok",
    "time-soon",
    "time-late",
    "danger",
    "note",
    "note-line",
    "mark",
)
HOURS = (0.5, 4, 9, 14, 17.9, 19, 22.5, 23.9, 30)


@router.get("/styleguide")
def styleguide(request: Request, house: House, me: Me) -> Response:
    """Show the parts; elsewhere than in development the page does not exist."""
    if not house.settings.development:
        raise NotFoundError(_("This page does not exist."))
    now = house.clock()
    waits = [(now - timedelta(hours=gone), now + timedelta(hours=24 - gone)) for gone in HOURS]
    shown: dict[str, Any] = {"colours": COLOURS, "waits": waits, "rows": _rows(now), "entries": _entries(now)}
    return page(request, "styleguide/page.html", me=me, view="all", story=None, **shown)


def _rows(now: datetime) -> list[Row]:
    long = "A name that is so long that no list could ever show all of it"
    rows = [
        _row(1, now, 22, "Carol Diaz", "mail", "Can't export my board", "When I press Export the page stays white."),
        _row(2, now, 26, "Sam Okafor", "voice", "Missed call", "Please ring me back about the invoice."),
        _row(3, now, 5, "Dana Kim", "whatsapp", "", "Hillcrest Primary, 12 Orchard Lane. Thank you so much"),
        _row(4, now, 1, long, "x", "And a subject to match " * 4, ""),
        _row(5, now, 30, "Tom Becker", "mail", "Cancel my subscription", "Passed on, with your name."),
    ]
    rows[0].assignee, rows[0].tags, rows[0].unread = "Bo Lindqvist", ["export", "bug"], True
    rows[1].late, rows[2].tags, rows[3].tags = True, ["billing"], ["one", "two", "three", "a-rather-long-tag"]
    rows[4].status, rows[4].due_at, rows[4].waiting_since = "closed", None, None
    return rows


def _row(number: int, now: datetime, gone: int, who: str, channel: str, subject: str, snippet: str) -> Row:
    since = now - timedelta(hours=gone)
    return Row(
        id=number,
        contact_id=number,
        contact=who,
        channel=channel,
        subject=subject,
        snippet=snippet,
        status="open",
        assignee_id=None,
        due_at=since + timedelta(hours=24),
        waiting_since=since,
        version=1,
        updated_at=since,
        snoozed_until=None,
        sort_at=since,
    )


def _entries(now: datetime) -> list[Entry]:
    """One of each kind that a timeline holds."""
    said = [
        _message(1, now, "in", "Hello,\n\nwhen I press Export the page stays white: https://boards.example/7\n\nCarol"),
        _message(2, now, "out", "Thank you, Carol. *Which* browser is it?\n\n- Firefox\n- another"),
        _message(3, now, "none", "Happens with boards above **200** cards.", kind="note"),
        _message(4, now, "out", "We found it."),
    ]
    theirs, ours, note, failed = (
        Entry(message, who) for message, who in zip(said, ("Carol Diaz", "Bo", "Léa", "Bo"), strict=True)
    )
    theirs.body, theirs.quoted = prose.plain(said[0].text), prose.plain("On Monday, Bo wrote:\n> Hello")
    theirs.day, theirs.day_key, theirs.their = _("Today"), "sample", "10:12"
    theirs.flags = ["Nobody vouches for the sender's address."]
    theirs.files = [
        Attachment(
            id=0, message_id=1, position=0, filename="board.png", content_type="image/png", size=48_213, sha256=b""
        )
    ]
    for entry in (ours, note, failed):
        entry.body = prose.markdown(entry.message.text)
    ours.delivery, ours.delivered = _delivery(now, "sent"), "Sent 09:14"
    failed.delivery, failed.alarming = _delivery(now, "failed"), True
    failed.delivered = "Could not be sent: the address is not known there."
    event = Entry(_message(5, now, "none", "", kind="event"), "Ann", told="Ann gave this to Bo", picture="user-check")
    return [theirs, event, ours, note, failed]


def _message(number: int, now: datetime, direction: str, text: str, kind: str = "message") -> Message:
    quoted = "On Monday, Bo wrote:" if direction == "in" else ""
    return Message(
        id=number,
        conversation_id=1,
        account_id=1,
        kind=kind,
        direction=direction,
        channel="mail",
        teammate_id=None if direction == "in" else 1,
        text=text,
        quoted=quoted,
        people={"from": {"value": "carol@school.example"}},
        at=now - timedelta(hours=6 - number),
        stored_at=now,
    )


def _delivery(now: datetime, state: str) -> Delivery:
    return Delivery(
        id=0,
        key="sample",
        message_id=1,
        conversation_id=1,
        account_id=1,
        kind="send",
        state=state,
        not_before=now,
        created_at=now,
    )
