"""The servers that other tests lean on do what they say."""

from __future__ import annotations

import imaplib
import os
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread, Timer
from typing import Any, LiteralString

import psycopg
import pytest
from dovecot import PASSWORD, USER, Dovecot
from house import House
from loopback import HOST, Certificates
from playwright.sync_api import Error, Page
from postgres import Postgres
from smtp_sink import SmtpSink
from stores import MovedClock, postgres_store

from inbox.flow import erased
from inbox.store.db import Store

RAW = b"From: Ana <ana@example.org>\r\nTo: support@example.com\r\nSubject: Hello\r\n\r\nIt broke.\r\n"
ANA = "ana@example.org"


# Dovecot


def test_mail_is_delivered_and_read(dovecot: Dovecot) -> None:
    dovecot.deliver(RAW)
    [kept] = dovecot.messages()
    assert kept.raw.startswith(b"Return-Path: <customer@example.org>")
    assert kept.raw.endswith(RAW)
    assert kept.flags <= {r"\Recent"}


def test_a_message_is_appended_byte_for_byte(dovecot: Dovecot) -> None:
    uid = dovecot.append(RAW, "Sent", r"\Seen", datetime(2020, 2, 29, 12, tzinfo=UTC))
    [kept] = dovecot.messages(folder="Sent")
    assert (kept.uid, kept.raw) == (uid, RAW)
    assert r"\Seen" in kept.flags


def test_messages_change_and_go(dovecot: Dovecot) -> None:
    first, second, third = (dovecot.append(RAW) for _ in range(3))
    dovecot.set_flags(first, r"\Flagged")
    dovecot.expunge(second)
    dovecot.move(third, "Junk")
    assert [(kept.uid, r"\Flagged" in kept.flags) for kept in dovecot.messages()] == [(first, True)]
    assert len(dovecot.messages(folder="Junk")) == 1


def test_a_lost_index_renews_the_uidvalidity(dovecot: Dovecot) -> None:
    dovecot.append(RAW)
    before = dovecot.uidvalidity()
    assert dovecot.renew_uidvalidity() != before
    assert len(dovecot.messages()) == 1


def test_sessions_drop_at_once_and_the_server_goes_on(dovecot: Dovecot) -> None:
    with dovecot.client() as client:
        client.select()
        assert dovecot.kill_children() == 1
        with pytest.raises((imaplib.IMAP4.abort, OSError)):
            client.noop()
    dovecot.deliver(RAW)
    assert len(dovecot.messages()) == 1


def test_mail_outlives_a_power_cut(dovecot: Dovecot) -> None:
    dovecot.deliver(RAW)
    port = dovecot.port
    dovecot.restart()
    assert dovecot.port == port
    assert len(dovecot.messages()) == 1


def test_tls_is_offered_both_ways(dovecot_tls: Dovecot, tls: Certificates) -> None:
    with imaplib.IMAP4_SSL(HOST, dovecot_tls.tls_port, ssl_context=tls.client_context(), timeout=10) as client:
        assert client.login(USER, PASSWORD)[0] == "OK"
    with imaplib.IMAP4("localhost", dovecot_tls.port, timeout=10) as client:
        assert client.starttls(tls.client_context())[0] == "OK"
        assert client.login(USER, PASSWORD)[0] == "OK"


# The mail sink


def send(sink: SmtpSink, to: str = ANA) -> None:
    with smtplib.SMTP(HOST, sink.port, timeout=5) as client:
        client.sendmail(USER, [to], RAW)


def test_letters_are_kept(smtp_sink: SmtpSink) -> None:
    send(smtp_sink)
    [letter] = smtp_sink.letters
    assert (letter.sender, letter.recipients, letter.raw, letter.encrypted) == (USER, [ANA], RAW, False)


@pytest.mark.parametrize("answer", ["451 4.7.1 Greylisted", "550 5.1.1 Nobody here", "552 5.3.4 Too big"])
def test_a_recipient_is_refused_once(smtp_sink: SmtpSink, answer: str) -> None:
    smtp_sink.refuse("RCPT", answer)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(smtp_sink)
    assert refused.value.recipients[ANA][0] == int(answer[:3])
    send(smtp_sink)
    assert len(smtp_sink.letters) == 1


