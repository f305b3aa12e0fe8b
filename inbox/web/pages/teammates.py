"""Teammates: who works here, who was asked to, who may change settings, and what everybody needs to sign in."""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from inbox.flow import factors, invites, letters, resets, team
from inbox.flow.context import Context
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import Signed
from inbox.store import doors, teammates
from inbox.store.db import Work
from inbox.store.tables import Invite
from inbox.web import team_letters
from inbox.web.deps import Founder, House, Me, sure
from inbox.web.errors import ProofNeededError
from inbox.web.render import done, page
from inbox.web.words import _, tell

router = APIRouter(prefix="/settings/teammates")
HERE = "/settings/teammates"
Text = Annotated[str, Form(max_length=300)]
SURE = [Depends(sure)]


@router.get("")
def list_teammates(request: Request, house: House, me: Me) -> Response:
    """Show who works here."""
    return _show(request, house, me)


@router.post("")
def invite(request: Request, house: House, me: Founder, mail: Text = "", role: Text = "member") -> Response:
    """Ask somebody to join: by a letter, or by a link to hand over where no letter can go."""
    _prove_for(house, me, role)
    try:
        with house.store.unit_of_work() as work:
            made, token = invites.invite(work, mail, role, me.id)
            link = _hand_over(work, house, me, made, token)
    except RefusedError as error:
        return _show(request, house, me, status=422, problem=tell(error), mail=mail, role=role)
    return _invited(request, house, me, made.mail, link)


@router.post("/invites/{invite_id}/again")
def invite_again(request: Request, house: House, me: Founder, invite_id: int) -> Response:
    """Send an invitation again, with a new link."""
    with house.store.unit_of_work() as work:
        found, token = invites.again(work, invite_id, me.id)
        _prove_for(house, me, found.role)
        link = _hand_over(work, house, me, found, token)
    return _invited(request, house, me, found.mail, link)


@router.post("/invites/{invite_id}/revoke")
def revoke(request: Request, house: House, me: Founder, invite_id: int) -> Response:
    """Take an invitation back."""
    with house.store.unit_of_work() as work:
        invites.revoke(work, invite_id, me.id)
    return done(request, HERE, _("The invitation is taken back; its link opens nothing."))


def _prove_for(house: Context, me: Signed, role: str) -> None:
    """Whoever makes a new founder proves first who they are, as for making one of a teammate."""
    if role == "founder" and not me.sure(house.clock()):
        raise ProofNeededError


def _hand_over(work: Work, house: Context, me: Signed, made: Invite, token: str) -> str:
    """Queue the letter and return "", or return the link where no letter may or can go."""
    link = f"{house.settings.public_url}/join/{token}"
    if letters.reads(work.session, made.mail) or not letters.can_send(work.session, private=True):
        return link
    subject, text = team_letters.invitation(me.name, link)
    key = resets.invite_key(made.id or 0, secrets.token_hex(8))
    letters.queue_letter(work, made.mail, subject, text, key, private=True)
    return ""


def _invited(request: Request, house: Context, me: Signed, mail: str, link: str) -> Response:
    if link:
        return _show(request, house, me, link=link, whose=mail, invited=True)
    house.bells.queued.ring()
    return done(request, HERE, _("A letter with a link is on its way to {mail}.").format(mail=mail))


@router.post("/{teammate_id}/link", dependencies=SURE)
def reset(request: Request, house: House, me: Founder, teammate_id: int) -> Response:
    """Show, once, a link with which a teammate chooses a new password."""
    with house.store.unit_of_work() as work:
        token = team.reset_link(work, teammate_id, me.id)
        found = teammates.get(work.session, teammate_id)
    link = f"{house.settings.public_url}/reset/{token}"
    return _show(request, house, me, link=link, whose=found.name if found else "")


@router.post("/{teammate_id}/factors", dependencies=SURE)
def drop_factors(request: Request, house: House, me: Founder, teammate_id: int) -> Response:
    """Take the second step off somebody who lost theirs."""
    with house.store.unit_of_work() as work:
        factors.drop_all(work, teammate_id, me.id)
        team_letters.tell_of(work, teammate_id, team_letters.ALL_REMOVED)
    return done(request, HERE, _("They sign in with their password alone until they set up a new second step."))


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


@router.post("/{teammate_id}/role", dependencies=SURE)
def set_role(request: Request, house: House, me: Founder, teammate_id: int, role: Text = "") -> Response:
    """Make a teammate a founder or a member."""
    with house.store.unit_of_work() as work:
        team.set_role(work, teammate_id, role, me.id)
    return done(request, HERE, _("Saved."))


@router.post("/require", dependencies=SURE)
def require(request: Request, house: House, me: Founder, on: Text = "") -> Response:
    """Ask a second step of everybody, or no longer."""
    with house.store.unit_of_work() as work:
        team.require_factor(work, me.id, on=bool(on))
    return done(request, HERE, _("Saved."))


def _show(request: Request, house: Context, me: Signed, *, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
    with house.store.reading() as session:
        everyone = teammates.everyone(session)
        ours = letters.read_here(session, [one.mail for one in everyone])
        shown = {
            "everyone": everyone,
            "secured": doors.with_factor(session),
            "unreachable": {one.id for one in everyone if one.mail in ours},
            "invites": doors.open_invites(session) if me.founder else [],
            "required": doors.factor_required_since(session) is not None,
            "letters_leave": letters.can_send(session, private=True),
        }
    empty = {"problem": "", "mail": "", "role": "member", "link": "", "whose": "", "invited": False}
    return page(request, "teammates/page.html", me=me, status=status, **{**empty, **shown, **told})
