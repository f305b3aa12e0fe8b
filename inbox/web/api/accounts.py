"""Accounts: which there are, how they are, adding, changing, trying and pausing them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from inbox.flow import accounts as verbs
from inbox.flow import there
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError
from inbox.store import accounts, arrivals
from inbox.store.arrivals import Tally
from inbox.store.tables import Account
from inbox.web.api.calls import done
from inbox.web.api.given import AccountSettings, Switch
from inbox.web.api.route import ApiFounder, ApiRoute
from inbox.web.api.shapes import AccountTold, Done, Id, TallyTold
from inbox.web.deps import ApiUser, House

router = APIRouter(route_class=ApiRoute, tags=["accounts"])


@router.get("/channels")
def channels(house: House, me: ApiUser) -> list[dict[str, Any]]:  # noqa: ARG001 - the policy
    """Return the kinds of account there can be, with the settings of each."""
    return [asdict(house.channels.card(kind)) for kind in house.channels.kinds()]


@router.get("/accounts")
def list_accounts(house: House, me: ApiUser) -> list[AccountTold]:  # noqa: ARG001 - the policy
    """Return every account with its health and its ledger."""
    with house.store.reading() as session:
        tallies = arrivals.ledger(session)
        known = accounts.all_accounts(session)
    return [_told(house, one, tallies.get(one.id or 0, arrivals.tally({}))) for one in known]


@router.post("/accounts/{kind}", status_code=201)
def add_account(house: House, me: ApiFounder, kind: str, given: AccountSettings) -> Id:
    """Add an account; 422 names the setting that cannot be."""
    card = house.channels.card(_kind(house, kind))
    with house.store.unit_of_work() as work:
        made = verbs.add(work, house.vault, card, given.settings, me.id)
        house.channels.open(there.account(work.session, made)).close()
    return Id(id=made)


@router.patch("/accounts/{account_id}")
def change_account(house: House, me: ApiFounder, account_id: int, given: AccountSettings) -> Done:
    """Change the settings that are given; an empty secret keeps the old one."""
    with house.store.unit_of_work() as work:
        card = house.channels.card(there.account(work.session, account_id).kind)
        verbs.update(work, house.vault, card, account_id, given.settings, me.id)
        house.channels.open(there.account(work.session, account_id)).close()
    return Done()


@router.post("/accounts/{account_id}/test")
def test_account(house: House, me: ApiFounder, account_id: int) -> Done:  # noqa: ARG001 - the policy
    """Sign in to its servers; 502 says why that does not work."""
    with house.store.reading() as session:
        account = there.account(session, account_id)
    connector = house.channels.open(account)
    try:
        connector.check()
    finally:
        connector.close()
    return Done()


@router.post("/accounts/{account_id}/enabled")
def switch(house: House, me: ApiFounder, account_id: int, given: Switch) -> Done:
    """Pause or resume."""
    return done(house, verbs.set_enabled, account_id, given.enabled, me.id)


def _kind(house: Context, kind: str) -> str:
    if kind not in house.channels.kinds():
        raise NotFoundError(f"There is no channel called {kind[:60]}.")
    return kind


def _told(house: Context, account: Account, tally: Tally) -> AccountTold:
    values = account.model_dump(exclude={"secrets", "cursor"})
    names = sorted(house.vault.unlock(account.secrets)) if account.secrets else []
    ledger = TallyTold.model_validate(tally)
    return AccountTold.model_validate({**values, "secrets": names, "ledger": ledger})
