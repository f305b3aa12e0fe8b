"""`inbox ledger`: what arrived, and what became of it (law 2)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from inbox.cli import house
from inbox.store import accounts, arrivals
from inbox.store.arrivals import Tally
from inbox.store.db import Session

NAMES = ("arrivals", "threaded", "duplicates", "quarantined", "ignored", "pending")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def ledger(*, as_json: bool) -> None:
    """Count what arrived, and what became of it: every arrival ends as exactly one of the others."""
    with house.opened() as context, context.store.reading() as session:
        counted = count(session)
    if as_json:
        house.print_json(counted)
        return
    rows = [*counted["accounts"], {**counted, "address": "together"}]
    width = max(len(str(row["address"])) for row in rows)
    click.echo("  ".join([" " * width, *(name.rjust(len(name)) for name in NAMES)]))
    for row in rows:
        numbers = (str(row[name]).rjust(len(name)) for name in NAMES)
        click.echo("  ".join([str(row["address"]).ljust(width), *numbers]))


def count(session: Session) -> dict[str, Any]:
    """Return the ledger of the whole store and of each account."""
    tallies = arrivals.ledger(session)
    nothing = arrivals.tally({})
    lines = [
        {
            "id": account.id,
            "kind": account.kind,
            "address": account.address,
            **asdict(tallies.get(account.id or 0, nothing)),
            "caught_up_at": account.caught_up_at.isoformat() if account.caught_up_at else None,
        }
        for account in accounts.all_accounts(session)
    ]
    everything: Tally = arrivals.total(tallies.values())
    return {**asdict(everything), "accounts": lines}
