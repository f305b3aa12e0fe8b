"""Fixtures that every test may ask for; the harnesses behind them are in tests/support."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from chromium import PATIENCE, launched
from dovecot import Dovecot
from hypothesis import HealthCheck, settings
from loopback import Certificates, certificates
from playwright.sync_api import Browser, Page
from postgres import Postgres
from smtp_sink import SmtpSink
from stores import MovedClock, postgres_store, sqlite_store

from inbox.store.db import Store

# Tests try few examples, so that a run is short; `make fuzz` tries many. A slow machine is no error.
settings.register_profile("quick", max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("fuzz", max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

# Which fixture makes a test one of which kind, for `make test ARGS='-m "not browser"'`.
_MARKS = {
    "dovecot": "dovecot",
    "dovecot_tls": "dovecot",
    "postgres_server": "postgres",
    "postgres_url": "postgres",
    "browser": "browser",
    "page": "browser",
}

_PASSES = {
    # Files whose tests wait more than they compute: for processes that die and come back, and for what they do then.
    "patient": {
        *("test_kill.py", "test_send_kill.py", "test_database_restart.py"),
        *("test_disk_full.py", "test_outage.py", "test_day.py", "test_newcomer.py", "test_two_browsers.py"),
        *("test_live.py", "test_stop.py", "test_told.py"),
    },
    # Files and folders whose tests watch a clock, or keep both cores busy by themselves.
    "alone": {"bench", "test_deadlines.py", "test_bell.py", "test_live_thousand.py", "test_speed.py"},
}


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the thousands of other tests unread where one of these passes is asked for."""
    asked = _PASSES.get(config.option.markexpr)
    tests = collection_path.name.startswith("test_")
    return True if asked and tests and asked.isdisjoint(collection_path.parts) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they ask for and the folder they are in; leave to `make fuzz` what takes minutes."""
    if os.environ.get("HYPOTHESIS_PROFILE") != "fuzz":
        config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("exhaustive")])
        items[:] = [item for item in items if not item.get_closest_marker("exhaustive")]
    for item in items:
        for mark, places in _PASSES.items():
            if not places.isdisjoint(item.path.parts):
                item.add_marker(mark)
        for name in {_MARKS[name] for name in getattr(item, "fixturenames", ()) if name in _MARKS}:
            item.add_marker(name)


@pytest.fixture(scope="session")
def tls() -> Certificates:
    """A certificate authority, and a certificate of it for localhost and 127.0.0.1."""
    return certificates()


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """An empty mail server of the test's own: IMAP without TLS, and LMTP."""
    with Dovecot() as server:
        yield server


@pytest.fixture
def dovecot_tls() -> Iterator[Dovecot]:
    """The same with IMAPS on `tls_port` and STARTTLS on `port`."""
    with Dovecot(tls=True) as server:
        yield server


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A mail server that keeps what it is sent, without TLS and without a password."""
    with SmtpSink() as sink:
        yield sink


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for the whole run."""
    with Postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """An empty database of the test's own."""
    url = postgres_server.fresh_database()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def clock() -> MovedClock:
    """Monday, 2 November 2026, 9:00 UTC, until it is moved."""
    return MovedClock()


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, clock: MovedClock, tmp_path: Path) -> Iterator[Store]:
    """An empty, migrated store; every test that asks for it runs on both databases."""
    if request.param == "sqlite":
        with sqlite_store(tmp_path, clock) as made:
            yield made
        return
    with postgres_store(request.getfixturevalue("postgres_server"), clock) as made:
        yield made


@pytest.fixture
def sqlite(clock: MovedClock, tmp_path: Path) -> Iterator[Store]:
    """An empty, migrated store on SQLite."""
    with sqlite_store(tmp_path, clock) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, once for each file of tests: Playwright keeps an event loop running that other files must not meet."""
    with launched() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a person who has never been here."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()
