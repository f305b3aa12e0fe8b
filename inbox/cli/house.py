"""What commands share: opening the house and closing it, and printing."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from inbox import log, settings, wiring
from inbox.flow import audit
from inbox.flow.context import Context

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def load(*, quiet: bool = False, **overrides: object) -> settings.Settings:
    """Read the settings, and send log lines to stderr from here on; a command that prints an answer is quiet."""
    loaded = settings.load(**overrides)
    level = loaded.log_level.upper()
    if level not in LEVELS:
        raise settings.SettingsError(f"INBOX_LOG_LEVEL must be one of {', '.join(LEVELS)}, not {loaded.log_level!r}.")
    log.set_up("ERROR" if quiet and level != "DEBUG" else level)
    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)  # it logs strangers' broken mail as errors of its own
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return loaded


@contextmanager
def opened() -> Iterator[Context]:
    """Open the store (and bring it up to date) for one command, and close it."""
    context = wiring.build(load(quiet=True))
    audit.comes_from("", "command")
    try:
        yield context
    finally:
        context.store.close()


def print_json(value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Print one JSON object on one line."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def plural(number: int, one: str, many: str = "") -> str:
    """Say a number with its noun: 1 mail, 2 mails."""
    return f"{number:,} {one if number == 1 else many or one + 's'}".replace(",", "\u202f")
