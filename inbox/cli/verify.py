"""`inbox verify`: that nothing was lost, doubled or forgotten."""

from __future__ import annotations

import sys

import click

from inbox.cli import house
from inbox.clock import zone_rules
from inbox.flow import verify as checking


@click.command()
@click.option("--quick", is_flag=True, help="Leave out what reads every byte: hashes of raw mail, the database file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def verify(ctx: click.Context, *, quick: bool, as_json: bool) -> None:
    """Check that nothing was lost, doubled or forgotten; exit 1 and say what, when something was."""
    with house.opened() as context:
        found = checking.verify(context.store, quick=quick, progress=_show if sys.stderr.isatty() else _hide)
    if sys.stderr.isatty():
        click.echo("\r\033[K", err=True, nl=False)
    if as_json:
        house.print_json({"ok": not found, "broken": found, "zones": zone_rules()})
    elif not found:
        click.echo(f"All is well: nothing was lost, doubled or forgotten. Time zones: {zone_rules()}.")
    else:
        click.echo("\n".join(["Something is broken:", *(f"- {line}" for line in found)]))
    if found:
        ctx.exit(1)


def _show(name: str) -> None:
    click.echo(f"\r\033[KLooking at: {name}", err=True, nl=False)


def _hide(name: str) -> None:
    del name
