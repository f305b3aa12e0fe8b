"""`inbox teammate`: who may work here."""

from __future__ import annotations

import click

from inbox.cli import house
from inbox.flow import factors, sign_in, team
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError
from inbox.store import teammates
from inbox.store.db import Work
from inbox.store.tables import Teammate


@click.group()
def teammate() -> None:
    """Add and list teammates, and reset their passwords."""


@teammate.command()
@click.argument("name")
@click.argument("mail")
@click.option("--founder", is_flag=True, help="A founder may also change settings.")
def add(name: str, mail: str, *, founder: bool) -> None:
    """Add a teammate; prints a link, good once, with which they choose a password."""
    with house.opened() as context, context.store.unit_of_work() as work:
        made = sign_in.add_teammate(work, name, mail, "founder" if founder else "member", None)
        link = _link(context, work, made)
    click.echo(link)


@teammate.command()
@click.argument("mail")
@click.option("--second-step", is_flag=True, help="Also take their authenticator app and passkeys off.")
def reset(mail: str, *, second_step: bool) -> None:
    """Print a link, good once and for a day, with which a teammate chooses a new password."""
    with house.opened() as context, context.store.unit_of_work() as work:
        one = known(work, mail)
        if second_step:
            factors.drop_all(work, one.id or 0, None)
        link = _link(context, work, one)
    click.echo(link)


@teammate.command("list")
def list_all() -> None:
    """List teammates."""
    with house.opened() as context, context.store.reading() as session:
        for one in teammates.everyone(session):
            left = "  disabled" if one.disabled_at else "" if one.password_hash else "  has not chosen a password yet"
            click.echo(f"{one.mail}  {one.name}  {one.role}{left}")


def known(work: Work, mail: str) -> Teammate:
    """Return the teammate with this mail address; NotFoundError."""
    found = teammates.by_mail(work.session, mail)
    if found is None or found.disabled_at is not None:
        raise NotFoundError(f"There is no teammate {mail}. See `inbox teammate list`.")
    return found


def _link(context: Context, work: Work, one: Teammate) -> str:
    return f"{context.settings.public_url}/reset/{team.reset_link(work, one.id or 0, None)}"
