"""`inbox read`: how files of mail are understood. Nothing is stored, no store is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from connectors.errors import ChannelError
from inbox import wiring
from inbox.cli import house


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def read(files: tuple[Path, ...], *, as_json: bool) -> None:
    """Say how files of mail are understood: who writes to whom, what they say, and what came with it."""
    missing = []
    for file in files:
        try:
            raw = file.read_bytes()
        except OSError as error:
            missing.append(f"{file}: {error.strerror or type(error).__name__}.")
            continue
        told = understood(raw)
        (house.print_json if as_json else _show)({"file": str(file), **told})
    if missing:
        raise click.ClickException(" ".join(missing))


def understood(raw: bytes) -> dict[str, Any]:
    """Describe one mail: {ok, error, from, to, …}."""
    try:
        return {"ok": True, "error": None, **wiring.describe(raw)}
    except ChannelError as error:
        return {"ok": False, "error": str(error)}
    except Exception as error:  # noqa: BLE001 - a stranger's bytes may break any reader; the next file goes on
        return {"ok": False, "error": f"It could not be read ({type(error).__name__})."}


def _show(told: dict[str, Any]) -> None:
    click.secho(told["file"], bold=True)
    if not told["ok"]:
        click.echo(f"  {told['error']}")
        return
    sender = told["from"]
    click.echo(f"  from     {sender['name']} <{sender['address']}>" if sender else "  from     nobody")
    click.echo(f"  subject  {told['subject']}")
    click.echo(f"  date     {told['date'] or 'none that can be believed'}")
    for attachment in told["attachments"]:
        click.echo(f"  file     {attachment['filename']} ({attachment['content_type']}, {attachment['size']} bytes)")
    click.echo("".join(f"  | {line}\n" for line in str(told["reply_text"]).splitlines()[:20]), nl=False)
