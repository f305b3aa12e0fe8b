"""Accounts: which there are, how each is, adding one, changing, trying, pausing and resuming it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from connectors.contract import Card, Pulls
from connectors.errors import ChannelError
from inbox.flow import accounts as verbs
from inbox.flow import there
from inbox.flow.context import Context
from inbox.flow.errors import FlowError
from inbox.flow.sign_in import Signed
from inbox.store import accounts, arrivals
from inbox.store.tables import Account
from inbox.vault import VaultError
from inbox.web import account_form
from inbox.web.account_form import AccountForm
from inbox.web.deps import Founder, House, Me
from inbox.web.render import done, page, toast
from inbox.web.words import N_, _, tell

router = APIRouter(prefix="/settings/accounts")
HERE = "/settings/accounts"
WORKS = N_("It works: the servers let us in.")


async def fields(request: Request) -> dict[str, str]:
    """Return the fields of a form that was sent; files are left out."""
    sent = await request.form(max_fields=100)
    return {name: value for name, value in sent.items() if isinstance(value, str)}


Sent = Annotated[dict[str, str], Depends(fields)]


@router.get("")
def list_accounts(request: Request, house: House, me: Me) -> Response:
    """Show every account and how it is."""
    with house.store.reading() as session:
        known, tallies = accounts.all_accounts(session), arrivals.ledger(session)
    now = house.clock()
    shown = [
        {
            "account": one,
            "channel": _(house.channels.card(one.kind).name),
            "health": account_form.health(one, now, fetches=_fetches(house, one)),
            "tally": tallies.get(one.id or 0, arrivals.tally({})),
        }
        for one in known
    ]
    return page(request, "accounts/page.html", me=me, shown=shown)


def _fetches(house: Context, account: Account) -> bool:
    try:
        return isinstance(house.channels.reader(account), Pulls)
    except (ChannelError, VaultError, LookupError):
        return True


@router.get("/new")
def new_account(request: Request, house: House, me: Founder, preset: str = "") -> Response:
    """Show the form for a new account, filled in for a provider."""
    form = account_form.blank(_mail(house), preset, house.clock())
    return _show(request, me, form, None, preset=preset)


@router.post("/new")
def add_account(request: Request, house: House, me: Founder, sent: Sent) -> Response:
    """Try the settings, or add the account."""
    card = _mail(house)
    given = account_form.given(card, sent)
    try:
        if sent.get("act") == "test":
            _try(house, verbs.trial(house.vault, card, given))
            return _tried(request, me, account_form.again(card, sent, frozenset(), ""), None)
        with house.store.unit_of_work() as work:
            made = verbs.add(work, house.vault, card, given, me.id)
            house.channels.open(there.account(work.session, made)).close()
    except (FlowError, ChannelError) as error:
        return _show(request, me, account_form.again(card, sent, frozenset(), tell(error)), None, status=422)
    return done(request, HERE, _("Added. Its mail is being fetched now."))


@router.get("/{account_id}")
def edit_account(request: Request, house: House, me: Founder, account_id: int) -> Response:
    """Show the form of an account; secrets are never shown."""
    account = _found(house, account_id)
    card = house.channels.card(account.kind)
    return _show(request, me, account_form.stored(card, account, _secrets(house, account)), account)


@router.post("/{account_id}")
def change_account(request: Request, house: House, me: Founder, account_id: int, sent: Sent) -> Response:
    """Try the settings, or keep them."""
    account = _found(house, account_id)
    card, secrets = house.channels.card(account.kind), _secrets(house, account)
    given = account_form.given(card, sent)
    try:
        if sent.get("act") == "test":
            _try(house, verbs.trial(house.vault, card, given, account))
            return _tried(request, me, account_form.again(card, sent, secrets, ""), account)
        with house.store.unit_of_work() as work:
            verbs.update(work, house.vault, card, account_id, given, me.id)
            house.channels.open(there.account(work.session, account_id)).close()
    except (FlowError, ChannelError) as error:
        return _show(request, me, account_form.again(card, sent, secrets, tell(error)), account, status=422)
    return done(request, HERE, _("Saved."))


@router.post("/{account_id}/test")
def test_account(request: Request, house: House, me: Founder, account_id: int) -> Response:  # noqa: ARG001 - the policy
    """Sign in to its servers and say whether that works."""
    try:
        _try(house, _found(house, account_id))
    except (ChannelError, VaultError) as error:
        return done(request, HERE, tell(error))
    return done(request, HERE, _(WORKS))


@router.post("/{account_id}/pause")
def pause(request: Request, house: House, me: Founder, account_id: int) -> Response:
    """Stop fetching and sending."""
    return _switch(request, house, me, account_id, on=False)


@router.post("/{account_id}/resume")
def resume(request: Request, house: House, me: Founder, account_id: int) -> Response:
    """Go on; what was missed is fetched."""
    return _switch(request, house, me, account_id, on=True)


def _switch(request: Request, house: Context, me: Signed, account_id: int, *, on: bool) -> Response:
    with house.store.unit_of_work() as work:
        verbs.set_enabled(work, account_id, on, me.id)
    return done(request, HERE, _("It runs again; what it missed is fetched.") if on else _("Paused."))


def _try(house: Context, account: Account) -> None:
    connector = house.channels.open(account)
    try:
        connector.check()
    finally:
        connector.close()


def _tried(request: Request, me: Signed, form: AccountForm, account: Account | None) -> Response:
    """Say that it works: over the page, so that the password that was typed stays, or on the page without scripts."""
    if request.headers.get("hx-request"):
        return toast(request, _(WORKS))
    return _show(request, me, form, account, told=_(WORKS))


def _mail(house: Context) -> Card:
    return house.channels.card("mail")


def _found(house: Context, account_id: int) -> Account:
    with house.store.reading() as session:
        return there.account(session, account_id)


def _secrets(house: Context, account: Account) -> frozenset[str]:
    """Name the secrets that are stored; none when the key does not fit, so that they can be given anew."""
    try:
        return frozenset(house.vault.unlock(account.secrets))
    except VaultError:
        return frozenset()


def _show(
    request: Request,
    me: Signed,
    form: AccountForm,
    account: Account | None,
    *,
    status: int = 200,
    told: str = "",
    preset: str = "",
) -> Response:
    if form.problem and request.headers.get("hx-request"):
        return toast(request, form.problem, status=status)
    shown = {"form": form, "account": account, "told": told, "preset": preset, "presets": list(account_form.PRESETS)}
    return page(request, "accounts/form.html", me=me, status=status, **shown)
