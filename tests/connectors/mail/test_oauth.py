"""Signing in without a password: tokens are renewed in time, once, and a new refresh token reaches its owner."""

from __future__ import annotations

import json
import socket
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
from loopback import HOST
from odd_imap import OddImap, Talk
from token_server import TokenServer

from connectors.contract import Handle, Outbound
from connectors.errors import BadCredentials, ChannelError, Temporary
from connectors.mail.connector import MailboxConnector, MailChannel, MailConnector

Open = Callable[..., MailboxConnector]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture
def service() -> Iterator[TokenServer]:
    with TokenServer() as made:
        yield made


def settings(service: TokenServer, **more: str) -> dict[str, str]:
    return {
        "auth": "oauth",
        "password": "",
        "oauth_client_id": "client",
        "oauth_client_secret": "secret",
        "oauth_refresh_token": "refresh-0",
        "oauth_token_url": service.url,
        **more,
    }


def says(token: str) -> bytes:
    return f"user=support@example.com\x01auth=Bearer {token}\x01\x01".encode()


def only(*good: str) -> Callable[[Talk, str, str], None]:
    """Take these tokens, and explain to others in a challenge why not, as Gmail does."""

    def authenticate(talk: Talk, tag: str, _args: str) -> None:
        talk.send("+ ")
        said = b64decode(talk.line())
        talk.server.said.append(said)
        if said in map(says, good):
            talk.send(f"{tag} OK in")
            return
        talk.send("+ eyJzdGF0dXMiOiI0MDAifQ==")
        talk.line()
        talk.send(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials")

    return authenticate


def test_a_token_opens_the_mailbox_and_is_kept(service: TokenServer, mailbox: Open) -> None:
    with OddImap() as server:
        connector = mailbox(server, **settings(service))
        connector.fetch(None)
        assert not connector.wait(0.2)
        assert server.said == [says("token-1"), says("token-1")]
    assert service.forms == [
        {
            "grant_type": "refresh_token",
            "refresh_token": "refresh-0",
            "client_id": "client",
            "client_secret": "secret",
        }
    ]


def test_a_token_that_is_refused_is_renewed_once(service: TokenServer, mailbox: Open) -> None:
    with OddImap(odd={"AUTHENTICATE": only("token-2")}) as server:
        mailbox(server, **settings(service)).fetch(None)
        assert server.said == [says("token-1"), says("token-2")]
    with OddImap(odd={"AUTHENTICATE": only()}) as server:
        with pytest.raises(BadCredentials, match="Invalid credentials"):
            mailbox(server, **settings(service)).fetch(None)
        assert len(server.said) == 2


def test_a_token_near_its_end_is_renewed_before(service: TokenServer, mailbox: Open) -> None:
    service.lifetime = "60"  # some say it in text
    with OddImap() as server:
        connector = mailbox(server, **settings(service))
        connector.fetch(None)
        connector.wait(0.2)
    assert len(service.forms) == 2


def test_a_new_refresh_token_reaches_its_owner_and_is_used(service: TokenServer, mailbox: Open) -> None:
    service.lifetime, service.new_refresh_token = 0, "refresh-1"
    told: list[tuple[str, str]] = []
    with OddImap() as server:
        connector = mailbox(server, **settings(service))
        connector.on_new_secret = lambda name, value: told.append((name, value))
        connector.fetch(None)
        connector.wait(0.2)
    assert told == [("oauth_refresh_token", "refresh-1")]
    assert [form["refresh_token"] for form in service.forms] == ["refresh-0", "refresh-1"]


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "words"),
    [
        (400, {}, b'{"error": "invalid_grant"}', BadCredentials, r"withdrawn \(invalid_grant\)"),
        (401, {}, b"", BadCredentials, r"withdrawn \(HTTP 401\)"),
        (429, {"retry-after": "7"}, b"", Temporary, "busy"),
        (503, {}, b"<html>", Temporary, "busy"),
        (200, {}, b"<html>", Temporary, "without a token"),
        (200, {}, b'["token"]', Temporary, "without a token"),
        (200, {}, json.dumps({"access_token": "a\x01b"}).encode(), Temporary, "without a token"),
    ],
)
def test_what_each_answer_means(
    service: TokenServer,
    mailbox: Open,
    status: int,
    headers: dict[str, str],
    body: bytes,
    error: type[ChannelError],
    words: str,
) -> None:
    service.answers.append((status, headers, body))
    with OddImap() as server, pytest.raises(error, match=rf"support@example\.com: .*{words}") as caught:
        mailbox(server, **settings(service)).fetch(None)
    assert getattr(caught.value, "retry_after", None) == (7 if headers else None)
    assert server.connections == 0


def test_a_service_that_is_away_is_temporary(service: TokenServer, mailbox: Open) -> None:
    with OddImap() as server, pytest.raises(Temporary, match="cannot be reached"):
        mailbox(server, **settings(service, oauth_token_url="http://127.0.0.1:1/token")).fetch(None)


# Sending ------------------------------------------------------------------------------------------------------------


def smtp_server(lines: list[str], *good: str) -> Callable[[socket.socket], None]:
    """Speak as much SMTP as a sign-in needs, and write down what was said."""
    answers = {"EHLO": "250-hello\r\n250 AUTH XOAUTH2", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go"}

    def serve(talk: socket.socket) -> None:
        talk.sendall(b"220 hi\r\n")
        for raw in talk.makefile("rb"):
            line = raw.decode().strip()
            word, _, rest = line.partition(" ")
            word = word.upper()
            if word == "AUTH":
                lines.append(b64decode(rest.split()[1]).decode())
                talk.sendall(b"235 in\r\n" if lines[-1].encode() in map(says, good) else b"334 eyJzIjoiNDAxIn0=\r\n")
            elif line == "" and lines[-1:] != ["DATA"]:
                talk.sendall(b"535 5.7.8 Not accepted\r\n")
            elif line == ".":
                talk.sendall(b"250 kept\r\n")
            elif word in answers:
                lines.append(word)
                talk.sendall(answers[word].encode() + b"\r\n")

    return serve


@contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    with socket.create_server((HOST, 0)) as listener:

        def run() -> None:
            talk, _ = listener.accept()
            with talk, suppress(OSError):
                serve(talk)

        thread = threading.Thread(target=run)
        thread.start()
        yield str(listener.getsockname()[1])
        thread.join(5)


def sender(port: str, service: TokenServer) -> MailConnector:
    more = {"address": "support@example.com", "smtp_host": HOST, "smtp_port": port, "smtp_security": "none"}
    return MailChannel().open({**more, **settings(service)}, lambda: NOON)


def test_a_token_sends_and_is_renewed_once_when_refused(service: TokenServer) -> None:
    lines: list[str] = []
    with listening(smtp_server(lines, "token-2")) as port:
        sender(port, service).send(Outbound("k", (Handle("mail", "alice@example.org"),), "Hi", "Hello.", NOON))
    assert lines == ["EHLO", says("token-1").decode(), says("token-2").decode(), "MAIL", "RCPT", "DATA"]


def test_tokens_that_are_always_refused_ask_for_a_person(service: TokenServer) -> None:
    with listening(smtp_server([])) as port, pytest.raises(BadCredentials, match=r"5\.7\.8 Not accepted"):
        sender(port, service).check()
