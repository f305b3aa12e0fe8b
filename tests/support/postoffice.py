"""A mail server for a whole exchange: takes mail by SMTP (aiosmtpd) and hands it to a private Dovecot by LMTP.

with PostOffice({"support@example.com": "secret", "carol@customer.example": "hers"}) as post:
    post.send(raw, "carol@customer.example", "support@example.com")
"""

from __future__ import annotations

import asyncio
import smtplib
from typing import Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from dovecot import Dovecot
from loopback import HOST, free_port


class PostOffice:
    """Everybody's mail server; each address is a mailbox with a password."""

    def __init__(self, people: dict[str, str]) -> None:
        self.mailboxes = Dovecot(users=people)
        self.port = free_port()
        self._controller = Controller(_Relay(self), hostname=HOST, port=self.port)

    def __enter__(self) -> Self:
        self.mailboxes.start()
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()
        self.mailboxes.close()

    def send(self, raw: bytes, sender: str, recipient: str) -> None:
        """Send a mail as anybody's program would; returns when it lies in the mailbox."""
        with smtplib.SMTP(HOST, self.port, timeout=10) as smtp:
            smtp.sendmail(sender, [recipient], raw)

    def inbox(self, person: str) -> list[bytes]:
        """Return the mails in somebody's inbox."""
        return [kept.raw for kept in self.mailboxes.messages(person)]

    def hand_over(self, sender: str, recipients: list[str], raw: bytes) -> None:
        """Put a mail into the mailboxes of its recipients."""
        with smtplib.LMTP(HOST, self.mailboxes.lmtp_port, timeout=10) as lmtp:
            lmtp.sendmail(sender, recipients, raw)


class _Relay:
    def __init__(self, office: PostOffice) -> None:
        self._office = office

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        raw = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content).encode()
        await asyncio.to_thread(self._office.hand_over, envelope.mail_from or "", envelope.rcpt_tos, raw)
        return "250 it lies in the mailbox"
