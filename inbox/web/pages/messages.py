"""What a message was made of: its HTML in a frame, its text, its original, its files."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from inbox.flow.errors import NotFoundError
from inbox.store import messages
from inbox.web import originals, sanitize
from inbox.web.deps import House, Me
from inbox.web.render import render

router = APIRouter()
LOCKED = "default-src 'none'; sandbox; frame-ancestors 'none'"
MONTH = "private, max-age=2592000, immutable"


@router.get("/messages/{message_id}/body")
def body(request: Request, house: House, me: Me, message_id: int, images: str = "") -> Response:
    """Show a mail's HTML, cleaned, for the frame."""
    remote = images == "yes"
    with house.store.reading() as session:
        found = originals.find(session, message_id)
        pictures = originals.content_ids(session, message_id)
    cleaned = sanitize.clean(originals.html_of(house, found), pictures, remote=remote)
    (html, rules), nonce = sanitize.parted(cleaned.html), secrets.token_urlsafe(16)
    sheet = Markup('<style nonce="{}">{}</style>').format(nonce, Markup(rules))  # noqa: S704 - plain declarations only
    shown = {"html": Markup(html), "sheet": sheet, "held_back": cleaned.held_back}  # noqa: S704 - cleaned
    answer = HTMLResponse(render(request, "inbox/mail.html", me, **shown))
    answer.headers["Content-Security-Policy"] = sanitize.policy(remote=remote, nonce=nonce)
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@router.get("/messages/{message_id}/text")
def text(house: House, me: Me, message_id: int) -> Response:  # noqa: ARG001 - `me` is the policy
    """Show all of a message's text."""
    with house.store.reading() as session:
        message = messages.get(session, message_id)
    if message is None:
        raise NotFoundError(originals.GONE)
    whole = f"{message.text}\n\n{message.quoted}" if message.quoted else message.text
    return _as_text(whole.encode())


@router.get("/messages/{message_id}/source")
def source(house: House, me: Me, message_id: int) -> Response:  # noqa: ARG001 - `me` is the policy
    """Show the original, byte by byte, as text that no browser takes for anything else."""
    with house.store.reading() as session:
        found = originals.find(session, message_id)
    return _as_text(found.raw)


def _as_text(data: bytes) -> Response:
    return Response(data, media_type="text/plain; charset=utf-8", headers={"Content-Security-Policy": LOCKED})


@router.get("/attachments/{attachment_id}")
def attachment(house: House, me: Me, attachment_id: int) -> Response:  # noqa: ARG001 - `me` is the policy
    """Download a file. It is never shown by us, whatever it says it is."""
    row, data = originals.file(house, attachment_id)
    headers = {"Content-Disposition": sanitize.disposition(row.filename), "Content-Security-Policy": LOCKED}
    return Response(data, media_type="application/octet-stream", headers=headers)


@router.get("/attachments/{attachment_id}/picture")
def picture(house: House, me: Me, attachment_id: int) -> Response:  # noqa: ARG001 - `me` is the policy
    """Show a picture of a mail, if its own bytes say that it is one."""
    row, data = originals.file(house, attachment_id)
    kind = sanitize.sniffed(data)
    if not kind:
        raise NotFoundError(originals.GONE)
    headers = {
        "Content-Disposition": sanitize.disposition(row.filename, inline=True),
        "Content-Security-Policy": LOCKED,
        "Cache-Control": MONTH,
    }
    return Response(data, media_type=kind, headers=headers)
