"""Servers that fall silent, drip, flood, change their folders or die: it is said in time, and nobody rushes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count

import pytest
from odd_imap import HONESTLY, OddImap, Talk
from odd_mail import mail, mails, numbers, once

from connectors.errors import BadCredentials, Permanent, Temporary
from connectors.mail import imap
from connectors.mail.connector import MailboxConnector
from connectors.mail.imap_client import _TALK

Open = Callable[..., MailboxConnector]
pytestmark = pytest.mark.usefixtures("impatient", "nothing_left")


@pytest.mark.parametrize("moment", ["GREETING", "CAPABILITY", "AUTHENTICATE", "EXAMINE", "SEARCH", "SIZES", "BODIES"])
def test_silence_at_any_moment_ends_in_time(mailbox: Open, moment: str) -> None:
    with OddImap(mails(1), odd={moment: once(lambda talk, *_: talk.silence())}) as server:
        connector = mailbox(server)
        began = time.monotonic()
        with pytest.raises(Temporary, match=r"support@example\.com: .*(silent|cannot be reached|broke)"):
            connector.fetch(None)
        assert time.monotonic() - began < 10
        assert numbers(connector.fetch(None)) == [1]


@pytest.mark.parametrize("moment", ["GREETING", "EXAMINE", "BODIES"])
def test_a_drip_at_any_moment_ends_in_time(mailbox: Open, moment: str) -> None:
    line = {"GREETING": b"* ", "EXAMINE": b"* 1 EXISTS\r\n", "BODIES": b"* 1 FETCH (FLAGS ())\r\n"}[moment]
    with OddImap(mails(1), odd={moment: once(lambda talk, *_: talk.drip(line))}) as server:
        connector = mailbox(server)
        began = time.monotonic()
        with pytest.raises(Temporary):
            connector.fetch(None)
        assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "flood",
    [
        b"* OK " + b"x" * (_TALK // 2),  # one line without end
        b"* 1 FETCH (UID 1 BODY[] {99999999999}\r\n",  # a literal that nobody can hold
        b"* 1 FETCH (FLAGS (\\Seen))\r\n" * 50_000,  # chatter without end
    ],
    ids=["line", "literal", "chatter"],
)
def test_a_flood_is_cut_off(mailbox: Open, flood: bytes) -> None:
    def pour(talk: Talk, _tag: str, _args: str) -> None:
        for _ in range(40):
            talk.raw(flood)
        talk.silence()

    with OddImap(mails(1), odd={"SIZES": once(pour)}) as server:
        connector = mailbox(server)
        with pytest.raises(Temporary, match=r"far more than it was asked for|took too long"):
            connector.fetch(None)
        assert numbers(connector.fetch(None)) == [1]


def test_a_new_uidvalidity_begins_the_folder_anew(mailbox: Open) -> None:
    with OddImap(mails(2)) as server:
        connector = mailbox(server)
        batch = connector.fetch(None)
        server.validity = 8
        again = connector.fetch(batch.cursor)
        assert [arrival.external_id for arrival in again.arrivals] == ["INBOX;8;1", "INBOX;8;2"]
        assert numbers(connector.fetch(again.cursor)) == []


def test_a_uidvalidity_that_changes_at_every_look_is_said_and_not_chased(mailbox: Open) -> None:
    looks = count(100)

    def change(talk: Talk, _tag: str, _args: str) -> object:
        talk.server.validity = next(looks)
        return HONESTLY

    with OddImap(mails(1), odd={"EXAMINE": change}) as server:
        connector = mailbox(server)
        cursor = None
        for _ in range(4):
            cursor = connector.fetch(cursor).cursor
        with pytest.raises(Temporary, match="UIDVALIDITY") as caught:
            connector.fetch(cursor)
        assert caught.value.retry_after == 300
        assert len(server.commands) < 60


def test_a_folder_made_anew_between_size_and_body_mixes_nothing(mailbox: Open) -> None:
    def change(talk: Talk, _tag: str, _args: str) -> object:
        talk.server.validity = 9
        return HONESTLY

    with OddImap(mails(1), folders={"Sent": {1: mail(51)}}, odd={"SIZES": once(change)}) as server:
        connector = mailbox(server)
        with pytest.raises(Temporary, match="made anew"):
            connector.fetch(None)
        assert {a.external_id for a in connector.fetch(None).arrivals} == {"INBOX;9;1", "Sent;9;1"}


def test_a_folder_without_uidvalidity_cannot_be_read_safely(mailbox: Open) -> None:
    def bare(talk: Talk, tag: str, _args: str) -> None:
        talk.send("* 1 EXISTS", f"{tag} OK [READ-ONLY] done")

    with OddImap(mails(1), odd={"EXAMINE": bare}) as server, pytest.raises(Permanent, match="no UIDVALIDITY"):
        mailbox(server).fetch(None)


def test_a_missing_sent_folder_is_said_and_the_inbox_goes_on(mailbox: Open) -> None:
    with OddImap(mails(1)) as server:
        connector = mailbox(server, sent_folder="Gesendet")
        assert numbers(connector.fetch(None)) == [1]
        assert "“Gesendet” cannot be opened" in connector.trouble
        assert connector.list_ids('["Gesendet", 1]').external_ids == []
        with pytest.raises(Permanent, match=r"“Gesendet” cannot be opened\. The server says: .*no such folder"):
            connector.check()


def test_a_missing_inbox_is_an_error_once_the_sent_folder_is_read(mailbox: Open) -> None:
    with OddImap(folders={"Sent": {4: mail(4)}}) as server:
        connector = mailbox(server, inbox_folder="Posteingang")
        batch = connector.fetch(None)
        assert [arrival.direction for arrival in batch.arrivals] == ["out"]
        with pytest.raises(Permanent, match="“Posteingang” cannot be opened"):
            connector.fetch(batch.cursor)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("NO [AUTHENTICATIONFAILED] Wrong.", BadCredentials),
        ("NO wrong", BadCredentials),
        ("BAD no", BadCredentials),
        ("NO [UNAVAILABLE] Database is down.", Temporary),
        ("NO [ALERT] Too many simultaneous connections. (Failure)", Temporary),
    ],
)
def test_what_a_refused_sign_in_means(mailbox: Open, answer: str, error: type[Exception]) -> None:
    def refuse(talk: Talk, tag: str, _args: str) -> None:
        talk.send("+ ")
        talk.line()
        talk.send(f"{tag} {answer}")

    with OddImap(odd={"AUTHENTICATE": refuse}) as server, pytest.raises(error, match=r"support@example\.com: "):
        mailbox(server).fetch(None)


@pytest.mark.parametrize(
    "greeting", [b"* BYE too busy\r\n", b"220 mail.example.com ESMTP\r\n", b"\x16\x03\x01\x00\r\n", b""]
)
def test_who_is_no_imap_server_is_left_alone(mailbox: Open, greeting: bytes) -> None:
    def greet(talk: Talk, _tag: str, _args: str) -> None:
        talk.raw(greeting)
        talk.cut()

    with OddImap(odd={"GREETING": greet}) as server, pytest.raises(Temporary, match="cannot be reached"):
        mailbox(server).fetch(None)


def test_a_connection_that_died_while_idle_is_renewed_within_the_call(mailbox: Open) -> None:
    with OddImap(mails(2)) as server:
        connector = mailbox(server)
        batch = connector.fetch(None)
        for talk in server._talks:
            talk.drop()
        server.mails[3] = mail(3)
        assert numbers(connector.fetch(batch.cursor)) == [3]
        assert server.connections == 2


def test_one_connection_serves_many_fetches(mailbox: Open) -> None:
    with OddImap(mails(2)) as server:
        connector = mailbox(server)
        cursor = None
        for _ in range(5):
            cursor = connector.fetch(cursor).cursor
        assert server.connections == 1


def test_closing_ends_a_fetch_that_hangs(mailbox: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "PATIENCE", 30.0)
    for moment in ("GREETING", "BODIES"):
        with OddImap(mails(1), odd={moment: lambda talk, *_: talk.silence()}) as server:
            connector = mailbox(server)
            threading.Timer(0.3, connector.close).start()
            began = time.monotonic()
            with pytest.raises(Temporary):
                connector.fetch(None)
            assert time.monotonic() - began < 15
            connector.close()
            with pytest.raises(Temporary, match="being closed"):
                connector.fetch(None)
