"""`inbox pull`: fetch all that is new, once."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from connectors.contract import Pulls
from inbox.cli import house
from inbox.cli.problems import sentence
from inbox.flow.context import Context
from inbox.flow.pull import pull_all
from inbox.flow.read import read_pending
from inbox.store import accounts, arrivals
from inbox.store.tables import Account


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def pull(*, as_json: bool) -> None:
    """Fetch all new mail of every account once, read it, and stop. An account that fails does not stop the others."""
    with house.opened() as context:
        results = [_drain(context, account) for account in _pulling(context)]
        while read_pending(context):
            pass
        results = [_with_ledger(context, result) for result in results]
    failed = [result for result in results if result["error"]]
    _print(results, as_json=as_json)
    if failed:
        names = "; ".join(f"{result['address']}: {result['error']}" for result in failed)
        raise click.ClickException(f"{house.plural(len(failed), 'account')} could not be read to the end. {names}")


def _pulling(context: Context) -> list[Account]:
    with context.store.reading() as session:
        return [account for account in accounts.all_accounts(session) if account.enabled]


def _drain(context: Context, account: Account) -> dict[str, Any]:
    result: dict[str, Any] = {"id": account.id, "address": account.address, "fetched": 0, "error": None}
    try:
        result["fetched"] = _fetch_all(context, account)
    except Exception as error:  # noqa: BLE001 - whatever one account does, the others are still read
        result["error"] = sentence(error)
        with context.store.unit_of_work() as work:
            accounts.mark_error(work, account.id or 0, str(result["error"]))
    return result


def _fetch_all(context: Context, account: Account) -> int:
    connector = context.channels.open(account)
    try:
        return pull_all(context, account.id or 0, connector) if isinstance(connector, Pulls) else 0
    finally:
        connector.close()


def _with_ledger(context: Context, result: dict[str, Any]) -> dict[str, Any]:
    with context.store.reading() as session:
        tally = arrivals.ledger(session).get(result["id"], arrivals.tally({}))
    return {**result, "ledger": asdict(tally)}


def _print(results: list[dict[str, Any]], *, as_json: bool) -> None:
    fetched = sum(result["fetched"] for result in results)
    if as_json:
        house.print_json({"fetched": fetched, "accounts": results})
        return
    for result in results:
        click.echo(f"{result['address']}: {house.plural(result['fetched'], 'new mail')}")
    if not results:
        click.echo("There is no account to fetch from. Add one with `inbox account add mail ADDRESS`.")
