"""`inbox token`: tokens for the JSON API."""

from __future__ import annotations

import click

from inbox.cli import house
from inbox.cli.teammate import known
from inbox.flow import tokens


@click.group()
def token() -> None:
    """Make tokens for the JSON API."""


@token.command()
@click.argument("name")
@click.option("--teammate", "mail", required=True, help="The mail address of the teammate it speaks for.")
@click.option("--scope", type=click.Choice(tokens.SCOPES), default="admin", help="What it may do; all, if not said.")
@click.option("--days", type=click.IntRange(1, tokens.LONGEST_LIFE), help="How long it works; for ever, if not said.")
def add(name: str, mail: str, scope: str, days: int | None) -> None:
    """Make a token and print it, once; it may do what that teammate may, or less."""
    with house.opened() as context, context.store.unit_of_work() as work:
        made = tokens.new_api_token(work, known(work, mail).id or 0, name, scope, days)
    click.echo(made)
