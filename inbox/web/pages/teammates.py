"""Teammates: who works here, new ones by a link, leaving, founders; and one's own API tokens."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import sign_in, team, tokens
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.store import teammates
from inbox.web.deps import Founder, House, Me
from inbox.web.render import done, page
from inbox.web.words import _, tell

router = APIRouter(prefix="/settings/teammates")
HERE = "/settings/teammates"
Text = Annotated[str, Form(max_length=300)]


@router.get("")
def list_teammates(request: Request, house: House, me: Me) -> Response:
    """Show who works here, and one's own API tokens."""
    return _show(request, house, me)


@router.post("")
def add(
    request: Request, house: House, me: Founder, name: Text = "", mail: Text = "", role: Text = "member"
) -> Response:
    """Add a teammate and show, once, the link with which they choose a password."""
    try:
        with house.store.unit_of_work() as work:
            made = sign_in.add_teammate(work, name, mail, role, me.id)
            token = sign_in.reset_link(work, made.id or 0)
    except RefusedError as error:
        return _show(request, house, me, status=422, problem=tell(error), name=name, mail=mail)
    return _show(request, house, me, link=_link(house, token), whose=name)


@router.post("/{teammate_id}/link")
def reset(request: Request, house: House, me: Founder, teammate_id: int) -> Response:
    """Show, once, a link with which a teammate chooses a new password."""
    with house.store.unit_of_work() as work:
        token = sign_in.reset_link(work, teammate_id)
        found = teammates.get(work.session, teammate_id)
    return _show(request, house, me, link=_link(house, token), whose=found.name if found else "")


@router.post("/{teammate_id}/disable")
def disable(request: Request, house: House, me: Founder, teammate_id: int) -> Response:
    """Let a teammate go."""
    with house.store.unit_of_work() as work:
        team.disable(work, teammate_id, me.id)
    return done(request, HERE, _("They are signed out everywhere and can't come in any more."))


@router.post("/{teammate_id}/enable")
def enable(request: Request, house: House, me: Founder, teammate_id: int) -> Response:
    """Let a teammate come back."""
    with house.store.unit_of_work() as work:
        team.enable(work, teammate_id, me.id)
    return done(request, HERE, _("Welcome back."))


@router.post("/{teammate_id}/role")
def set_role(request: Request, house: House, me: Founder, teammate_id: int, role: Text = "") -> Response:
    """Make a teammate a founder or a member."""
    with house.store.unit_of_work() as work:
        team.set_role(work, teammate_id, role, me.id)
    return done(request, HERE, _("Saved."))


@router.post("/tokens")
def add_token(request: Request, house: House, me: Me, name: Text = "") -> Response:
    """Make an API token of one's own and show it, once."""
    try:
        with house.store.unit_of_work() as work:
            token = tokens.new_api_token(work, me.id, name)
    except RefusedError as error:
        return _show(request, house, me, status=422, token_problem=tell(error))
    return _show(request, house, me, token=token)


@router.post("/tokens/{digest}/revoke")
def revoke(request: Request, house: House, me: Me, digest: str) -> Response:
    """Make one of one's own tokens useless."""
    try:
        found = bytes.fromhex(digest)
    except ValueError as error:
        raise NotFoundError(_("This token is not there any more.")) from error
    with house.store.unit_of_work() as work:
        tokens.revoke_api_token(work, me.id, found)
    return done(request, HERE, _("Nothing can come in with this token any more."))


def _link(house: Context, token: str) -> str:
    return f"{house.settings.public_url}/reset/{token}"


def _show(request: Request, house: Context, me: Signed, *, status: int = 200, **told: str) -> Response:
    with house.store.reading() as session:
        everyone = teammates.everyone(session)
        mine = [(row.id.hex(), row) for row in teammates.tokens_of(session, me.id)]
    empty = dict.fromkeys(("problem", "token_problem", "name", "mail", "link", "whose", "token"), "")
    shown = {"everyone": everyone, "tokens": mine, **empty, **told}
    made = page(request, "teammates/page.html", me=me, status=status, **shown)
    made.headers["Cache-Control"] = "no-store"
    return made
