"""`inbox doctor`: what is right and wrong with this installation."""

from __future__ import annotations

import platform
import shutil
import stat
from collections.abc import Iterator
from datetime import timedelta
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Literal, NamedTuple

import click

from inbox.cli import house
from inbox.clock import zone_rules
from inbox.flow import reachable
from inbox.flow.context import Context
from inbox.settings import Settings
from inbox.store import accounts, facts, migrate
from inbox.vault import KEY_FILE

Verdict = Literal["ok", "look", "wrong"]
LIBRARIES = ("fastapi", "uvicorn", "sqlalchemy", "alembic", "imaplib2", "cryptography")
OURS = ("inbox", "connectors", "rules")
US = "under24"
LITTLE = 2_000_000_000
"""Bytes of free disk under which the founder should look; a tenth of it is wrong."""
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Finding(NamedTuple):
    """One thing that was looked at."""

    verdict: Verdict
    about: str
    told: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def doctor(ctx: click.Context, *, as_json: bool) -> None:
    """Say what is right and wrong with this installation; exit 1 when something is wrong."""
    with house.opened() as context:
        found = [*settings(context.settings), *versions(context), *machine(context), *health(context), *reach(context)]
    if as_json:
        house.print_json([one._asdict() for one in found])
    else:
        for one in found:
            click.echo(f"{one.verdict:5}  {one.about:10}  {one.told}")
    if any(one.verdict == "wrong" for one in found):
        ctx.exit(1)


def settings(given: Settings) -> Iterator[Finding]:
    """Name what differs from the defaults; secrets are not shown."""
    for name in sorted(given.model_fields_set):
        yield Finding("ok", "setting", f"INBOX_{name.upper()} = {_shown(name, str(getattr(given, name)))}")
    public = given.base_url.startswith("https:") or (not given.base_url and given.host in LOOPBACK)
    if not public and not given.public_url.startswith(("http://127.0.0.1", "http://localhost")):
        yield Finding("look", "setting", f"People reach it without TLS ({given.public_url}): set INBOX_BASE_URL.")


def _shown(name: str, value: str) -> str:
    """A password inside the database's address is a secret too."""
    if name == "database_url" and "@" in value:
        scheme, _, rest = value.partition("://")
        return f"{scheme}://…@{rest.rpartition('@')[2]}"
    return value


def versions(context: Context) -> Iterator[Finding]:
    """Name versions, of us and of what we stand on."""
    yield Finding("ok", "version", f"Under24 {version(US)}, Python {platform.python_version()}, {platform.machine()}")
    yield Finding("ok", "version", ", ".join(f"{name} {version(name)}" for name in LIBRARIES))
    yield Finding("ok", "version", facts.version(context.store))
    yield Finding("ok", "version", f"Time zones: {zone_rules()}")
    if context.store.dialect == "sqlite" and facts.has_wal_bug():
        told = "This SQLite can lose commits when two programs write and checkpoint. Under24 lets one alone do so;"
        yield Finding("look", "version", f"{told} open the file with no other program, or use SQLite 3.51.3.")
    current, newest = migrate.version(context.store)
    yield Finding("ok" if current == newest else "wrong", "database", f"at version {current}, the newest is {newest}")
    owners = packages_distributions()
    for name in OURS:
        others = sorted(set(owners.get(name, [])) - {US})
        if others:
            told = f"The package {name!r} also belongs to {', '.join(others)}: install Under24 in a place of its own."
            yield Finding("wrong", "packages", told)


def machine(context: Context) -> Iterator[Finding]:
    """Look at the folder, the disk and the clock."""
    folder = context.settings.data_dir
    yield _permissions(folder, "The data folder")
    if (folder / KEY_FILE).exists():
        yield _permissions(folder / KEY_FILE, "The key")
    free = shutil.disk_usage(folder).free
    verdict: Verdict = "ok" if free > LITTLE else "look" if free > LITTLE / 10 else "wrong"
    yield Finding(verdict, "disk", f"{free / 1e9:.1f} GB free")
    with context.store.reading() as session:
        last = facts.newest_change(session)
    if last is not None and last > context.clock() + timedelta(minutes=1):
        yield Finding(
            "wrong", "clock", f"The clock is behind the last change in the store ({last:%Y-%m-%d %H:%M} UTC)."
        )
    else:
        yield Finding("ok", "clock", f"{context.clock():%Y-%m-%d %H:%M} UTC")


def _permissions(path: Path, what: str) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        told = f"{what} {path} can be read by others ({mode:o}): `chmod {'700' if path.is_dir() else '600'} {path}`."
        return Finding("wrong" if mode & 0o007 else "look", "folder", told)
    return Finding("ok", "folder", f"{what} {path} is ours alone")


def health(context: Context) -> Iterator[Finding]:
    """Say how the accounts are."""
    with context.store.reading() as session:
        known = accounts.all_accounts(session)
    if not known:
        yield Finding("look", "account", "There is no account yet: nothing can reach this inbox.")
    for one in known:
        if one.error:
            since = f" Since {one.error_since:%Y-%m-%d %H:%M} UTC." if one.error_since else ""
            yield Finding("wrong", "account", f"{one.address}: {one.error}{since}")
        elif not one.enabled:
            yield Finding("look", "account", f"{one.address} is paused")
        else:
            caught_up = f"caught up to {one.caught_up_at:%Y-%m-%d %H:%M} UTC" if one.caught_up_at else "not fetched yet"
            yield Finding("ok", "account", f"{one.address}: {caught_up}")


def reach(context: Context) -> Iterator[Finding]:
    """Name whom the ladder would reach with the page open only."""
    with context.store.reading() as session:
        missing = reachable.out_of_reach(session, context.clock())
    for one in missing:
        why = " ".join(f"{means}: {said}" for means, said in one.why.items())
        told = f"{one.name} would hear of {', '.join(one.steps)} with the page open only. {why}".rstrip()
        yield Finding("look", "ladder", told)
