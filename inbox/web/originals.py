"""What a message was made of: its HTML, its files, its raw bytes, read again from the raw message when asked for."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.contract import Arrival, Direction, Opens
from connectors.errors import ChannelError
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError
from inbox.store import accounts, arrivals, messages
from inbox.store.db import Session
from inbox.store.tables import Account, Attachment, Message
from inbox.vault import VaultError
from inbox.web.words import N_, _

GONE = N_("This is not there any more.")


@dataclass(frozen=True, slots=True)
class Original:
    """A message, its account and its raw bytes."""

    message: Message
    account: Account
    raw: bytes


def find(session: Session, message_id: int) -> Original:
    """Return a message with the raw bytes it came as; NotFoundError."""
    message = messages.get(session, message_id)
    if message is None or message.raw_sha256 is None:
        raise NotFoundError(GONE)
    raw, account = arrivals.raw(session, message.raw_sha256), accounts.get(session, message.account_id)
    if raw is None or account is None:
        raise NotFoundError(GONE)
    return Original(message, account, raw)


def html_of(context: Context, found: Original) -> str:
    """Return the HTML a message came with, untrusted; "" where it cannot be read any more."""
    direction: Direction = "out" if found.message.direction == "out" else "in"
    arrival = Arrival(found.message.external_id, found.raw, found.message.at, direction)
    try:
        said = context.channels.reader(found.account).read(arrival)
    except (ChannelError, VaultError, LookupError):
        return ""
    mine = [one for one in said if one.message_id == found.message.rfc_message_id] or said
    return mine[0].html if mine else ""


def content_ids(session: Session, message_id: int) -> dict[str, str]:
    """Return where the pictures inside a mail are shown from, by content id."""
    files = messages.attachments_of(session, [message_id]).get(message_id, [])
    return {file.content_id.strip("<>").lower(): f"/attachments/{file.id}/picture" for file in files if file.content_id}


def file(context: Context, attachment_id: int) -> tuple[Attachment, bytes]:
    """Return a file and its bytes; NotFoundError."""
    with context.store.reading() as session:
        row = session.get(Attachment, attachment_id)
        if row is None:
            raise NotFoundError(GONE)
        if row.blob_sha256 is not None:
            data = arrivals.raw(session, row.blob_sha256)
            if data is None:
                raise NotFoundError(GONE)
            return row, data
        found = find(session, row.message_id)
    return row, _part(context, found, row.position)


def _part(context: Context, found: Original, position: int) -> bytes:
    try:
        reader = context.channels.reader(found.account)
        if isinstance(reader, Opens):
            return reader.open(found.raw, position)
    except (ChannelError, VaultError, LookupError) as error:
        raise NotFoundError(_("This file could not be read out of its mail.")) from error
    raise NotFoundError(GONE)
