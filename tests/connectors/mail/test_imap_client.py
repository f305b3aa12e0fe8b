"""The hazards of imaplib2, one by one (H1 to H13 of the channel facts), and what we do about each."""

from __future__ import annotations

import io
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout, suppress

import imaplib2
import psutil
import pytest
from dovecot import Dovecot
from hypothesis import given
from hypothesis import strategies as st
from loopback import HOST, certificates, eventually
from odd_imap import PASSWORD, USER, OddImap, Talk

from connectors.errors import BadCredentials, Permanent, Temporary
from connectors.mail import folders, imap, tls
from connectors.mail.account import Server
from connectors.mail.connector import MailboxConnector
from connectors.mail.imap_client import Client

Open = Callable[..., MailboxConnector]


def client_of(server: OddImap, context: ssl.SSLContext | None = None, **more: object) -> Client:
    """Connect without signing in; an authenticated state is claimed, so that every command may be tried."""
    where = Server(HOST, server.port, "none", USER, PASSWORD)
    client = Client(where, context or tls.context(""), 2.0, lambda _: None)
    client.state = "SELECTED"
    return client


# H1: certificates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("implicit", [True, False], ids=["tls", "starttls"])
def test_a_right_certificate_is_trusted(mailbox: Open, implicit: bool) -> None:
    with OddImap({1: b"Subject: 1\r\n\r\n"}, certificates=certificates(), implicit_tls=implicit) as server:
        connector = mailbox(
            server,
            imap_host="localhost",
            imap_security="tls" if implicit else "starttls",
            ca_file=str(certificates().authority),
        )
        assert len(connector.fetch(None).arrivals) == 1
    assert server.said == [f"\0{USER}\0{PASSWORD}".encode()]


@pytest.mark.parametrize("implicit", [True, False], ids=["tls", "starttls"])
@pytest.mark.parametrize(
    ("host", "trusts", "words"),
    [
        ("localhost", False, "unable to get local issuer certificate"),
        ("127.0.0.2", True, "IP address mismatch"),
        ("127.1", True, "mismatch"),
    ],
)
def test_a_wrong_certificate_hears_no_password(
    mailbox: Open, implicit: bool, host: str, trusts: bool, words: str
) -> None:
    with OddImap(certificates=certificates(), implicit_tls=implicit, host="0.0.0.0") as server:
        connector = mailbox(
            server,
            imap_host=host,
            imap_security="tls" if implicit else "starttls",
            ca_file=str(certificates().authority) if trusts else "",
        )
        with pytest.raises(Temporary, match=f"certificate of .* is not to be trusted: .*{words}"):
            connector.fetch(None)
    assert server.said == []


def test_what_a_stranger_puts_behind_starttls_is_not_believed(mailbox: Open) -> None:
    def inject(talk: Talk, tag: str, _args: str) -> None:
        talk.raw(f"{tag} OK begin\r\n* PREAUTH in\r\n".encode())
        talk.silence()

    with OddImap(certificates=certificates(), odd={"STARTTLS": inject}) as server:
        connector = mailbox(server, imap_security="starttls", ca_file=str(certificates().authority))
        with pytest.raises(Temporary, match="does not offer STARTTLS"):
            connector.fetch(None)
    assert server.said == []


@pytest.mark.parametrize("greeting", ["* PREAUTH in", "* BYE no", "hello"])
def test_a_server_that_would_skip_starttls_is_left(mailbox: Open, greeting: str) -> None:
    with OddImap(odd={"GREETING": lambda talk, *_: talk.send(greeting)}) as server:
        connector = mailbox(server, imap_security="starttls")
        with pytest.raises(Temporary, match="did not greet"):
            connector.fetch(None)
    assert server.lines == []


def test_a_real_server_speaks_tls_both_ways(dovecot: Dovecot, mailbox: Open) -> None:
    for security, port in (("tls", dovecot.tls_port), ("starttls", dovecot.port)):
        mailbox(
            dovecot,
            imap_host="localhost",
            imap_port=str(port),
            imap_security=security,
            ca_file=str(dovecot.authority),
        ).check()


# H3: signing in -----------------------------------------------------------------------------------------------------


def test_a_password_goes_as_utf8(mailbox: Open) -> None:
    with OddImap(odd={"AUTHENTICATE": _take_anything}) as server:
        mailbox(server, password="pässwörd 鍵").fetch(None)
    assert server.said == ["\0support@example.com\0pässwörd 鍵".encode()]


def _take_anything(talk: Talk, tag: str, _args: str) -> None:
    from base64 import b64decode

    talk.send("+ ")
    talk.server.said.append(b64decode(talk.line()))
    talk.send(f"{tag} OK in")


def test_login_is_for_servers_that_know_nothing_better(mailbox: Open) -> None:
    with OddImap(capabilities="IMAP4rev1") as server:
        mailbox(server, password='cor"rect \\ horse').fetch(None)
        with pytest.raises(Permanent, match="no way to sign in"):
            mailbox(server, password="pässwörd").fetch(None)
        server.capabilities = "IMAP4rev1 LOGINDISABLED"
        with pytest.raises(Permanent, match="no way to sign in"):
            mailbox(server).fetch(None)
    assert server.said == [rb'"support@example.com" "cor\"rect \\ horse"']


def test_a_wrong_password_leaves_nothing_behind(dovecot: Dovecot, mailbox: Open, nothing_left: None) -> None:
    connector = mailbox(dovecot, password="wrong")
    with pytest.raises(BadCredentials, match=r"support@example\.com: the password or token was refused"):
        connector.check()


# H4 and S6: one command is one command ------------------------------------------------------------------------------

