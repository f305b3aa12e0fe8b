"""The command line. Each command is one file here, imported when it is called, so that `inbox --help` is quick."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from inbox.cli.problems import sentence

COMMANDS = {
    "serve": ("serve:serve", "Start the inbox: screens and all work, in one process."),
    "web": ("serve:web", "Start the screens alone (PostgreSQL)."),
    "work": ("serve:work", "Start the work alone: fetching, reading, sending, deadlines (PostgreSQL)."),
    "demo": ("serve:demo", "Start an inbox full of invented conversations."),
    "migrate": ("migrate:migrate", "Bring the database up to date."),
    "import": ("import_mail:import_mail", "Take in mail from files: mbox, Maildir, single mails, folders of them."),
    "pull": ("pull:pull", "Fetch all new mail once, and stop."),
    "read": ("read:read", "Say how files of mail are understood; nothing is stored."),
    "ledger": ("ledger:ledger", "Count what arrived, and what became of it."),
    "verify": ("verify:verify", "Check that nothing was lost, doubled or forgotten."),
    "doctor": ("doctor:doctor", "Say what is right and wrong with this installation."),
    "account": ("account:account", "Add, list, test and pause accounts."),
    "teammate": ("teammate:teammate", "Add and list teammates, and reset their passwords."),
    "token": ("tokens:token", "Make tokens for the JSON API."),
    "person": ("person:person", "Export one person, or erase one for good."),
    "export": ("export:export", "Write every conversation as lines of JSON."),
    "backup": ("backup:backup", "Copy the database while it is in use."),
}


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them in the order of a first day."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(f"inbox.cli.{module}"), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List them without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="On an error, show where in the code it happened.")
@click.version_option(package_name="under24", prog_name="inbox")
def inbox(*, debug: bool) -> None:
    """Under24: a support inbox for teams who promise a human reply within 24 hours."""
    del debug


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit: 0 when all is well, 1 on an error, 2 when the command line was not understood."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        code = inbox.main(args=arguments, prog_name="inbox", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        _hush()
    except Exception as error:
        if "--debug" in arguments[:1]:
            raise
        click.echo(f"Error: {sentence(error)}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _hush() -> NoReturn:
    """Whoever read our output has gone: there is nobody left to tell."""
    sys.stdout = None
    sys.exit(141)
