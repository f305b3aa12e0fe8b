"""What the tests of mail share: an account on a server, a moment in time, and a count of what was left behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dovecot import Dovecot
from loopback import HOST, eventually
from odd_imap import OddImap

from connectors.mail import imap, imap_client
from connectors.mail.connector import MailboxConnector, MailChannel

Open = Callable[..., MailboxConnector]


def now() -> datetime:
    return datetime.now(UTC)


def settings_for(server: Dovecot | OddImap, **more: str) -> dict[str, str]:
    """Describe an account on this server."""
    return {
        "address": "support@example.com",
        "password": "correct horse",
        "imap_host": HOST,
        "imap_port": str(server.port),
        "imap_security": "none",
        **more,
    }


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """Start a real mail server for one test; it takes a tenth of a second."""
    with Dovecot(tls=True) as server:
        yield server


@pytest.fixture
def mailbox() -> Iterator[Callable[..., MailboxConnector]]:
    """Open accounts, and close them after the test."""
    opened: list[MailboxConnector] = []

    def make(server: Dovecot | OddImap, clock: Callable[[], datetime] = now, **more: str) -> MailboxConnector:
        connector = MailChannel().open(settings_for(server, **more), clock)
        assert isinstance(connector, MailboxConnector)
        opened.append(connector)
        return connector

    yield make
    for connector in opened:
        connector.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the patience with a silent server short enough for a test."""
    monkeypatch.setattr(imap, "PATIENCE", 0.8)
    monkeypatch.setattr(imap_client, "_TICK_MS", 100)


@pytest.fixture
def nothing_left() -> Iterator[None]:
    """Fail when the test leaves a thread or a descriptor behind."""
    threads, descriptors = threading.active_count(), _descriptors()
    yield
    assert eventually(lambda: threading.active_count() <= threads, 5), threading.enumerate()
    assert eventually(lambda: _descriptors() <= descriptors, 5)


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())
