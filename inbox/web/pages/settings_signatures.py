"""Signatures: what stands under a mail, and how long it can be taken back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import signatures as flow
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import accounts, signatures
from inbox.store.signatures import EVERY
from inbox.web.deps import House, Me
from inbox.web.errors import sentence
from inbox.web.pages.composer import unix
from inbox.web.render import done, page
from inbox.web.words import _

router = APIRouter()
HERE = "/settings/signatures"
Number = Annotated[int, Form(ge=0, le=2**40)]


@router.get(HERE)
def everything(request: Request, house: House, me: Me) -> Response:
    """Show one's own signatures and the team's."""
    return _shown(request, house, me)


@router.post(HERE)
def write(
    request: Request,
    house: House,
    me: Me,
    account: Number = EVERY,
    text: Annotated[str, Form(max_length=20_000)] = "",
    whose: Annotated[str, Form(max_length=10)] = "me",
    same: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Write a signature; the team's is a founder's to write. `same`: as the more general one says."""
    if whose == "team" and not me.founder:
        raise RefusedError(say("Only a founder can write the team's signature."))
    owner = EVERY if whose == "team" else me.id
    try:
        with house.store.unit_of_work() as work:
            flow.write(work, owner, account, None if same else unix(text), me.id)
    except FlowError as error:
        return _shown(request, house, me, problem=sentence(error), typed={(owner, account): text})
    return done(request, HERE, _("Saved."))


@router.post(HERE + "/undo")
def undo(request: Request, house: House, me: Me, seconds: Number = 15) -> Response:
    """Choose for how long a reply can be taken back."""
    with house.store.unit_of_work() as work:
        flow.set_undo(work, seconds, me.id)
    return done(request, HERE, _("Saved."))


def _shown(
    request: Request,
    house: Context,
    me: Signed,
    *,
    problem: str = "",
    typed: dict[tuple[int, int], str] | None = None,
) -> Response:
    with house.store.reading() as session:
        every = [one for one in accounts.all_accounts(session) if one.kind in {"mail", "fake"}]
        written = {(me.id, key): text for key, text in signatures.written(session, me.id).items()}
        written |= {(EVERY, key): text for key, text in signatures.written(session, EVERY).items()}
    shown = {"accounts": every, "written": written | (typed or {}), "known": flow.KNOWN, "times": flow.UNDO}
    status = 422 if problem else 200
    return page(request, "settings/signatures.html", me=me, status=status, problem=problem, **shown)
