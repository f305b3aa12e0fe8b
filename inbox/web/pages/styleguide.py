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
    hour = timedelta(hours=1)
    told = [
        (
            "Carol Diaz",
            "mail",
            "Can't export my board",
            "When I press Export the page stays white.",
            22,
            "Bo Lindqvist",
        ),
        ("Sam Okafor", "voice", "Missed call", "Please ring me back about the invoice.", 26, ""),
        ("Dana Kim", "whatsapp", "", "Hillcrest Primary, 12 Orchard Lane. Thank you so much", 5, ""),
        (
            "A name that is so long that no list could ever show all of it",
            "x",
            "And a subject to match " * 4,
            "",
            1,
            "",
        ),
    ]
    rows = []
    for number, (who, channel, subject, snippet, gone, mate) in enumerate(told, start=1):
        since = now - gone * hour
        row = Row(number, number, who, channel, subject, snippet, "open", None, since + 24 * hour, since, 1, since)
        row.assignee, row.tags = mate, ["export", "bug"][: number - 1]
        rows.append(row)
    rows.append(Row(9, 9, "Tom Becker", "mail", "Cancel", "Passed on.", "closed", None, None, None, 1, now - 30 * hour))
    return rows


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
    return Delivery(id=0, message_id=1, conversation_id=1, account_id=1, kind="send", state=state, not_before=now)
