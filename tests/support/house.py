"""A house for story tests: a real store and the real mail reader, people who write to it, and a clock that is moved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from itertools import count
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize

from sqlmodel import select
from stores import MovedClock

from connectors import registry
from connectors.contract import Arrival, Card, Connector
from inbox.flow.context import Context
from inbox.flow.deliver import deliver_once
from inbox.flow.hear import hear
from inbox.flow.read import read_items
from inbox.flow.reply import Draft, queue_reply
from inbox.settings import Settings
from inbox.store import arrivals
from inbox.store.db import Store
from inbox.store.tables import Account, Conversation, Delivery, Message, Teammate, Wait
from inbox.vault import Vault

SUPPORT = "support@example.com"


@dataclass
class OpenChannels:
    """Opens channels as wiring does, with nothing encrypted."""

    clock: MovedClock

    def kinds(self) -> list[str]:
        return registry.kinds()

    def card(self, kind: str) -> Card:
        return registry.channel(kind).card

    def open(self, account: Account) -> Connector:
        given = {name: str(value) for name, value in account.settings.items()}
        return registry.channel(account.kind).open(
            {**given, "address": account.address, "name": account.name}, self.clock
        )

    def reader(self, account: Account) -> Connector:
        return self.open(account)


@dataclass
class House:
    """A support team at work."""

    store: Store
    clock: MovedClock
    context: Context = field(init=False)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        vault = Vault(b"a key for tests only, long enough to be taken")
        folder = mkdtemp(prefix="house-")
        finalize(self, rmtree, folder, ignore_errors=True)
        self.context = Context(
            self.store,
            Settings(data_dir=Path(folder)),
            vault,
            OpenChannels(self.clock),
            self.clock,
        )

    def add_account(self, address: str = SUPPORT, **settings: str) -> int:
        with self.store.unit_of_work() as work:
            row = Account(kind="mail", address=address, name="Example", settings=settings, created_at=work.now)
            work.session.add(row)
            work.session.flush()
            assert row.id is not None
            return row.id

    def add_teammate(self, name: str, role: str = "member") -> int:
        with self.store.unit_of_work() as work:
            row = Teammate(name=name, mail=f"{name.lower()}@example.com", role=role, created_at=work.now)
            work.session.add(row)
            work.session.flush()
            assert row.id is not None
            return row.id

    def receive(
        self, account_id: int, *mails: bytes, at: datetime | None = None, direction: str = "in", folder: str = "INBOX"
    ) -> None:
        """Bring raw mails through the corridor, in one batch."""
        came = [
            Arrival(f"{folder};1;{next(self.numbers)}", raw, at or self.clock.now, direction=direction, folder=folder)  # type: ignore[arg-type]
            for raw in mails
        ]
        read_items(self.context, hear(self.context, account_id, came))

    def reply(self, conversation_id: int, by: int, text: str = "We will look.", **more: object) -> int:
        with self.store.unit_of_work() as work:
            key = str(more.pop("key", f"key-{next(self.numbers)}"))
            draft = Draft(conversation_id, by, text, key, **more)  # type: ignore[arg-type]
            return queue_reply(work, self.context.vault, draft)

    def deliver(self) -> int:
        return deliver_once(self.context)

    def conversations(self) -> list[Conversation]:
        with self.store.reading() as session:
            return list(session.exec(select(Conversation).order_by(Conversation.id)).all())  # type: ignore[arg-type]

    def messages(self, conversation_id: int) -> list[Message]:
        with self.store.reading() as session:
            query = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.at, Message.id)  # type: ignore[arg-type]
            return list(session.exec(query).all())

    def waits(self) -> list[Wait]:
        with self.store.reading() as session:
            return list(session.exec(select(Wait).order_by(Wait.id)).all())  # type: ignore[arg-type]

    def open_waits(self) -> list[Wait]:
        return [wait for wait in self.waits() if wait.closed_at is None]

    def delivery(self, message_id: int) -> Delivery:
        with self.store.reading() as session:
            return session.exec(
                select(Delivery).where(Delivery.message_id == message_id, Delivery.kind == "send")
            ).one()

    def ledger(self) -> arrivals.Tally:
        with self.store.reading() as session:
            return arrivals.total(arrivals.ledger(session).values())


def mail(
    sender: str = "Carol Diaz <carol@customer.example>",
    text: str = "Hello, it does not work.\n",
    *,
    to: str = SUPPORT,
    subject: str = "Can't export my board",
    message_id: str | None = None,
    reply_to_id: str = "",
    references: Sequence[str] = (),
    written_at: datetime | None = None,
    **headers: str,
) -> bytes:
    """Write a mail as a customer's client would."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = format_datetime(written_at or datetime.fromisoformat("2026-11-02T08:59:00+00:00"))
    made = hashlib.sha256(f"{sender}{text}{subject}{to}".encode()).hexdigest()[:24]
    if message_id != "":
        message["Message-ID"] = f"<{message_id or made + '@customer.example'}>"
    if reply_to_id:
        message["In-Reply-To"] = f"<{reply_to_id}>"
        message["References"] = " ".join(f"<{one}>" for one in [*references, reply_to_id])
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message.as_bytes()


DAY = timedelta(days=1)


def bounce(recipient: str, original_id: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """Write a delivery report as a mail server would (RFC 3464)."""
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: support@example.com\r\nSubject: Undelivered Mail\r\n"
        "Message-ID: <dsn-" + status + "@mx.example>\r\nDate: Mon, 02 Nov 2026 09:10:00 +0000\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 no such user\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{original_id}>\r\nTo: {recipient}\r\n\r\n"
        "--b--\r\n"
    ).encode()
