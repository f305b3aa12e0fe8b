"""The door for a mail server on the same machine: LMTP (RFC 2033), or SMTP (RFC 5321) where that is all it speaks.

A mail counts as taken when it is stored, and only then is it answered with 250. Whatever fails before that is answered
with 451, and the mail server brings the mail again; equal bytes for equal recipients have an equal name.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from connectors.contract import Arrival
from connectors.errors import ChannelError, Permanent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from aiosmtpd.smtp import Envelope, Session

    Store = Callable[[Arrival, Sequence[str]], None]

Protocol = Literal["lmtp", "smtp"]

MAX_SIZE = 40 * 1024 * 1024
MAX_CONNECTIONS = 50
MAX_RECIPIENTS = 100
# RFC 5321 asks for lines of 998 and many programs write longer ones; beyond this it is no mail.
_MAX_LINE = 1024 * 1024
_COMMANDS = 1000
_STORES = 4
_GRACE = 10.0


class Door:
    """Listens from `start` to `stop`, in a thread of its own.

    store: called with an arrival and those recipients that share its account, in a thread where it may block; it
        returns when the arrival is committed. One mail for two accounts is two arrivals.
    knows: whether an address is ours; asked without its plus part and in lower case.
    patience: seconds that one command, or one mail, may take.
    """

    def __init__(  # noqa: PLR0913
        self,
        host: str,
        port: int,
        store: Store,
        knows: Callable[[str], bool],
        protocol: Protocol = "lmtp",
        *,
        clock: Callable[[], datetime],
        max_size: int = MAX_SIZE,
        max_connections: int = MAX_CONNECTIONS,
        patience: float = 120.0,
    ) -> None:
        self.host = host
        self.port = port
        self.protocol = protocol
        self.max_connections = max_connections
        self.patience = patience
        self.max_size = max_size
        self.open: set[asyncio.BaseTransport] = set()
        self._handler = _Handler(store, knows, clock, protocol)
        self._thread: threading.Thread | None = None
        self._stop: Callable[[], object] = lambda: None

    def start(self) -> None:
        """Begin to listen; with port 0, `port` then says which one it became. Permanent when it cannot be had."""
        started: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(started)), name="door", daemon=True)
        self._thread.start()
        try:
            started.result()
        except OSError as problem:
            self._thread.join()
            raise Permanent(f"The mail door cannot listen on {self.host} port {self.port}: {problem}.") from problem

    def stop(self) -> None:
        """Let mails that are being stored be answered, for ten seconds at most, and close; may be called twice."""
        if self._thread:
            self._stop()
            self._thread.join()
            self._thread = None

    async def _serve(self, started: Future[None]) -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        try:
            server = await loop.create_server(self._answer, self.host, self.port)
        except OSError as problem:
            started.set_exception(problem)
            return
        self.port = server.sockets[0].getsockname()[1]
        self._stop = partial(loop.call_soon_threadsafe, stopping.set)
        with ThreadPoolExecutor(_STORES, "door-store") as pool:
            self._handler.pool = pool
            started.set_result(None)
            await stopping.wait()
            server.close()
            await self._handler.finish(_GRACE)
            for transport in list(self.open):
                transport.close()
        await asyncio.sleep(0)

    def _answer(self) -> asyncio.BaseProtocol:
        if len(self.open) >= self.max_connections:
            return _Busy()
        return (_Lmtp if self.protocol == "lmtp" else _Smtp)(self, self._handler)


class _Handler:
    """What aiosmtpd asks at each command."""

    def __init__(
        self, store: Store, knows: Callable[[str], bool], clock: Callable[[], datetime], protocol: Protocol
    ) -> None:
        self.pool: ThreadPoolExecutor | None = None
        self._store = store
        self._knows = knows
        self._clock = clock
        self._protocol = protocol
        self._storing: set[asyncio.Task[list[str]]] = set()

    async def handle_RCPT(  # noqa: N802  (aiosmtpd chose name and arguments)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient of ours."""
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients at once"
        try:
            ours = await asyncio.get_running_loop().run_in_executor(self.pool, self._knows, base(address))
        except Exception as problem:  # noqa: BLE001  (whatever it is, the mail server must come again)
            return _later(problem)
        if not ours:
            return "550 5.1.1 There is no such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Store the mail, then answer: for each recipient by LMTP, once by SMTP."""
        # A task of its own: it goes on when the client hangs up, so that what is stored is stored to the end.
        task = asyncio.create_task(self._store_all(envelope))
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)
        answers = await asyncio.shield(task)
        if self._protocol == "lmtp":
            return "\r\n".join(answers)
        return next((answer for answer in answers if not answer.startswith("250")), answers[0])

    async def handle_exception(self, error: Exception) -> str:
        """Never refuse a mail for good because of a fault of ours."""
        return _later(error)

    async def finish(self, seconds: float) -> None:
        """Wait for what is being stored, and give its answer a moment to leave."""
        if self._storing:
            await asyncio.wait(self._storing, timeout=seconds)
            await asyncio.sleep(0.05)

    async def _store_all(self, envelope: Envelope) -> list[str]:
        """Store one arrival for each of our addresses; answers stand in the order of the recipients."""
        loop = asyncio.get_running_loop()
        groups: dict[str, list[str]] = {}
        for recipient in envelope.rcpt_tos:
            groups.setdefault(base(recipient), []).append(recipient)
        answers: dict[str, str] = {}
        for own, recipients in groups.items():
            arrival = self._arrival(envelope, own, recipients)
            try:
                await loop.run_in_executor(self.pool, self._store, arrival, recipients)
                answers[own] = "250 2.0.0 Stored"
            except Exception as problem:  # noqa: BLE001  (whatever it is, the mail server must come again)
                answers[own] = _later(problem)
        return [answers[base(recipient)] for recipient in envelope.rcpt_tos]

    def _arrival(self, envelope: Envelope, own: str, recipients: Sequence[str]) -> Arrival:
        raw = envelope.original_content or b""
        return Arrival(
            external_id=f"{own};{hashlib.sha256(raw).hexdigest()}",
            raw=raw,
            received_at=self._clock(),
            size=len(raw),
            facts={"mail_from": (envelope.mail_from or "").strip("<>"), "rcpt_to": ", ".join(recipients)},
        )


