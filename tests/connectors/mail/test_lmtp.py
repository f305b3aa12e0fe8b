"""The door: 250 means stored, anything else means the mail server comes again."""

from __future__ import annotations

import smtplib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

import pytest
from loopback import HOST, eventually

from connectors.contract import Arrival
from connectors.errors import Permanent, Temporary
from connectors.mail.lmtp import Door, base

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HELLO = b"Subject: hello\r\n\r\nIt is Bob.\r\n"


class Cellar:
    """Where the door puts mail; a test may make it fail, or hold it."""

    def __init__(self) -> None:
        self.kept: list[tuple[Arrival, list[str]]] = []
        self.problem: Exception | None = None
        self.begun = threading.Event()
        self.held = threading.Event()
        self.held.set()

    def store(self, arrival: Arrival, recipients: Sequence[str]) -> None:
        self.begun.set()
        self.held.wait(10)
        if self.problem:
            raise self.problem
        self.kept.append((arrival, list(recipients)))


def ours(address: str) -> bool:
    return address in {"support@example.com", "sales@example.com"}


@contextmanager
def door(cellar: Cellar, **more: object) -> Iterator[Door]:
    made = Door(HOST, 0, cellar.store, ours, clock=lambda: NOON, **more)  # type: ignore[arg-type]
    made.start()
    try:
        yield made
    finally:
        made.stop()


class Client:
    """Speaks LMTP line by line; the standard library's client hears only one of several answers."""

    def __init__(self, opened: Door, hello: str = "LHLO alice.example.org") -> None:
        self.socket = socket.create_connection((HOST, opened.port), timeout=5)
        self.file = self.socket.makefile("rb")
        self.greeting = self.answer()
        if hello:
            self.say(hello)

    def answer(self) -> str:
        lines = [self.file.readline().decode()]
        while lines[-1][3:4] == "-":
            lines.append(self.file.readline().decode())
        return lines[-1].strip()

    def say(self, line: str) -> str:
        self.socket.sendall(line.encode() + b"\r\n")
        return self.answer()

    def mail(self, raw: bytes, *recipients: str, sender: str = "bob@example.org") -> list[str]:
        """Hand a mail over and return every answer after its end."""
        self.say(f"MAIL FROM:<{sender}>")
        taken = [one for one in recipients if self.say(f"RCPT TO:<{one}>").startswith("250")]
        assert self.say("DATA").startswith("354")
        self.socket.sendall(raw + b".\r\n")
        return [self.answer() for _ in taken]

    def close(self) -> None:
        self.file.close()
        self.socket.close()


def drip(victim: socket.socket) -> None:
    """Send a line now and then, until the other side has had enough."""
    ends_at = time.monotonic() + 5
    with suppress(OSError):
        while time.monotonic() < ends_at:
            victim.sendall(b"drip\r\n")
            time.sleep(0.05)


@pytest.fixture
def cellar() -> Cellar:
    return Cellar()


@pytest.fixture
def visit() -> Iterator[Callable[..., Client]]:
    opened: list[Client] = []

    def make(*args: object, **more: object) -> Client:
        opened.append(Client(*args, **more))  # type: ignore[arg-type]
        return opened[-1]

    yield make
    for client in opened:
        client.close()


def test_a_mail_is_stored_before_it_is_answered(cellar: Cellar, visit: Callable[..., Client]) -> None:
    cellar.held.clear()
    with door(cellar) as opened:
        client = visit(opened)
        client.say("MAIL FROM:<bob@example.org>")
        client.say("RCPT TO:<support+t0ken@example.com>")
        client.say("DATA")
        client.socket.sendall(HELLO + b".\r\n")
        client.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            client.socket.recv(1)
        cellar.held.set()
        client.socket.settimeout(5)
        assert client.socket.recv(100).startswith(b"250")
    arrival, recipients = cellar.kept[0]
    assert recipients == ["support+t0ken@example.com"]
    assert arrival.raw == HELLO
    assert arrival.received_at == NOON
    assert arrival.facts == {"mail_from": "bob@example.org", "rcpt_to": "support+t0ken@example.com"}


def test_each_recipient_has_an_answer_and_each_account_an_arrival(cellar: Cellar, visit: Callable[..., Client]) -> None:
    with door(cellar) as opened:
        answers = visit(opened).mail(HELLO, "support@example.com", "sales@example.com", "Support+a@Example.com")
    assert [answer[:3] for answer in answers] == ["250", "250", "250"]
    assert [recipients for _, recipients in cellar.kept] == [
        ["support@example.com", "Support+a@Example.com"],
        ["sales@example.com"],
    ]
    assert len({arrival.external_id for arrival, _ in cellar.kept}) == 2


def test_a_mail_that_comes_again_has_the_same_name(cellar: Cellar, visit: Callable[..., Client]) -> None:
    with door(cellar) as opened:
        client = visit(opened)
        client.mail(HELLO, "support@example.com")
        client.mail(HELLO, "support+b@example.com")
    assert cellar.kept[0][0].external_id == cellar.kept[1][0].external_id


def test_strangers_are_refused_at_the_door(cellar: Cellar, visit: Callable[..., Client]) -> None:
    with door(cellar) as opened:
        client = visit(opened)
        client.say("MAIL FROM:<mallory@example.net>")
        assert client.say("RCPT TO:<mallory@example.net>").startswith("550 5.1.1")
        assert client.say("DATA").startswith("503")


