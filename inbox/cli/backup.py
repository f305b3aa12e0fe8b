"""`inbox backup`: a copy of the database while it is in use."""

from __future__ import annotations

from pathlib import Path

import click

from inbox.cli import house
from inbox.store import facts


@click.command()
@click.argument("path", type=click.Path(path_type=Path))
def backup(path: Path) -> None:
    """Copy the database, as of this moment, to a new file; the server may go on meanwhile."""
    with house.opened() as context:
        target = path / "under24.db" if path.is_dir() else path
        size = facts.back_up(context.store, target)
        key = context.settings.data_dir / "secret.key"
    click.echo(f"{target}: {size / 1_000_000:.1f} MB.")
    if key.exists():
        click.echo(f"The passwords in it are sealed with {key}: keep a copy of that file elsewhere.")
