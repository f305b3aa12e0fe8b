"""How one signs in: the password, the second step, and where one is signed in."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from markupsafe import Markup

from inbox.flow import audit, factors, passkeys, passwords, sign_in
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, NotFoundError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.store import doors, teammates
from inbox.web import team_letters
from inbox.web.cookies import ASKED, session_token, step_token
from inbox.web.deps import House, Me, Sure
from inbox.web.devices import device
from inbox.web.entry import SECURITY, address_of, challenge, digest_of, own_path, passkeys_work, site_of
from inbox.web.render import done, page, zone_of
from inbox.web.words import _, said, tell

router = APIRouter(prefix=SECURITY)
Text = Annotated[str, Form(max_length=2000)]
Answer = Annotated[str, Form(max_length=passkeys.LONGEST)]


@router.get("")
def security(request: Request, house: House, me: Me, welcome: int = 0) -> Response:
    """Show how one signs in, and where one is signed in now."""
    return _show(request, house, me, welcome=bool(welcome))


@router.get("/prove")
def prove_page(request: Request, house: House, me: Me, next: str = "") -> Response:  # noqa: A002 - the address's word
    """Ask for the password or a passkey again, before something that decides who can come in."""
    return _prove(request, house, me, next)


@router.post("/prove")
def prove(request: Request, house: House, me: Me, password: Text = "", back_to: Text = "") -> Response:
    """Take the password."""
    try:
        passwords.prove(house.store, me.id, password, address_of(request))
    except FlowError as error:
        return _prove(request, house, me, back_to, error)
    with house.store.unit_of_work() as work:
        sign_in.proved(work, session_token(request))
    return done(request, own_path(back_to) or SECURITY)


@router.post("/prove/ask")
def ask_proof(request: Request, house: House, me: Me) -> Response:
    """Return a challenge for one's own passkeys."""
    with house.store.unit_of_work() as work:
        asked = passkeys.ask_known(work, site_of(request), me.id)
    return challenge(request, asked)


@router.post("/prove/passkey")
def prove_by_passkey(request: Request, house: House, me: Me, answer: Answer = "", back_to: Text = "") -> Response:
    """Take the passkey."""
    try:
        with house.store.unit_of_work() as work:
            passkeys.prove(work, house.vault, site_of(request), me, step_token(request, ASKED), answer)
            sign_in.proved(work, session_token(request))
    except RefusedError as error:
        return _prove(request, house, me, back_to, error)
    return done(request, own_path(back_to) or SECURITY)


def _prove(request: Request, house: Context, me: Signed, back_to: str, error: FlowError | None = None) -> Response:
    with house.store.reading() as session:
        keys = passkeys_work(request) and doors.passkeys_of(session, me.id)
    shown = {"back_to": own_path(back_to), "problem": tell(error) if error else "", "passkeys": keys}
    return page(request, "settings/prove.html", me=me, status=422 if error else 200, **shown)


@router.post("/password")
def change_password(
    request: Request, house: House, me: Me, old: Text = "", password: Text = "", tokens: Text = ""
) -> Response:
    """Set a new password; every other browser is signed out."""
    try:
        passwords.prove(house.store, me.id, old, address_of(request))
        with house.store.unit_of_work() as work:
            passwords.change(work, me.id, password, sign_in.digest(session_token(request)), tokens=bool(tokens))
            sign_in.proved(work, session_token(request))
            team_letters.tell_of(work, me.id, team_letters.PASSWORD)
    except FlowError as error:
        return _show(request, house, me, status=422, password_problem=tell(error))
    return done(request, SECURITY, _("Your password is changed, and you are signed out everywhere else."))


@router.post("/totp")
def begin_totp(request: Request, house: House, me: Sure) -> Response:
    """Make a secret, and show its picture until a first code is given."""
    with house.store.unit_of_work() as work:
        factors.begin_totp(work, house.vault, me.id)
    return done(request, f"{SECURITY}#app")


@router.post("/totp/confirm")
def confirm_totp(request: Request, house: House, me: Sure, code: Text = "") -> Response:
    """Take the app into use; with the first second step come the recovery codes."""
    try:
        with house.store.unit_of_work() as work:
            codes = factors.confirm_totp(work, house.vault, me.id, code)
            team_letters.tell_of(work, me.id, team_letters.APP_ADDED)
    except RefusedError as error:
        return _show(request, house, me, status=422, totp_problem=tell(error))
    return _begun(request, house, me, codes, _("Your app is asked for from now on."))


@router.post("/totp/remove")
def remove_totp(request: Request, house: House, me: Sure) -> Response:
    """Take the app off, or stop setting it up."""
    with house.store.unit_of_work() as work:
        row = doors.totp(work.session, me.id)
        factors.drop_totp(work, me.id, me.id)
        if row is not None and row.confirmed_at is not None:
            team_letters.tell_of(work, me.id, team_letters.APP_REMOVED)
    return done(request, SECURITY, _("The app is not asked for any more."))


