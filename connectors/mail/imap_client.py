"""imaplib2, hardened: the only place that knows it.

What is changed, and why: certificates and host names are checked, also with STARTTLS; every command has a deadline and
a limit of silence that no drip can defeat; literals pass through in one piece; no argument can carry a second command;
an end leaves no thread and no descriptor behind; nothing is printed.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from queue import Full
from typing import TYPE_CHECKING, Any

import imaplib2

from connectors.errors import Permanent
from connectors.mail.stream import FloodError, Splitter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.mail.account import Server

_CHUNK = 256 * 1024
_TALK = 4 * 1024 * 1024
_TICK_MS = 1000
_FAREWELL = 2.0
_CONTROL = frozenset([*range(0x20), 0x7F])
_NEVER = float("inf")


class Client(imaplib2.IMAP4):  # type: ignore[misc]
    """One connection to one server. Its times are in seconds.

    patience: how long connecting may take, and how long the server may be silent while it owes an answer.
    bell: set whenever the server tells of new mail, and when an IDLE ends.
    """

    untagged_responses: list[tuple[str, list[Any]]]
    literal: Any

    def __init__(
        self, server: Server, context: ssl.SSLContext, patience: float, born: Callable[[Client], None]
    ) -> None:
        """Connect, secure the connection and take the greeting; raises OSError or an imaplib2 error.

        born: is handed this client as soon as there is a socket to cut, so that another thread can end the rest.
        """
        self.server = server
        self.context = context
        self.patience = patience
        self.born = born
        self.bell = threading.Event()
        self.splitter = Splitter(_TALK)
        self.greeting = b""
        self.deadline = time.monotonic() + patience
        self.heard_at = time.monotonic()
        self.silence = patience
        self._turn = threading.Lock()
        super().__init__(server.host, server.port)
        self.deadline = _NEVER

    # What imaplib2 calls -------------------------------------------------------------------------------------------

    def open(self, host: str | None = None, port: int | None = None) -> None:
        """Connect with a time-out, and with checked TLS before anything of ours is said."""
        self.host, self.port = host or self.server.host, port or self.server.port
        self.sock = socket.create_connection((self.host, self.port), timeout=self.patience)
        try:
            self.born(self)
            self._secure()
        except BaseException:
            self.sock.close()
            raise
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.settimeout(0)
        self.read_fd = self.sock.fileno()

    def _secure(self) -> None:
        if self.server.security == "starttls":
            self.greeting = _ask_for_tls(self.sock, self.deadline)
        if self.server.security != "none":
            self.sock.settimeout(max(0.1, self.deadline - time.monotonic()))
            self.sock = self.context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def read(self, size: int) -> bytes | None:
        """Read what is there: None when nothing is, b"" at the end."""
        # OpenSSL's connections are not made for two threads at once, and imaplib2 reads and writes in two.
        with self._turn:
            try:
                data: bytes = self.sock.recv(size)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return None
            return data

    def send(self, data: bytes) -> None:
        """Send all of it; a deadline that passes closes the socket under us and ends this, too."""
        left = memoryview(data)
        while left:
            try:
                with self._turn:
                    left = left[self.sock.send(left) :]
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                _wait(self.sock, select.POLLOUT)

    def _reader(self) -> None:
        """Pass on what comes until the connection ends, the server floods us or time is up."""
        try:
            self._pass_on(self.greeting)
            while not self.Terminate:
                data = self.read(_CHUNK)
                if data is None:
                    _wait(self.sock, select.POLLIN)
                else:
                    self._pass_on(data)
                self._watch(ended=data == b"")
        except FloodError:
            self.inq.put((self.abort, "the server sent far more than it was asked for"))
        except (OSError, ValueError, EOFError) as problem:
            self.inq.put((self.abort, str(problem) or type(problem).__name__))
        self.kill()

    def _pass_on(self, data: bytes) -> None:
        self.heard_at = time.monotonic()
        for item in self.splitter.feed(data):
            self.inq.put(item)

    def _watch(self, *, ended: bool) -> None:
        now = time.monotonic()
        if ended:
            raise EOFError("the server closed the connection")
        if now > self.deadline:
            raise TimeoutError("the answer took too long")
        if self.tagged_commands and now > self.heard_at + self.silence:
            raise TimeoutError(f"the server was silent for {self.silence:.0f} seconds")

    def _command(self, name: str, *args: str | bytes | None, **kw: Any) -> Any:  # noqa: ANN401
        """Send one command and never two: a control character in an argument is refused (CVE-2025-15366)."""
        for arg in args:
            codes = arg if isinstance(arg, bytes) else map(ord, arg or "")
            if not _CONTROL.isdisjoint(codes):
                self.literal = None
                raise Permanent("An IMAP command with a control character in it was not sent.")
        return super()._command(name, *args, **kw)

    def _request_push(self, tag: str | None = None, name: str | None = None, **kw: Any) -> Any:  # noqa: ANN401
        """Note a request; one that comes after the end is aborted here, for nobody else would."""
        request = super()._request_push(tag, name, **kw)
        if self.Terminate:
            request.abort(self.abort, "the connection is closed")
        return request

    def _append_untagged(self, typ: str, dat: Any) -> None:  # noqa: ANN401
        """Keep an untagged response; imaplib2's own formats the whole of it for a log that is off."""
        with self.commands_lock:
            if not self.untagged_responses or self.untagged_responses[-1][0] != typ:
                self.untagged_responses.append((typ, []))
            self.untagged_responses[-1][1].append(b"" if dat is None else dat)
        if typ == "EXISTS":
            self.bell.set()

    def _get_untagged_response(self, name: str, leave: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002
        with self.commands_lock:
            for index, (typ, data) in enumerate(self.untagged_responses):
                if typ == name:
                    if not leave:
                        del self.untagged_responses[index]
                    return data
        return None

    def _untagged_response(self, typ: str, dat: Any, name: str) -> tuple[str, Any]:  # noqa: ANN401
        if typ == "NO":
            return typ, dat
        found = self.take(name)
        return typ, found or [None]

    def shutdown(self) -> None:
        """Close the descriptor; called when the threads have ended."""
        self.sock.close()

    def _close_threads(self) -> None:
        self.kill()
        with suppress(Full):
            self.ouq.put_nowait(None)
        for thread in (self.wrth, self.rdth, self.inth):
            thread.join(_FAREWELL)
        self.shutdown()

    def _log(self, *_: object) -> None:
        """Nothing is logged: lines of mail do not belong on the error stream."""

    _mesg = _log
    _print_log = _log

    # What the session calls ----------------------------------------------------------------------------------------

    @contextmanager
    def within(self, seconds: float, size: int = 0, silence: float | None = None) -> Iterator[None]:
        """Give the commands inside a deadline and an allowance of bytes beside ordinary talk."""
        self.heard_at = time.monotonic()
        self.silence = self.patience if silence is None else silence
        self.splitter.allowance = _TALK + size
        self.deadline = self.heard_at + seconds
        try:
            yield
        finally:
            self.deadline = _NEVER

    def take(self, name: str) -> list[Any]:
        """Take all untagged responses of that name out of the heap."""
        with self.commands_lock:
            found = [item for typ, data in self.untagged_responses if typ == name for item in data]
            self.untagged_responses = [pair for pair in self.untagged_responses if pair[0] != name]
        return found

    def kill(self) -> None:
        """Cut the connection: whoever waits for it, in any thread, gets an abort at once."""
        with suppress(OSError):
            # SSLSocket.shutdown would take the TLS object away from a thread that still reads.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def leave(self) -> None:
        """Say good-bye if the server still listens, and let go of threads and socket; never raises."""
        with suppress(imaplib2.IMAP4.error, OSError, ValueError), self.within(_FAREWELL):
            self.logout()
        self._close_threads()


def _wait(sock: socket.socket, event: int) -> None:
    """Wait until the socket may be ready, at most a tick."""
    poller = select.poll()
    poller.register(sock, event)
    poller.poll(_TICK_MS)


def _ask_for_tls(sock: socket.socket, deadline: float) -> bytes:
    """Speak STARTTLS (RFC 3501 section 6.2.1) and return the greeting.

    Whatever a stranger on the way put behind the server's OK is never believed: there must be nothing.
    """
    lines = _Lines(sock, deadline)
    greeting = lines.next()
    if not greeting.upper().startswith(b"* OK"):
        raise ConnectionError("the server did not greet")
    sock.sendall(b"T0 STARTTLS\r\n")
    answer = lines.next()
    while answer.startswith(b"* "):
        answer = lines.next()
    if not answer.upper().startswith(b"T0 OK") or lines.rest:
        raise ConnectionError("the server does not offer STARTTLS")
    return greeting


class _Lines:
    """The few lines before TLS, each at most 8 kB, all before a deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock = sock
        self.deadline = deadline
        self.rest = b""

    def next(self) -> bytes:
        while b"\n" not in self.rest:
            left = self.deadline - time.monotonic()
            if left <= 0 or len(self.rest) > 8192:
                raise TimeoutError("the server did not greet in time")
            self.sock.settimeout(left)
            data = self.sock.recv(4096)
            if not data:
                raise ConnectionError("the server closed the connection")
            self.rest += data
        line, _, self.rest = self.rest.partition(b"\n")
        return line + b"\n"
