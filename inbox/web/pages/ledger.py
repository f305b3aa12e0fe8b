"""The ledger: every arrival ends as exactly one thing (law 2), and every number opens the rows behind it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from inbox.flow.errors import NotFoundError
from inbox.store import accounts, arrivals, quarantine
from inbox.store.arrivals import STATES
from inbox.store.quarantine import PAGE
from inbox.web.deps import House, Me
from inbox.web.render import page
from inbox.web.words import N_, _

router = APIRouter(prefix="/ledger")
NAMES = {
    "all": N_("All arrivals"),
    "threaded": N_("In a conversation"),
    "duplicate": N_("Duplicates"),
    "quarantined": N_("In quarantine"),
    "ignored": N_("Ignored, with a reason"),
    "pending": N_("Still to be read"),
}


@router.get("")
def ledger(request: Request, house: House, me: Me) -> Response:
    """Show the counts of each account, up to when it is caught up, and the last comparison with its server."""
    with house.store.reading() as session:
        known, tallies = accounts.all_accounts(session), arrivals.ledger(session)
    nothing = arrivals.tally({})
    lines = [(account, tallies.get(account.id or 0, nothing)) for account in known]
    total = arrivals.total(tallies.values())
    return page(request, "ledger/page.html", me=me, lines=lines, total=total)


@router.get("/{state}")
def rows(
    request: Request, house: House, me: Me, state: str, account: int | None = None, before: int | None = None
) -> Response:
    """Show the rows behind a number."""
    if state not in NAMES:
        raise NotFoundError(_("The ledger has no such column."))
    wanted = state if state in STATES else None
    with house.store.reading() as session:
        found = quarantine.page(session, state=wanted, account_id=account, before=before, limit=PAGE + 1)
        address = next((one.address for one in accounts.all_accounts(session) if one.id == account), "")
    shown: dict[str, Any] = {
        "rows": found[:PAGE],
        "following": found[PAGE - 1].id if len(found) > PAGE else None,
        "state": state,
        "name": _(NAMES[state]),
        "names": {key: _(name) for key, name in NAMES.items()},
        "account": account,
        "address": address,
    }
    return page(request, "ledger/rows.html", me=me, **shown)