def test_only_the_named_recipient_is_refused(smtp_sink: SmtpSink) -> None:
    smtp_sink.refuse("RCPT", "550 5.1.1 Nobody here", recipient="gone@example.org")
    send(smtp_sink)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(smtp_sink, "gone@example.org")


def test_the_data_is_refused(smtp_sink: SmtpSink) -> None:
    smtp_sink.refuse("DATA", "451 4.3.0 Try later")
    with pytest.raises(smtplib.SMTPDataError):
        send(smtp_sink)
    assert smtp_sink.letters == []


@pytest.mark.parametrize(("moment", "kept"), [("RCPT", 0), ("DATA", 0), ("ANSWER", 1)])
def test_the_line_drops(smtp_sink: SmtpSink, moment: str, kept: int) -> None:
    smtp_sink.cut(moment)  # type: ignore[arg-type]
    with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
        send(smtp_sink)
    assert len(smtp_sink.letters) == kept


def test_the_server_hangs(smtp_sink: SmtpSink) -> None:
    smtp_sink.hang("RCPT", 30)
    with (
        pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"),
        smtplib.SMTP(HOST, smtp_sink.port, timeout=0.2) as client,
    ):
        client.sendmail(USER, [ANA], RAW)


def test_an_open_connection_does_not_hold_the_stop_up(smtp_sink: SmtpSink) -> None:
    client = smtplib.SMTP(HOST, smtp_sink.port, timeout=5)
    start = time.monotonic()
    smtp_sink.stop()
    assert time.monotonic() - start < 2
    client.close()
    smtp_sink.start()
    send(smtp_sink)


def test_starttls_and_a_password(tls: Certificates) -> None:
    with SmtpSink("starttls", login=(USER, PASSWORD), certificates=tls) as sink:
        with smtplib.SMTP("localhost", sink.port, timeout=5) as client:
            client.starttls(context=tls.client_context())
            client.login(USER, PASSWORD)
            client.sendmail(USER, [ANA], RAW)
        [letter] = sink.letters
        assert (letter.encrypted, letter.login) == (True, USER)


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_wrong_password_is_refused(encrypted: bool, tls: Certificates) -> None:
    sink = SmtpSink("tls" if encrypted else "none", login=(USER, PASSWORD), certificates=tls)
    with sink, _client(sink, tls) as client, pytest.raises(smtplib.SMTPAuthenticationError):
        client.login(USER, "wrong")
    with sink, _client(sink, tls) as client:
        client.login(USER, PASSWORD)


@contextmanager
def _client(sink: SmtpSink, tls: Certificates) -> Iterator[smtplib.SMTP]:
    if sink.security == "tls":
        with smtplib.SMTP_SSL("localhost", sink.port, timeout=5, context=tls.client_context()) as client:
            yield client
    else:
        with smtplib.SMTP("localhost", sink.port, timeout=5) as client:
            yield client


# PostgreSQL


