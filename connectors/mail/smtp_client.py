"""smtplib with an end: checked TLS, and limits of time that no drip can defeat."""

from __future__ import annotations

import smtplib
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl

    from connectors.mail.account import Server

# Seconds: for one answer, for the answer to the whole mail (RFC 5321 section 4.5.3.2.6 asks for patience, since a
# server may look for viruses first), and for everything together beside the transfer itself.
ANSWER = 60.0
VERDICT = 300.0
EVERYTHING = 480.0
# Bytes a second; a line slower than this does not work.
_SLOWEST = 20_000


class _Limited(smtplib.SMTP):
    """A connection that is cut when its time is up."""

    def __init__(self, host: str, port: int, limit: float, **more: Any) -> None:  # noqa: ANN401
        self.alarm = threading.Timer(limit, self._cut)
        self.alarm.daemon = True
        self.alarm.start()
        try:
            super().__init__(host, port, timeout=ANSWER, **more)
        except BaseException:
            self.close()
            raise

    def _cut(self) -> None:
        sock = getattr(self, "sock", None)
        if isinstance(sock, socket.socket):
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close, and call the alarm off."""
        self.alarm.cancel()
        super().close()


class _LimitedTls(_Limited, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""


def connect(server: Server, context: ssl.SSLContext, size: int) -> smtplib.SMTP:
    """Connect, with TLS unless the server is on this machine; for a mail of `size` bytes. Raises what smtplib does."""
    limit = EVERYTHING + size / _SLOWEST
    if server.security == "tls":
        return _LimitedTls(server.host, server.port, limit, context=context)
    smtp = _Limited(server.host, server.port, limit)
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
    except BaseException:
        smtp.close()
        raise
    return smtp


def allow(smtp: smtplib.SMTP, size: int) -> None:
    """Give the transfer of a mail the time it needs."""
    if smtp.sock:
        smtp.sock.settimeout(ANSWER + size / _SLOWEST)


def await_verdict(smtp: smtplib.SMTP) -> None:
    """Be patient with the answer to the whole mail."""
    if smtp.sock:
        smtp.sock.settimeout(VERDICT)
