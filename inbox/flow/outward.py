"""The only way out to an address that a person typed: webhooks, Web Push, somebody's own calendar.

A stranger's address must never reach our own network (law 9). So: https alone, the name is looked up once, every
address it has must be a public one, the connection goes to the address that was checked (a second look-up could say
something else), and redirects are answers like any other. What comes back is bounded in size and in time, and an
error never tells more than one sentence.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from inbox.flow.errors import RefusedError
from inbox.say import say

LONGEST_URL = 2000
SECONDS = 15.0
"""How long one request may take in all, from the connection to the last byte."""
KEPT = 8 * 1024
"""Bytes of an answer that are read; nothing behind them is ever looked at."""

# Every block that is not the public internet. The list is ours, since what a Python calls global changed over time.
_NOT_PUBLIC = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
_PUBLIC_SIX = ip_network("2000::/3")
"""IPv6 is the other way about: only this block is handed out, so NAT64, mapped, local and multicast are outside it."""

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


class ForbiddenAddressError(RefusedError):
    """This address may not be called from here."""


class UnreachableError(RefusedError):
    """Nobody answered there; another try may do better."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address that was checked: where to connect, and what to say there."""

    https: bool
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is its beginning, `seconds` how long it took."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the machine for every address of a name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def shaped(url: str, *, loopback: bool = False) -> Target:
    """Check what can be told from the address itself; nothing is looked up. ForbiddenAddressError.

    loopback: allow http, and this machine; for development and tests only.
    """
    if len(url) > LONGEST_URL or any(sign <= " " or sign in {"\\", "\x7f"} for sign in url):
        raise ForbiddenAddressError(
            say("This address cannot be right: it is too long, or has signs that no address has.")
        )
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
        name = host if ":" in host else host.encode("idna").decode("ascii")
    except ValueError as error:
        raise ForbiddenAddressError(
            say("This address cannot be read. It looks like https://example.com/hook.")
        ) from error
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise ForbiddenAddressError(say("The address must begin with https://, so that nobody can read along."))
    if not name or parts.username is not None or parts.password is not None:
        raise ForbiddenAddressError(say("The address must name a server, and no user or password."))
    port = port or (443 if parts.scheme == "https" else 80)
    if port != 443 and port < 1024 and not loopback:
        raise ForbiddenAddressError(say("Port {port} is not used for this: take 443, or one above 1023.", port=port))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise ForbiddenAddressError(say("This address cannot be read. It looks like https://example.com/hook."))
    return Target(parts.scheme == "https", name, port, path, ())


def checked(url: str, *, loopback: bool = False, look_up: Resolve = resolve) -> Target:
    """Check an address and where it leads. ForbiddenAddressError | UnreachableError."""
    target = shaped(url, loopback=loopback)
    try:
        addresses = tuple(look_up(target.host, target.port))
    except (OSError, UnicodeError) as error:
        raise UnreachableError(say("The server {host} cannot be found.", host=target.host)) from error
    if not addresses:
        raise UnreachableError(say("The server {host} cannot be found.", host=target.host))
    allowed = all(is_public(one) for one in addresses) and target.https
    if not allowed and not (loopback and all(_is_loopback(one) for one in addresses)):
        raise ForbiddenAddressError(say("The server {host} is not on the public internet.", host=target.host))
    return Target(target.https, target.host, target.port, target.path, addresses)


def is_public(address: str) -> bool:
    """Whether an address belongs to the public internet, and to nothing that leads back inside."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and (found.scope_id or found not in _PUBLIC_SIX):
        return False
    return not any(found in block for block in _NOT_PUBLIC if block.version == found.version)


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    loopback: bool = False,
    seconds: float = SECONDS,
    look_up: Resolve = resolve,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """Post a body to a checked address and return what was answered, whatever it is: the caller judges the status.

    ForbiddenAddressError | UnreachableError. trust: the certificates to believe, those of the machine when not said.
    """
    target = checked(url, loopback=loopback, look_up=look_up)
    return _told(_Line(target, seconds, trust), target, lambda line: line.ask("POST", body, headers, KEPT))


def get(
    url: str,
    headers: Mapping[str, str],
    kept: int,
    *,
    loopback: bool = False,
    seconds: float = SECONDS,
    look_up: Resolve = resolve,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """Fetch what a checked address has, `kept` bytes of it at most, and return it whatever the status.

    ForbiddenAddressError | UnreachableError. A redirect is an answer like any other: it is never followed.
    """
    target = checked(url, loopback=loopback, look_up=look_up)
    return _told(_Line(target, seconds, trust), target, lambda line: line.ask("GET", None, headers, kept))


def _told(line: _Line, target: Target, ask: Callable[[_Line], Answer]) -> Answer:
    """Ask, hang up in any case, and say in a sentence what went wrong."""
    try:
        return ask(line)
    except ssl.SSLCertVerificationError as error:
        raise UnreachableError(say("The certificate of {host} cannot be trusted.", host=target.host)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        if line.out_of_time:
            raise UnreachableError(say("{host} did not answer in time.", host=target.host)) from error
        raise UnreachableError(say("{host} could not be reached, or broke off.", host=target.host)) from error
    finally:
        line.close()


class _Line(http.client.HTTPConnection):
    """A connection to one checked address. A timer cuts it: a server that drips a byte a second gets no more time."""

    def __init__(self, target: Target, seconds: float, trust: ssl.SSLContext | None) -> None:
        super().__init__(target.host, target.port, timeout=seconds)
        self.default_port = 443 if target.https else 80
        self._target, self._trust = target, trust
        self._ends = time.monotonic() + seconds
        self._cutter = threading.Timer(seconds, self._cut)
        self._cutter.daemon = True

    @property
    def out_of_time(self) -> bool:
        """Whether its time is up."""
        return time.monotonic() >= self._ends

    def ask(self, method: str, body: bytes | None, headers: Mapping[str, str], most: int) -> Answer:
        """Send one request and read the beginning of the answer."""
        began = time.monotonic()
        self._cutter.start()
        self.request(method, self._target.path, body, {**headers, "Connection": "close"})
        answer = self.getresponse()
        kept = answer.read(most)
        if self.out_of_time:
            raise TimeoutError  # what the timer cut looks like a short answer
        told = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, told, kept, time.monotonic() - began)

    def connect(self) -> None:
        """Connect to an address that was checked; the name is only said, never looked up again."""
        self.sock = self._connected()
        if self._target.https:
            trust = self._trust or ssl.create_default_context()
            self.sock = trust.wrap_socket(self.sock, server_hostname=self._target.host, do_handshake_on_connect=False)
            self.sock.do_handshake()

    def _connected(self) -> socket.socket:
        last: OSError = ConnectionError()
        for address in self._target.addresses:
            try:
                return socket.create_connection((address, self._target.port), max(self._ends - time.monotonic(), 0.05))
            except OSError as error:
                last = error
        raise last

    def _cut(self) -> None:
        line = self.sock
        if line is not None:
            try:
                socket.socket.shutdown(line, socket.SHUT_RDWR)
            except OSError:
                return

    def close(self) -> None:
        """Hang up, and stop the timer."""
        self._cutter.cancel()
        super().close()