def tabulate(url: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("CREATE TABLE stones (weight integer)")
        connection.execute("INSERT INTO stones VALUES (3)")


def weights(url: str) -> list[int]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return [weight for (weight,) in connection.execute("SELECT weight FROM stones")]


def test_databases_are_apart(postgres_server: Postgres, postgres_url: str) -> None:
    tabulate(postgres_url)
    other = postgres_server.fresh_database()
    with pytest.raises(psycopg.errors.UndefinedTable):
        weights(other)


def test_a_prepared_database_is_copied(postgres_server: Postgres) -> None:
    calls: list[str] = []

    def prepare(url: str) -> None:
        calls.append(url)
        tabulate(url)

    first, second = postgres_server.fresh_database(prepare), postgres_server.fresh_database(prepare)
    assert first != second
    assert weights(first) == weights(second) == [3]
    assert len(calls) == 1


def test_a_database_that_is_given_back_is_as_good_as_new(postgres_server: Postgres) -> None:
    def prepare(url: str) -> None:
        tabulate(url)
        asked(url, "CREATE TABLE guests (id integer GENERATED ALWAYS AS IDENTITY, stone integer)")

    url = postgres_server.fresh_database(prepare)
    for _ in range(5):
        asked(url, "INSERT INTO guests (stone) VALUES (3), (4)")
        before = oids(postgres_server)
        postgres_server.give_back(url)
        url = postgres_server.fresh_database(prepare)
        assert weights(url) == [3]
        assert asked(url, "INSERT INTO guests (stone) VALUES (5) RETURNING id") == [(1,)]
        assert asked(url, "SELECT stone FROM guests") == [(5,)]
    assert oids(postgres_server) == before, "the last ones were used before"


def test_nobody_writes_any_more_in_a_database_that_was_given_back(postgres_server: Postgres) -> None:
    """A guest who is slow to leave could still commit a row, and the next would find it."""

    def prepare(url: str) -> None:
        tabulate(url)

    url = postgres_server.fresh_database(prepare)
    guest = psycopg.connect(url.replace("+psycopg", ""))
    os.kill(guest.info.backend_pid, signal.SIGSTOP)
    goes_on = Timer(0.2, os.kill, (guest.info.backend_pid, signal.SIGCONT))
    goes_on.start()
    postgres_server.give_back(url)
    there = f"SELECT count(*) FROM pg_stat_activity WHERE pid = {guest.info.backend_pid}"
    assert asked(postgres_server.url(), there) == [(0,)]
    goes_on.join()
    guest.close()


@pytest.mark.parametrize("change", ["UPDATE stones SET weight = 4", "CREATE INDEX heavy ON stones (weight)"])
def test_a_database_that_was_changed_is_not_used_again(postgres_server: Postgres, change: str) -> None:
    url = postgres_server.fresh_database(tabulate)
    asked(url, change)
    postgres_server.give_back(url)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        weights(url)


def asked(url: str, query: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        done = connection.execute(query)
        return done.fetchall() if done.description else []


def oids(server: Postgres) -> list[tuple[Any, ...]]:
    return asked(server.url(), "SELECT oid FROM pg_database ORDER BY oid")


@pytest.mark.postgres
@pytest.mark.slow
def test_committed_rows_outlive_a_power_cut() -> None:
    with Postgres(durable=True) as server:
        url = server.fresh_database()
        tabulate(url)
        server.restart()
        assert weights(url) == [3]


# Chromium


class _Greeting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<button onclick='this.textContent = \"Answered\"'>Answer</button>")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    with HTTPServer((HOST, 0), _Greeting) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}/"
        server.shutdown()


def test_a_page_is_clicked(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button").click()
    assert page.get_by_role("button").inner_text() == "Answered"


def test_the_browser_knows_no_other_host(page: Page) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.org/")


# The house


def test_what_one_house_writes_down_no_other_reads(sqlite: Store, postgres_server: Postgres, clock: MovedClock) -> None:
    """Whoever was erased in one story would be erased again in the next, as it starts."""
    with postgres_store(postgres_server, clock) as other:
        houses = [House(one, clock) for one in (sqlite, other)]
        for house in houses:
            erased.note(house.context.settings.data_dir, house.context.vault, [("mail", "carol@example.com")], clock())
        kept = [erased.noted(house.context.settings.data_dir) for house in houses]
        assert [len(one) for one in kept] == [1, 1]
        assert erased.noted(House(other, clock).context.settings.data_dir) == {}
    assert not any(house.context.settings.data_dir.resolve().is_relative_to(Path.cwd()) for house in houses)


# The run


def test_a_pass_that_was_killed_is_no_success(tmp_path: Path) -> None:
    """A machine that runs out of memory ends one of the passes; its last words sound like those of the others."""
    dies = "import os, sys; print('1 passed in 0.01s', flush=True); 'patient' in sys.argv and os.kill(os.getpid(), 9)"
    (tmp_path / "pytest.py").write_text(dies, encoding="utf-8")
    script = Path(__file__).parents[1] / "scripts" / "run_tests.py"
    ended = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "3 passed" in ended.stdout
    assert ended.returncode != 0
