"""Fetch what is new on an account: arrivals and cursor are saved in one transaction, reading comes after."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from connectors.contract import Lists, Pulls
from inbox.flow import resets
from inbox.flow.ahead import Ahead, Fetched
from inbox.flow.read import read_account, read_items
from inbox.store import accounts, arrivals
from inbox.store.tools import chunked

if TYPE_CHECKING:
    from connectors.contract import Connector
    from inbox.flow.context import Context
    from inbox.store.arrivals import ToRead


def pull_once(context: Context, account_id: int, connector: Pulls) -> tuple[int, bool]:
    """Fetch one batch, store it, read it. Returns how many were new and whether more waits at the provider."""
    return _pull(context, account_id, connector, lambda cursor: Fetched(context.clock(), connector.fetch(cursor)))


def pull_all(context: Context, account_id: int, connector: Pulls, go_on: Callable[[], bool] = lambda: True) -> int:
    """Pull batch after batch until nothing more waits or `go_on` says no; returns how many were new."""
    total, more = 0, True
    with Ahead(connector, context.clock) as ahead:
        while more and go_on():
            taken, more = _pull(context, account_id, connector, ahead.take)
            total += taken
    return total


def _pull(
    context: Context, account_id: int, connector: Pulls, fetch: Callable[[str | None], Fetched]
) -> tuple[int, bool]:
    with context.store.reading() as session:
        account = accounts.get(session, account_id)
    if account is None:
        return 0, False
    fetched = fetch(account.cursor)
    batch = fetched.batch
    with context.turns.of(account_id):
        with context.store.unit_of_work() as work:
            now = accounts.get(work.session, account_id)
            if now is None or now.cursor != account.cursor:
                return 0, False  # its settings changed meanwhile: this was another mailbox
            behind = arrivals.any_pending(work.session, account_id)
            resets.overheard(work, (arrival.raw for arrival in batch.arrivals))
            taken = arrivals.store(work, account_id, batch.arrivals, claimed=not behind)
            caught_up_at = None if batch.more else fetched.asked_at
            accounts.move_cursor(work, account_id, batch.cursor, caught_up_at, str(getattr(connector, "trouble", "")))
        _read(context, account_id, taken, behind=behind)
    return len(taken), batch.more


def _read(context: Context, account_id: int, taken: Sequence[ToRead], *, behind: bool) -> None:
    """Read what was taken; where older mail is still to be read, that comes first and its reader takes this up."""
    if not behind:
        read_items(context, taken)
        return
    read_account(context, account_id)
    context.bells.arrived.ring()


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
            counts["fetched"] += _fetch_named(context, account_id, connector, some)
        page = listed.next_page
        if page is None:
            break
    with context.store.unit_of_work() as work:
        accounts.mark_reconciled(work, account_id, counts)
    return counts


def _fetch_named(context: Context, account_id: int, connector: Lists, names: Sequence[str]) -> int:
    """Fetch these, in as many batches as the channel makes of them, and read them; returns how many were new."""
    left, fetched = list(names), 0
    while left:
        batch = connector.fetch_ids(left)
        with context.turns.of(account_id):
            with context.store.unit_of_work() as work:
                behind = arrivals.any_pending(work.session, account_id)
                resets.overheard(work, (arrival.raw for arrival in batch.arrivals))
                taken = arrivals.store(work, account_id, batch.arrivals, claimed=not behind)
            _read(context, account_id, taken, behind=behind)
        fetched += len(taken)
        came = {arrival.external_id for arrival in batch.arrivals}
        left = [name for name in left if name not in came] if batch.more and came else []
    return fetched