def test_the_null_sender_of_bounces_is_welcome(cellar: Cellar, visit: Callable[..., Client]) -> None:
    with door(cellar) as opened:
        assert visit(opened).mail(HELLO, "support@example.com", sender="")[0].startswith("250")
    assert cellar.kept[0][0].facts["mail_from"] == ""


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (Temporary("The disk is full."), "451 4.3.0 The disk is full."),
        (Permanent("The account\r\n250 is gone."), "451 4.3.0 The account 250 is gone."),
        (ValueError("secret"), "451 4.3.0 The mail could not be stored just now"),
        (MemoryError(), "451 4.3.0 The mail could not be stored just now"),
    ],
)
def test_what_is_not_stored_is_asked_for_again(
    cellar: Cellar, visit: Callable[..., Client], problem: Exception, words: str
) -> None:
    cellar.problem = problem
    with door(cellar) as opened:
        assert visit(opened).mail(HELLO, "support@example.com", "sales@example.com") == [words, words]


def test_a_register_that_fails_refuses_nobody_for_good(cellar: Cellar, visit: Callable[..., Client]) -> None:
    def broken(_: str) -> bool:
        raise OSError

    opened = Door(HOST, 0, cellar.store, broken, clock=lambda: NOON)
    opened.start()
    try:
        client = visit(opened)
        client.say("MAIL FROM:<bob@example.org>")
        assert client.say("RCPT TO:<support@example.com>").startswith("451")
    finally:
        opened.stop()


def test_a_mail_over_the_limit_is_refused_once_for_each_recipient(cellar: Cellar, visit: Callable[..., Client]) -> None:
    with door(cellar, max_size=10_000) as opened:
        client = visit(opened)
        assert client.say("MAIL FROM:<bob@example.org> SIZE=20000").startswith("552")
        answers = client.mail(b"x\r\n" * 10_000, "support@example.com", "sales@example.com")
        assert [answer[:3] for answer in answers] == ["552", "552"]
        assert client.mail(HELLO, "support@example.com")[0].startswith("250")
    assert len(cellar.kept) == 1


def test_lines_longer_than_the_standard_allows_arrive_whole(cellar: Cellar, visit: Callable[..., Client]) -> None:
    raw = b"Subject: long\r\n\r\n" + b"y" * 200_000 + b"\r\n.. a dot\r\nbare\nline\rends\r\n"
    with door(cellar) as opened:
        visit(opened).mail(raw.replace(b"\r\n.", b"\r\n.."), "support@example.com")
    assert cellar.kept[0][0].raw == raw


def test_bare_line_ends_do_not_smuggle_a_second_mail(cellar: Cellar, visit: Callable[..., Client]) -> None:
    raw = b"Subject: one\r\n\r\nx\n.\nMAIL FROM:<mallory@example.net>\r\n\n.\r\n.\r\n"
    with door(cellar) as opened:
        client = visit(opened)
        client.mail(raw[:-3], "support@example.com")
    assert len(cellar.kept) == 1
    assert b"mallory" in cellar.kept[0][0].raw


def test_smtp_has_one_answer_and_asks_again_unless_all_is_stored(cellar: Cellar) -> None:
    with door(cellar, protocol="smtp") as opened, smtplib.SMTP(HOST, opened.port) as alice:
        alice.sendmail("bob@example.org", ["support@example.com", "sales@example.com"], HELLO)
        assert len(cellar.kept) == 2
        cellar.problem = Temporary("Busy.")
        with pytest.raises(smtplib.SMTPDataError, match="Busy"):
            alice.sendmail("bob@example.org", ["support@example.com"], HELLO)


def test_a_guest_who_never_ends_his_mail_is_shown_out(cellar: Cellar, visit: Callable[..., Client]) -> None:
    with door(cellar, patience=0.5) as opened:
        client = visit(opened)
        client.say("MAIL FROM:<mallory@example.net>")
        client.say("RCPT TO:<support@example.com>")
        client.say("DATA")
        drip(client.socket)
        assert eventually(lambda: not opened.open)
    assert not cellar.kept


def test_a_guest_too_many_is_asked_to_come_again(cellar: Cellar, visit: Callable[..., Client]) -> None:
    with door(cellar, max_connections=2) as opened:
        first = visit(opened)
        visit(opened)
        assert visit(opened, hello="").greeting.startswith("421")
        first.close()
        assert eventually(lambda: len(opened.open) == 1)
        assert visit(opened).greeting.startswith("220")


def test_stopping_answers_what_is_being_stored_and_leaves_no_thread(
    cellar: Cellar, visit: Callable[..., Client]
) -> None:
    before = threading.active_count()
    cellar.held.clear()
    with door(cellar) as opened:
        client, idle = visit(opened), visit(opened)
        client.say("MAIL FROM:<bob@example.org>")
        client.say("RCPT TO:<support@example.com>")
        client.say("DATA")
        client.socket.sendall(HELLO + b".\r\n")
        threading.Timer(0.2, cellar.held.set).start()
        assert cellar.begun.wait(5)
        opened.stop()
        opened.stop()
        assert client.answer().startswith("250")
        assert idle.file.read() == b""
    assert eventually(lambda: threading.active_count() == before)


def test_a_taken_port_is_said_in_one_sentence(cellar: Cellar) -> None:
    with door(cellar) as opened, pytest.raises(Permanent, match=r"cannot listen on 127\.0\.0\.1 port"):
        Door(HOST, opened.port, cellar.store, ours, clock=lambda: NOON).start()


def test_plus_parts_belong_to_their_base_address() -> None:
    assert base("<Support+a+b@Example.com>") == "support@example.com"
