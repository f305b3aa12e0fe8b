"""`inbox import`: take in mail from files, through the same corridor as all other mail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inbox.cli import house
from inbox.flow import accounts as account_verbs
from inbox.flow import history as take_history
from inbox.flow import importing, imports, mail_files, there
from inbox.flow.errors import NotFoundError
from inbox.flow.rows import own_addresses
from inbox.store import accounts
from inbox.store.tables import Account

if TYPE_CHECKING:
    from collections.abc import Callable

    from inbox.flow.context import Context
    from inbox.flow.mail_files import Problem

OWN = {"address": "import@localhost", "name": "import"}
"""The account that mail is imported into when there is none: it has no servers, so it only keeps."""


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--account", "address", metavar="ADDRESS", help="Into this account; the first mail account when not said."
)
@click.option("--history", is_flag=True, help="Nobody waits for an answer to this mail any more.")
@click.option(
    "--from",
    "source",
    type=click.Choice(imports.FOREIGN),
    help="The paths are exports of another help desk; its conversations become history.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts of this import as one JSON object.")
def import_mail(
    paths: tuple[Path, ...], address: str | None, source: str | None, *, history: bool, as_json: bool
) -> None:
    """Take in mail from files: mbox, Maildir, single mails, or folders of them; or another help desk's export.

    Importing the same again, also after an interruption, adds nothing twice.
    """
    if source is not None:
        _take_in_export(paths, address, source, as_json=as_json)
        return
    problems: list[Problem] = []
    with house.opened() as context, _progress(quiet=as_json) as advance:
        account, now = _account(context, address), context.clock()
        offered = mail_files.arrivals(paths, own_addresses(account), now, problems.append)
        before = now if history else None
        counts = importing.take_in(context, account.id or 0, offered, history_before=before, progress=advance)
    told = counts.as_words()
    if as_json:
        house.print_json(told)
    else:
        click.echo(_in_words(told))
    if problems:
        first = f"{problems[0].path}: {problems[0].why}"
        raise click.ClickException(f"{house.plural(len(problems), 'file')} could not be opened, such as {first}.")


def _take_in_export(paths: tuple[Path, ...], address: str | None, source: str, *, as_json: bool) -> None:
    with house.opened() as context, _progress(quiet=as_json) as advance:
        account = _account(context, address)
        found = (talk for path in paths for talk in imports.talks(source, path))
        counts = take_history.take_in(context, account.id or 0, found, lambda _done: advance(1))
    if as_json:
        house.print_json(counts.as_words())
        return
    told = [house.plural(counts.talks, "conversation"), house.plural(counts.messages, "new message")]
    click.echo(f"{', '.join([*told, house.plural(counts.notes, 'new note')])}, {counts.known} known already.")
    if counts.failed:
        raise click.ClickException(f"{len(counts.failed)} could not be taken in, such as {counts.failed[0]}.")


def _account(context: Context, address: str | None) -> Account:
    with context.store.unit_of_work() as work:
        mailboxes = [one for one in accounts.all_accounts(work.session) if one.kind == "mail"]
        if address is not None:
            mailboxes = [one for one in mailboxes if one.address == address.lower()]
            if not mailboxes:
                raise NotFoundError(f"There is no mail account {address}. See `inbox account list`.")
        if mailboxes:
            return mailboxes[0]
        made = account_verbs.add(work, context.vault, context.channels.card("mail"), OWN)
        return there.account(work.session, made)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Show a moving count on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield lambda _number: None
        return
    from rich.console import Console  # noqa: PLC0415 - loaded on a terminal only
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = (SpinnerColumn(), TextColumn("{task.completed} taken in"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda number: progress.advance(task, number)


def _in_words(told: dict[str, int]) -> str:
    parts = [
        f"{told['new_messages']} new",
        f"{told['duplicates']} known already",
        f"{told['ignored']} from machines, ignored with a reason",
        f"{told['quarantined']} not readable, kept in quarantine",
    ]
    if told["pending"]:
        parts.append(f"{told['pending']} still to be read")
    return f"{house.plural(told['arrivals'], 'mail')}: {', '.join(parts)}."
