"""Fetch what is new on an account: arrivals and cursor are saved in one transaction, reading comes after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.contract import Batch, Lists, Pulls
from inbox.flow.read import read_items
from inbox.store import accounts, arrivals
from inbox.store.tools import chunked

if TYPE_CHECKING:
    from connectors.contract import Connector
    from inbox.flow.context import Context
    from inbox.store.arrivals import ToRead


def pull_once(context: Context, account_id: int, connector: Pulls) -> tuple[int, bool]:
    """Fetch one batch, store it, read it. Returns how many were new and whether more waits at the provider."""
    with context.store.reading() as session:
        account = accounts.get(session, account_id)
    if account is None:
        return 0, False
    asked_at = context.clock()
    batch = connector.fetch(account.cursor)
    with context.store.unit_of_work() as work:
        taken = arrivals.store(work, account_id, batch.arrivals)
        accounts.move_cursor(work, account_id, batch.cursor, None if batch.more else asked_at)
        if account.error:
            work.announce("account.well", account_id=account_id)
    read_items(context, taken)
    return len(taken), batch.more


def reconcile(context: Context, account_id: int, connector: Connector) -> dict[str, int]:
    """Compare all the provider holds with what we stored and fetch what a cursor missed.

    Returns {listed, missing, fetched}, which is also kept on the account.
    """
    counts = {"listed": 0, "missing": 0, "fetched": 0}
    if not isinstance(connector, Lists):
        return counts
    page: str | None = None
    while True:
        listed = connector.list_ids(page)
        counts["listed"] += len(listed.external_ids)
        with context.store.reading() as session:
            lost = arrivals.missing(session, account_id, listed.external_ids)
        counts["missing"] += len(lost)
        for some in chunked(lost, 100):
            taken = _store(context, account_id, connector.fetch_ids(some))
            counts["fetched"] += len(taken)
            read_items(context, taken)
        page = listed.next_page
        if page is None:
            break
    with context.store.unit_of_work() as work:
        accounts.mark_reconciled(work, account_id, counts)
    return counts


def _store(context: Context, account_id: int, batch: Batch) -> list[ToRead]:
    with context.store.unit_of_work() as work:
        return arrivals.store(work, account_id, batch.arrivals)
