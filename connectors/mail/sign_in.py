"""Connect to an IMAP server and sign in there (RFC 3501 section 6.2), or say in one sentence why not."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import imaplib2

from connectors.errors import BadCredentials, ChannelError, Permanent, Temporary
from connectors.mail import folders, imap, tls
from connectors.mail.imap_client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.mail.account import Account, Server


def connect(
    account: Account, server: Server, sign_in: Callable[[Client], None], born: Callable[[Client], None]
) -> imap.Session:
    """Connect and sign in. BadCredentials, or Temporary when the server cannot be reached or trusted.

    born: is handed the connection as soon as it could be cut.
    """
    try:
        client = Client(server, tls.context(account.ca_file), imap.PATIENCE, born)
    except imap.FAILURES as problem:
        raise _unreachable(account, server, problem) from problem
    session = imap.Session(client, account.address)
    try:
        with session.talk(imap.PATIENCE):
            sign_in(client)
            client.capabilities = _capabilities(client)
    except BaseException:
        session.close()
        raise
    return session


def _unreachable(account: Account, server: Server, problem: BaseException) -> Temporary:
    where = f"{server.host} port {server.port}"
    certificate = tls.is_about_certificate(problem)
    if certificate:
        return Temporary(f"{account.address}: the certificate of {where} is not to be trusted: {certificate}.")
    return Temporary(f"{account.address}: the mail server {where} cannot be reached: {imap.reason(problem)}.")


def _capabilities(client: Client) -> tuple[str, ...]:
    """Ask again: what a server can do may show only after signing in."""
    _, data = client.capability()
    line = data[-1] if data and isinstance(data[-1], bytes) else b""
    return tuple(line.decode("ascii", "replace").upper().split())


def with_password(address: str, username: str, password: str) -> Callable[[Client], None]:
    """Sign in with AUTHENTICATE PLAIN (RFC 4616), in UTF-8; with LOGIN where the server knows nothing better."""

    def sign_in(client: Client) -> None:
        if "AUTH=PLAIN" in client.capabilities:
            said = f"\0{username}\0{password}".encode()
            _authenticate(client, address, "PLAIN", said)
        elif "LOGINDISABLED" in client.capabilities or not (username + password).isascii():
            raise Permanent(f"{address}: the mail server offers no way to sign in with this password.")
        else:
            with _signing_in(address):
                client.login(folders.quote(username), password)

    return sign_in


def with_token(address: str, username: str, token: str) -> Callable[[Client], None]:
    """Sign in with XOAUTH2, as Gmail and Microsoft 365 want it."""
    said = f"user={username}\x01auth=Bearer {token}\x01\x01".encode()
    return lambda client: _authenticate(client, address, "XOAUTH2", said)


def _authenticate(client: Client, address: str, mechanism: str, said: bytes) -> None:
    """Say it once; to a second question (XOAUTH2's error text) the answer is empty."""
    turns = iter([said])
    with _signing_in(address):
        client.authenticate(mechanism, lambda _: next(turns, b""))


@contextmanager
def _signing_in(address: str) -> Iterator[None]:
    try:
        yield
    except imaplib2.IMAP4.abort:
        raise
    except imaplib2.IMAP4.error as problem:
        raise _refused(address, problem) from problem


def _refused(address: str, problem: imaplib2.IMAP4.error) -> ChannelError:
    words = problem.args[0] if problem.args else b""
    words = words if isinstance(words, bytes) else str(words).encode("utf-8", "replace")
    said = imap.words([words])
    if imap.is_passing([words]):
        return Temporary(f"{address}: the mail server does not let us sign in just now. It says: {said}")
    return BadCredentials(f"{address}: the password or token was refused. The server says: {said}")
