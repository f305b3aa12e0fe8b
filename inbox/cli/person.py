"""`inbox person`: export and erase one person."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from inbox.cli import house
from inbox.flow import data_jobs, erase, person_export
from inbox.flow.errors import NotFoundError
from inbox.store import belongings, contacts
from inbox.store import data_jobs as rows

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.store.tables import DataJob


@click.group()
def person() -> None:
    """Export one person, or erase one for good."""


@person.command()
@click.argument("address")
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
def export(address: str, path: Path) -> None:
    """Write all that is held about a person into a zip; PATH must not exist yet."""
    if path.exists():
        raise click.ClickException(f"{path} is there already.")
    with house.opened() as context:
        contact_id = _known(context, address)
        with context.store.unit_of_work() as work:
            job_id = person_export.ask(work, contact_id, None)
        job = _done(context, job_id)
        shutil.move(data_jobs.folder(context) / job.file, path)
        with context.store.unit_of_work() as work:
            person_export.take(work, job_id, None)
    click.echo(f"{house.plural(job.result['conversations'], 'conversation')} written to {path}.")


@person.command("erase")
@click.argument("address")
@click.option("--yes", is_flag=True, help="Do not ask; it cannot be undone.")
def erase_person(address: str, *, yes: bool) -> None:
    """Remove what a person wrote, what we wrote to them, and who they are. It cannot be undone."""
    with house.opened() as context:
        contact_id = _known(context, address)
        with context.store.reading() as session:
            found = contacts.get(session, contact_id)
            extent = belongings.extent(session, contact_id)
        click.echo(
            f"{found.name if found else address}: {house.plural(extent.conversations, 'conversation')},"
            f" {house.plural(extent.messages, 'message')}, {house.plural(extent.notes, 'note')}."
        )
        if not yes:
            click.confirm("Erase them for good?", abort=True)
        with context.store.unit_of_work() as work:
            job_id = erase.ask(work, contact_id, None)
        job = _done(context, job_id)
    click.echo(f"{house.plural(job.result['messages'], 'entry', 'entries')} emptied.")


def _known(context: Context, address: str) -> int:
    with context.store.reading() as session:
        found = [one for one, value in contacts.find(session, address) if value == address.strip().lower()]
    if not found or found[0].id is None:
        raise NotFoundError(f"Nobody is known by {address}.")
    return found[0].id


def _done(context: Context, job_id: int) -> DataJob:
    """Do the work here and now, unless a running server does it."""
    while True:
        with context.store.reading() as session:
            job = rows.get(session, job_id)
        if job is None or job.state == "failed":
            raise click.ClickException(job.error if job else "The work is gone.")
        if job.state == "done":
            return job
        if not data_jobs.run_next(context):
            context.stopping.wait(0.2)
