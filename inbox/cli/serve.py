"""`inbox serve`, `inbox web`, `inbox work`, `inbox demo`: what keeps running."""

from __future__ import annotations

import click

from inbox import wiring
from inbox.cli import house

_host = click.option("--host", help="The address to listen on (INBOX_HOST).")
_port = click.option("--port", type=click.IntRange(0, 65535), help="The port to listen on (INBOX_PORT).")
_lmtp = click.option("--lmtp", metavar="HOST:PORT", help="Take mail from a mail server here by LMTP (INBOX_LMTP).")


@click.command()
@_host
@_port
@_lmtp
def serve(host: str | None, port: int | None, lmtp: str | None) -> None:
    """Start the inbox: screens and all work, in one process."""
    _run(host, port, lmtp, web=True, work=True)


@click.command()
@_host
@_port
def web(host: str | None, port: int | None) -> None:
    """Start the screens alone; `inbox work` does the rest. Any number of each, on PostgreSQL."""
    _run(host, port, None, web=True, work=False)


@click.command()
@_lmtp
def work(lmtp: str | None) -> None:
    """Start the work alone: fetching, reading, sending, deadlines. Any number of them, on PostgreSQL."""
    _run(None, None, lmtp, web=False, work=True)


@click.command()
@_host
@_port
def demo(host: str | None, port: int | None) -> None:
    """Start an inbox full of invented conversations; give it a folder of its own with INBOX_DATA_DIR."""
    wiring.demo(house.load(host=host, port=port))


def _run(host: str | None, port: int | None, lmtp: str | None, *, web: bool, work: bool) -> None:
    loaded = house.load(host=host, port=port, lmtp=lmtp)
    context = wiring.build(loaded)
    try:
        wiring.serve(context, web=web, work=work, lmtp=loaded.lmtp)
    finally:
        context.store.close()
