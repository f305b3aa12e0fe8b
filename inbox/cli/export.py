"""`inbox export`: every conversation as lines of JSON."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from inbox.cli import house
from inbox.flow import export as exporting


@click.command()
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file (0600), not to stdout."
)
def export(out: Path | None) -> None:
    """Write every conversation as one line of JSON, oldest first; docs/operations.md describes the shape."""
    with house.opened() as context:
        lines = (json.dumps(line, ensure_ascii=False) for line in exporting.lines(context.store))
        if out is None:
            for line in lines:
                click.echo(line)
            return
        number = 0
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            for line in lines:
                file.write(f"{line}\n")
                number += 1
    click.echo(f"{house.plural(number, 'conversation')} written to {out}.")
