"""A private mail server full of mail, and houses that are told of it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dovecot import PASSWORD, USER, Dovecot

from inbox import wiring
from inbox.flow.context import Context
from inbox.settings import Settings
from inbox.store import accounts


@contextmanager
def mailbox(mails: Sequence[bytes]) -> Iterator[Dovecot]:
    """Run a mail server whose inbox holds these mails; a minute lies between each two."""
    with Dovecot() as server:
        with server.client() as client:  # makes the folders, with the right owner
            client.select()
        fill(server, mails)
        with server.client() as client:  # makes the index
            client.select()
        yield server


def fill(server: Dovecot, mails: Sequence[bytes]) -> None:
    """Write the files of a Maildir, which is quicker than delivering; names tell sizes as a delivery's do."""
    folder = server.home / "mail" / USER / "Maildir"
    owner = folder.stat()
    first = int(time.time()) - 60 * len(mails)
    for number, raw in enumerate(mails):
        sent = first + 60 * number
        size = len(raw) + raw.count(b"\n") - raw.count(b"\r\n")
        path = folder / "cur" / f"{sent}.M{number}P1.bench,S={len(raw)},W={size}:2,"
        path.write_bytes(raw)
        path.chmod(0o600)
        os.chown(path, owner.st_uid, owner.st_gid)
        os.utime(path, (sent, sent))


def settings(folder: Path, url: str, server: Dovecot) -> dict[str, str]:
    """Return the environment of a house whose one account is the server's inbox."""
    return {
        "INBOX_DATA_DIR": str(folder),
        "INBOX_DATABASE_URL": url,
        "INBOX_SECRET_KEY": "only for measuring, and for nothing else",
        "INBOX_MAIL_ADDRESS": USER,
        "INBOX_MAIL_PASSWORD": PASSWORD,
        "INBOX_MAIL_IMAP_HOST": server.host,
        "INBOX_MAIL_IMAP_PORT": str(server.port),
        "INBOX_MAIL_IMAP_SECURITY": "none",
        "INBOX_LOG_LEVEL": "WARNING",
    }


@contextmanager
def house(folder: Path, url: str, server: Dovecot) -> Iterator[Context]:
    """Open a house with an empty store."""
    given = {name.removeprefix("INBOX_").lower(): value for name, value in settings(folder, url, server).items()}
    context = wiring.build(Settings.model_validate(given))
    try:
        yield context
    finally:
        context.store.close()


def account_id(context: Context) -> int:
    """Return the id of the house's one account."""
    with context.store.reading() as session:
        return accounts.all_accounts(session)[0].id or 0