@router.post("/passkeys/ask")
def ask_passkey(request: Request, house: House, me: Sure) -> Response:
    """Return what a browser needs to make a passkey."""
    with house.store.unit_of_work() as work:
        asked = passkeys.ask_new(work, house.vault, site_of(request), me)
    return challenge(request, asked)


@router.post("/passkeys")
def add_passkey(request: Request, house: House, me: Sure, answer: Answer = "", name: Text = "") -> Response:
    """Keep a new passkey."""
    name = name.strip() or device(request.headers.get("user-agent", ""))
    try:
        with house.store.unit_of_work() as work:
            codes = passkeys.add(work, site_of(request), me, step_token(request, ASKED), name, answer)
            team_letters.tell_of(work, me.id, team_letters.PASSKEY_ADDED)
    except RefusedError as error:
        return _show(request, house, me, status=422, passkey_problem=tell(error))
    return _begun(request, house, me, codes, _("You can sign in with this passkey now."))


def _begun(request: Request, house: Context, me: Signed, codes: list[str], news: str) -> Response:
    """Show the recovery codes that come with a first second step; after others, say what is new."""
    return _show(request, house, me, codes=codes) if codes else done(request, SECURITY, news)


@router.post("/passkeys/{passkey_id}/remove")
def remove_passkey(request: Request, house: House, me: Sure, passkey_id: int) -> Response:
    """Take a passkey off."""
    with house.store.unit_of_work() as work:
        factors.drop_passkey(work, me.id, passkey_id)
        team_letters.tell_of(work, me.id, team_letters.PASSKEY_REMOVED)
    return done(request, SECURITY, _("Nobody can sign in with this passkey any more."))


@router.post("/codes")
def new_codes(request: Request, house: House, me: Sure) -> Response:
    """Make fresh recovery codes, and show them once."""
    with house.store.unit_of_work() as work:
        if not doors.has_factor(work.session, me.id):
            raise RefusedError(_("Recovery codes come with a second step. Set one up first."))
        codes = factors.new_codes(work, me.id)
        team_letters.tell_of(work, me.id, team_letters.CODES)
    return _show(request, house, me, codes=codes)


@router.post("/sessions/{digest}/end")
def end_session(request: Request, house: House, me: Me, digest: str) -> Response:
    """Sign one other browser out."""
    with house.store.unit_of_work() as work:
        if not teammates.end_session_of(work, me.id, digest_of(digest)):
            raise NotFoundError(_("This browser is signed out already."))
        audit.record(work, me.id, "sign_in.ended_elsewhere", browsers=1)
    return done(request, SECURITY, _("That browser is signed out."))


@router.post("/sessions/end")
def end_others(request: Request, house: House, me: Me) -> Response:
    """Sign every other browser out."""
    with house.store.unit_of_work() as work:
        ended = teammates.end_sessions_of(work, me.id, but=sign_in.digest(session_token(request)))
        audit.record(work, me.id, "sign_in.ended_elsewhere", browsers=ended)
    return done(request, SECURITY, _("You are signed out everywhere else."))


def _show(request: Request, house: Context, me: Signed, *, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
    sure = me.sure(house.clock())
    with house.store.reading() as session:
        app = doors.totp(session, me.id)
        secret = factors.unconfirmed(session, house.vault, me.id) if sure else None
        sessions = teammates.sessions_of(session, me.id, house.clock() - sign_in.IDLE)
        shown = {
            "sure": sure,
            "app": app if app is not None and app.confirmed_at is not None else None,
            "secret": secret,
            "picture": _picture(factors.address_of(secret, me.mail)) if secret else "",
            "passkeys": doors.passkeys_of(session, me.id),
            "codes_left": doors.codes_left(session, me.id),
            "tokens": len(teammates.tokens_of(session, me.id)),
            "sessions": [(row.id.hex(), device(row.user_agent), row) for row in sessions],
            "here": sign_in.digest(session_token(request)).hex(),
            "factor_day": _day(request, me.factor_by) if me.factor_by else "",
        }
    empty = {"password_problem": "", "totp_problem": "", "passkey_problem": "", "codes": [], "welcome": False}
    return page(request, "settings/security.html", me=me, status=status, **{**empty, **shown, **told})


def _day(request: Request, at: datetime) -> str:
    return said(at.astimezone(zone_of(request)), "EEEE d MMMM")


def _picture(address: str) -> Markup:
    """Draw a QR code that a phone's camera reads, also from a dark screen; without a style of its own."""
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr"))  # noqa: S704 - ours