CORPUS = [
    'INBOX"\r\nZ1 DELETE "Archive',
    "INBOX\nZ1 NOOP",
    "INBOX\rZ1 NOOP",
    "INBOX\0",
    "a\x1bb",
    "\x7f",
    "x {3+}\r\nabc",
]


@pytest.mark.parametrize("text", CORPUS)
def test_no_argument_carries_a_second_command(text: str) -> None:
    with OddImap() as server:
        client = client_of(server)
        before = len(server.lines)
        attempts: list[Callable[[], object]] = [
            lambda: client.select(text, readonly=True),
            lambda: client.uid("FETCH", text, "(UID)"),
            lambda: client.uid("SEARCH", "HEADER", "Message-ID", text),
            lambda: client.list(text, text),
            lambda: client.login(text, "x"),
            lambda: client.login("x", text),
            lambda: client.append(text, "", None, b""),
            lambda: client.authenticate(text, lambda _: b""),
            lambda: client.uid(text.encode(), "x"),
        ]
        for attempt in attempts:
            client.state = "NONAUTH" if attempt in (attempts[4], attempts[5], attempts[7]) else "SELECTED"
            with pytest.raises((Permanent, KeyError)):
                attempt()
        client.noop()
        assert [line.partition(" ")[2] for line in server.lines[before:]] == ["NOOP"]
        client.leave()


@pytest.mark.parametrize("text", CORPUS)
def test_settings_with_control_characters_are_refused(mailbox: Open, text: str) -> None:
    with OddImap() as server:
        for name in ("inbox_folder", "sent_folder", "username", "address", "imap_host"):
            with pytest.raises(Permanent, match="cannot be right"):
                mailbox(server, **{name: text + "x"})


@pytest.mark.fuzz
@given(st.text())
def test_folder_names_come_back_from_modified_utf7(name: str) -> None:
    coded = folders.encode(name)
    assert coded.isascii()
    assert coded.isprintable()
    if not any("\ud800" <= char <= "\udfff" for char in name):
        assert folders.decode(coded) == name


@pytest.mark.parametrize(
    ("plain", "coded"),
    [
        ("INBOX", "INBOX"),
        ("A & B", "A &- B"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501 section 5.1.3
        ("Gelöscht", "Gel&APY-scht"),
    ],
)
def test_folder_names_as_the_standard_writes_them(plain: str, coded: str) -> None:
    assert folders.encode(plain) == coded
    assert folders.decode(coded) == plain


# H2, H5, H6, H12: ends ----------------------------------------------------------------------------------------------


def test_a_command_after_the_end_is_an_abort_and_does_not_hang(nothing_left: None) -> None:
    with OddImap() as server:
        client = client_of(server)
        client.kill()
        assert eventually(lambda: client.Terminate)
        with pytest.raises(imaplib2.IMAP4.abort):
            client.noop()
        client.leave()
        client.leave()


def test_a_bye_while_idle_is_temporary(mailbox: Open, nothing_left: None) -> None:
    def bye(talk: Talk, _tag: str, _args: str) -> None:
        talk.send("+ idling", "* BYE shutting down")
        talk.cut()

    with OddImap(odd={"IDLE": bye}) as server:
        connector = mailbox(server)
        began = time.monotonic()
        with pytest.raises(Temporary, match="broke"):
            connector.wait(10)
        assert time.monotonic() - began < 5


def test_news_right_behind_the_continuation_rings(mailbox: Open) -> None:
    def ring(talk: Talk, tag: str, _args: str) -> None:
        talk.send("+ idling", "* 3 EXISTS")
        talk.line()
        talk.send(f"{tag} OK done")

    with OddImap(odd={"IDLE": ring}) as server:
        began = time.monotonic()
        assert mailbox(server).wait(10)
        assert time.monotonic() - began < 5


def test_a_server_without_idle_is_asked_at_leisure(mailbox: Open) -> None:
    with OddImap(capabilities="IMAP4rev1 AUTH=PLAIN") as server:
        connector = mailbox(server)
        began = time.monotonic()
        assert not connector.wait(0.3)
        assert time.monotonic() - began > 0.25
        threading.Timer(0.2, connector.close).start()
        assert not connector.wait(30)
        assert time.monotonic() - began < 15


def test_idle_that_shows_only_after_signing_in_is_used(mailbox: Open) -> None:
    """H8: capabilities are asked for again."""

    def signed_in(talk: Talk, tag: str, _args: str) -> None:
        talk.server.capabilities = "IMAP4rev1 IDLE"
        _take_anything(talk, tag, "")

    with OddImap(capabilities="IMAP4rev1 AUTH=PLAIN", odd={"AUTHENTICATE": signed_in}) as server:
        assert not mailbox(server).wait(0.4)
        assert "IDLE" in server.commands


def test_nothing_is_printed_and_nothing_warned(dovecot: Dovecot, mailbox: Open) -> None:
    """H13."""
    said = io.StringIO()
    with redirect_stderr(said), redirect_stdout(said):
        connector = mailbox(dovecot)
        connector.fetch(None)
        with suppress(psutil.NoSuchProcess):
            dovecot.kill_children()
        connector.fetch(None)
        connector.close()
    assert said.getvalue() == ""


def test_a_large_mail_is_not_held_many_times_over(mailbox: Open) -> None:
    """H7."""
    raw = b"Subject: large\r\n\r\n" + b"x" * 20_000_000
    with OddImap({1: raw}) as server:
        connector = mailbox(server)
        connector.check()
        tracemalloc.start()
        assert connector.fetch(None).arrivals[0].raw == raw
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 5 * len(raw)  # the made-up server's own copy included


def test_ranges_are_short_and_whole() -> None:
    assert imap._ranges([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"
    assert imap._ranges([5]) == "5"
