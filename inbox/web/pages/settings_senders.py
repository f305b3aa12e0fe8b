"""Who is blocked, and whose mail goes to spam since it was spam before."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import unwanted
from inbox.flow.context import Context
from inbox.flow.errors import FlowError
from inbox.flow.sign_in import Signed
from inbox.store import senders
from inbox.web.deps import House, Me
from inbox.web.errors import sentence
from inbox.web.render import done, page
from inbox.web.words import _

router = APIRouter()
HERE = "/settings/senders"
Line = Annotated[str, Form(max_length=300)]


@router.get(HERE)
def everyone(request: Request, house: House, me: Me, before: int | None = None) -> Response:
    """Show the list, newest first."""
    return _shown(request, house, me, before)


@router.post(HERE)
def block(request: Request, house: House, me: Me, what: Line = "") -> Response:
    """Block an address or a domain."""
    try:
        with house.store.unit_of_work() as work:
            unwanted.block(work, what, me.id)
    except FlowError as error:
        return _shown(request, house, me, None, problem=sentence(error), typed=what)
    return done(request, HERE, _("Blocked. Their mail goes to spam from now on."))


@router.post(HERE + "/{sender_id}/unblock")
def unblock(request: Request, house: House, me: Me, sender_id: int) -> Response:
    """Take one off the list."""
    with house.store.unit_of_work() as work:
        value = unwanted.unblock(work, sender_id, me.id)
    return done(request, HERE, _("{sender} may write again.").format(sender=value))


def _shown(
    request: Request, house: Context, me: Signed, before: int | None, *, problem: str = "", typed: str = ""
) -> Response:
    with house.store.reading() as session:
        rows = senders.everyone(session, before, senders.PAGE + 1)
    more = rows[senders.PAGE - 1][0].id if len(rows) > senders.PAGE else None
    status = 422 if problem else 200
    shown = rows[: senders.PAGE]
    return page(request, "senders/page.html", me=me, status=status, rows=shown, more=more, problem=problem, typed=typed)
