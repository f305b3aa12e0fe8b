"""`inbox account`: the accounts that mail comes and goes by."""

from __future__ import annotations

import sys

import click

from connectors.contract import Card
from inbox.cli import house
from inbox.flow import accounts as verbs
from inbox.flow import there
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.store import accounts
from inbox.store.tables import Account

STDIN = "_stdin"
_OPEN = {"ignore_unknown_options": True}


@click.group()
def account() -> None:
    """Add, list, test and pause accounts."""


@account.command(context_settings=_OPEN)
@click.argument("kind")
@click.argument("address")
@click.argument("given", nargs=-1, type=click.UNPROCESSED)
def add(kind: str, address: str, given: tuple[str, ...]) -> None:
    """Add an account, such as: mail ADDRESS --imap-host HOST --smtp-host HOST --password-stdin.

    `inbox account settings KIND` names every setting. A secret never stands on the command line: for `password` say
    --password-stdin and give it as a line on standard input (the next secret on the next line).
    """
    with house.opened() as context:
        card = _card(context, kind)
        values = {"address": address, **_values(card, given)}
        with context.store.unit_of_work() as work:
            made = verbs.add(work, context.vault, card, values)
            context.channels.open(there.account(work.session, made)).close()
    click.echo(f"{address} was added. Try it with `inbox account test {address}`.")


@account.command()
@click.argument("kind", default="mail")
def settings(kind: str) -> None:
    """Name every setting that an account of a kind can have."""
    with house.opened() as context:
        card = _card(context, kind)
    for one in card.settings:
        option = f"--{one.name.replace('_', '-')}{'-stdin' if one.secret else ''}"
        choices = f" One of {', '.join(one.choices)}." if one.choices else ""
        default = f" Else {one.default}." if one.default else ""
        click.echo(f"{option:28} {one.label}. {one.help}{choices}{default}".rstrip())


@account.command("list")
def list_all() -> None:
    """List accounts and how they are."""
    with house.opened() as context, context.store.reading() as session:
        for one in accounts.all_accounts(session):
            health = one.error or "well"
            click.echo(f"{one.kind}  {one.address}  {health if one.enabled else 'paused'}")


@account.command()
@click.argument("address")
def test(address: str) -> None:
    """Sign in to the servers of an account, and say whether that works."""
    with house.opened() as context:
        connector = context.channels.open(_found(context, address))
        try:
            connector.check()
        finally:
            connector.close()
    click.echo(f"{address} works.")


@account.command()
@click.argument("address")
def remove(address: str) -> None:
    """Stop an account: nothing is fetched or sent by it any more. Its conversations stay."""
    _enable(address, on=False)
    click.echo(f"{address} is stopped; its conversations stay. `inbox account resume {address}` starts it again.")


@account.command()
@click.argument("address")
def resume(address: str) -> None:
    """Start a stopped account again; what it missed is fetched."""
    _enable(address, on=True)
    click.echo(f"{address} runs again.")


def _enable(address: str, *, on: bool) -> None:
    with house.opened() as context:
        account_id = _found(context, address).id or 0
        with context.store.unit_of_work() as work:
            verbs.set_enabled(work, account_id, on)


def _card(context: Context, kind: str) -> Card:
    try:
        return context.channels.card(kind)
    except LookupError as error:
        raise NotFoundError(str(error.args[0]) if error.args else f"There is no channel called {kind}.") from error


def _found(context: Context, address: str) -> Account:
    with context.store.reading() as session:
        for one in accounts.all_accounts(session):
            if one.address == address.lower():
                return one
    raise NotFoundError(f"There is no account {address}. See `inbox account list`.")


def _values(card: Card, given: tuple[str, ...]) -> dict[str, str]:
    """Read `--name value`, `--name=value` and `--secret-stdin`."""
    secrets = {one.name for one in card.settings if one.secret}
    values: dict[str, str] = {}
    words = iter(given)
    for word in words:
        name, equals, value = word.removeprefix("--").partition("=")
        name = name.replace("-", "_")
        if not word.startswith("--"):
            raise RefusedError(f"{word!r} is not a setting; `inbox account settings {card.kind}` names them.")
        if name.removesuffix(STDIN) in secrets and name.endswith(STDIN):
            values[name.removesuffix(STDIN)] = _secret(name.removesuffix(STDIN))
        elif name in secrets:
            raise RefusedError(f"A secret on the command line can be seen by others: use {word.split('=')[0]}-stdin.")
        else:
            values[name] = value if equals else next(words, "")
    return values


def _secret(name: str) -> str:
    if sys.stdin.isatty():
        return str(click.prompt(name.replace("_", " ").capitalize(), hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
