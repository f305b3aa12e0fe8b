"""A mail server on loopback that keeps what it is sent, and refuses, hangs or drops the line when a test says so.

with SmtpSink() as sink:
    sink.refuse("RCPT", "451 4.7.1 Greylisted", times=1)
    ...
    assert sink.letters[0].recipients == ["ana@example.org"]
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from loopback import HOST, Certificates, free_port

# Where a mishap happens. "ANSWER" is the worst moment: the letter is kept, and the sender never hears so.
Moment = Literal["MAIL", "RCPT", "DATA", "ANSWER"]
Authenticator = Callable[[SMTP, Session, Envelope, str, object], AuthResult]
Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True)
class Letter:
    """One message that the server accepted."""

    sender: str
    recipients: list[str]
    raw: bytes
    encrypted: bool
    login: str | None


@dataclass
class _Mishap:
    moment: Moment
    kind: Literal["refuse", "hang", "cut"]
    answer: str
    left: int
    recipient: str | None = None
    seconds: float = 0


@dataclass
class SmtpSink:
    """A server that keeps letters. With `login`, it wants that name and password; `security` may ask for TLS."""

    security: Security = "none"
    login: tuple[str, str] | None = None
    certificates: Certificates | None = None
    host: str = HOST
    port: int = 0
    letters: list[Letter] = field(default_factory=list)
    connections: int = 0  # one of them is the sink's own, at its start
    _mishaps: list[_Mishap] = field(default_factory=list)
    _controller: Controller | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Listen; after a stop, on the same port as before."""
        first, self.port = not self.port, self.port or free_port()
        for left in (2, 1, 0):
            self._controller = _Controller(self)
            try:
                self._controller.start()
            except OSError:  # another program took the port first
                if not (first and left):
                    raise
                self.port = free_port()
            else:
                return

    def stop(self) -> None:
        """Refuse connections from now on; the letters stay."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    # What can go wrong ----------------------------------------------------------------------------------------------

    def refuse(self, moment: Moment, answer: str, *, times: int = 1, recipient: str | None = None) -> None:
        """Answer so (as in "451 4.3.0 Try later") the next times, to one recipient only if named."""
        self._mishaps.append(_Mishap(moment, "refuse", answer, times, recipient))

    def hang(self, moment: Moment, seconds: float = 5, *, times: int = 1) -> None:
        """Say nothing for so long, then go on as if nothing had been."""
        self._mishaps.append(_Mishap(moment, "hang", "", times, seconds=min(seconds, 60)))

    def cut(self, moment: Moment, *, times: int = 1) -> None:
        """Drop the connection instead of answering."""
        self._mishaps.append(_Mishap(moment, "cut", "421 4.3.0 Gone", times))

    def behave(self) -> None:
        """Forget every mishap that is still to come."""
        self._mishaps.clear()

    async def mishap(self, moment: Moment, server: SMTP, recipient: str | None = None) -> str | None:
        """Do what a test asked to go wrong at this moment; an answer other than None ends the command."""
        found = self._next(moment, recipient)
        if found is None:
            return None
        if found.kind == "hang":
            await asyncio.sleep(found.seconds)
            return None
        if found.kind == "cut" and server.transport:
            server.transport.abort()  # type: ignore[attr-defined]
        return found.answer

    def _next(self, moment: Moment, recipient: str | None) -> _Mishap | None:
        with self._lock:
            for found in self._mishaps:
                if found.moment == moment and found.left and found.recipient in (None, recipient):
                    found.left -= 1
                    return found
        return None


class _Handler:
    """What aiosmtpd asks at each command."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink

    async def handle_MAIL(  # noqa: N802 - aiosmtpd chose the name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take the sender."""
        if answer := await self.sink.mishap("MAIL", server):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd chose the name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take one recipient."""
        if answer := await self.sink.mishap("RCPT", server, address):
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take the letter."""
        if answer := await self.sink.mishap("DATA", server):
            return answer
        self.sink.letters.append(_letter(session, envelope, self.sink.security))
        return await self.sink.mishap("ANSWER", server) or "250 2.0.0 Kept"


class _Controller(Controller):
    """Runs the server in a thread of its own."""

    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink
        self._open: list[SMTP] = []
        context = sink.certificates.server_context() if sink.certificates else None
        options: dict[str, Any] = {}
        if sink.security == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if sink.login:
            # With implicit TLS, aiosmtpd does not see that the line is encrypted.
            options |= {
                "authenticator": _authenticator(sink.login),
                "auth_required": True,
                "auth_require_tls": sink.security == "starttls",
            }
        super().__init__(
            _Handler(sink),
            hostname=sink.host,
            port=sink.port,
            ssl_context=context if sink.security == "tls" else None,
            ready_timeout=10,
            timeout=60,
            **options,
        )

    def factory(self) -> SMTP:
        """Serve one more connection, and remember it."""
        server: SMTP = super().factory()  # type: ignore[no-untyped-call]
        self._open.append(server)
        self._sink.connections += 1
        return server

    def stop(self, no_assert: bool = False) -> None:
        """Drop who is still connected, whom asyncio would wait for otherwise, and stop."""
        self.loop.call_soon_threadsafe(self._drop)
        super().stop(no_assert)

    def _drop(self) -> None:
        for server in self._open:
            if server.transport:
                server.transport.abort()  # type: ignore[attr-defined]


def _authenticator(login: tuple[str, str]) -> Authenticator:
    def check(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, said: object) -> AuthResult:
        right = isinstance(said, LoginPassword) and (said.login.decode(), said.password.decode()) == login
        return AuthResult(success=right, handled=False, auth_data=login[0] if right else None)

    return check


def _letter(session: Session, envelope: Envelope, security: Security) -> Letter:
    return Letter(
        sender=envelope.mail_from or "",
        recipients=[str(address) for address in envelope.rcpt_tos],
        raw=envelope.original_content or b"",
        encrypted=security == "tls" or session.ssl is not None,
        login=session.auth_data,
    )
