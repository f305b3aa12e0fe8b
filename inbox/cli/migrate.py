"""`inbox migrate`: bring the database up to date."""

from __future__ import annotations

import click

from inbox.cli import house
from inbox.store import migrate as migrations


@click.command()
def migrate() -> None:
    """Bring the database up to date. Every start does this by itself; before an upgrade, make a backup."""
    with house.opened() as context:
        current, newest = migrations.version(context.store)
    click.echo(f"The database is up to date (version {current})." if current == newest else f"It is at {current}.")