def base(address: str) -> str:
    """Return an address without its plus part, in lower case."""
    local, _, domain = address.strip().strip("<>").rpartition("@")
    return f"{local.partition('+')[0]}@{domain}".lower()


def _later(problem: BaseException) -> str:
    """Ask for the mail again; only sentences of ours are shown."""
    words = str(problem) if isinstance(problem, ChannelError) else ""
    words = re.sub(r"[^\x20-\x7e]+", " ", words)[:200].strip()
    return f"451 4.3.0 {words or 'The mail could not be stored just now'}"


class _Guarded(SMTP):
    """One connection, with limits on time, commands, lines and size."""

    line_length_limit = _MAX_LINE

    def __init__(self, door: Door, handler: _Handler) -> None:
        super().__init__(
            handler,
            data_size_limit=door.max_size,
            enable_SMTPUTF8=True,
            hostname="under24",
            ident=door.protocol.upper(),
            timeout=door.patience,
            command_call_limit=_COMMANDS,
            loop=asyncio.get_running_loop(),
        )
        self._door = door

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it."""
        self._door.open.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Count it no more."""
        self._door.open.discard(self.transport)
        super().connection_lost(error)


class _Smtp(_Guarded):
    """SMTP: one answer for a mail."""


class _Lmtp(_Guarded, LMTP):
    """LMTP: an answer for each recipient, also where a mail is too large or no mail."""

    _owed = 0

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802  (aiosmtpd finds commands by name)
        """Remember how many answers are owed."""
        self._owed = len(self.envelope.rcpt_tos) if self.envelope else 0
        try:
            await super().smtp_DATA(arg)
        finally:
            self._owed = 0

    async def push(self, status: Any) -> None:  # noqa: ANN401
        """Repeat a refusal of the whole mail for each recipient (RFC 2033 section 4.2)."""
        if isinstance(status, str) and self._owed > 1 and status.startswith(("500 Line", "552 ")):
            status = "\r\n".join([status] * self._owed)
        await super().push(status)


class _Busy(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask to come again."""
        if isinstance(transport, asyncio.WriteTransport):
            transport.write(b"421 4.3.2 Too many connections, please come again\r\n")
        transport.close()
