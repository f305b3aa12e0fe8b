"""Servers that misbehave: every mail ends whole, or visibly incomplete; nothing hangs, and nobody rushes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import count

import pytest
from odd_imap import HONESTLY, OddImap, Talk

from connectors.contract import Arrival, Batch
from connectors.errors import BadCredentials, Permanent, Temporary
from connectors.mail import imap
from connectors.mail.connector import MailboxConnector
from connectors.mail.imap_client import _TALK

Open = Callable[..., MailboxConnector]
pytestmark = pytest.mark.usefixtures("impatient", "nothing_left")


def mail(number: int, size: int = 200) -> bytes:
    return f"Message-ID: <{number}@example.org>\r\nSubject: {number}\r\n\r\n".encode() + b"x" * size + b"\r\n"


def mails(last: int) -> dict[int, bytes]:
    return {uid: mail(uid) for uid in range(1, last + 1)}


def catch_up(connector: MailboxConnector, cursor: str | None = None, tries: int = 8) -> list[Arrival]:
    """Fetch until there is no more, as the flow does: an error is tried again, and nothing of a batch is lost."""
    arrivals: list[Arrival] = []
    for _ in range(tries):
        try:
            batch = connector.fetch(cursor)
        except Temporary:
            continue
        arrivals += batch.arrivals
        cursor = batch.cursor
        if not batch.more:
            return arrivals
    raise AssertionError(f"no end after {tries} tries")


def numbers(arrivals: list[Arrival] | Batch) -> list[int]:
    found = arrivals.arrivals if isinstance(arrivals, Batch) else arrivals
    return [int(arrival.external_id.rpartition(";")[2]) for arrival in found]


def once(script: Callable[[Talk, str, str], object]) -> Callable[[Talk, str, str], object]:
    """Do it the first time, and be honest from then on."""
    turns = count()
    return lambda talk, tag, args: script(talk, tag, args) if next(turns) == 0 else HONESTLY


def test_an_honest_server_gives_everything(mailbox: Open) -> None:
    with OddImap(mails(3)) as server:
        arrivals = catch_up(mailbox(server))
    assert [arrival.raw for arrival in arrivals] == list(mails(3).values())
    assert not {"STORE", "SELECT", "EXPUNGE", "COPY", "MOVE", "APPEND"} & set(server.commands)
    assert not any("BODY[" in line for line in server.lines)


def test_a_server_without_uidnext_is_asked_to_the_end(mailbox: Open) -> None:
    with OddImap(mails(3), show_next_uid=False) as server:
        connector = mailbox(server)
        first = connector.fetch(None)
        assert numbers(first) == [1, 2, 3]
        assert numbers(connector.fetch(first.cursor)) == []  # `4:*` names mail 3 again


def test_a_uidnext_that_lags_behind_hides_nothing(mailbox: Open) -> None:
    with OddImap(mails(3), next_uid=1) as server:
        assert numbers(catch_up(mailbox(server))) == [1, 2, 3]


def test_wide_gaps_between_uids_are_crossed_in_few_steps(mailbox: Open) -> None:
    with OddImap({5: mail(5), 4_000_000_000: mail(6)}) as server:
        assert numbers(catch_up(mailbox(server))) == [5, 4_000_000_000]
        assert len(server.commands) < 30


def test_a_mail_expunged_before_its_size_is_left_out(mailbox: Open) -> None:
    def lose(talk: Talk, _tag: str, _args: str) -> object:
        del talk.mails[2]
        return HONESTLY

    with OddImap(mails(3), odd={"SIZES": once(lose)}) as server:
        assert numbers(catch_up(mailbox(server))) == [1, 3]


def test_a_mail_expunged_during_the_transfer_is_left_out(mailbox: Open) -> None:
    def lose(talk: Talk, tag: str, _args: str) -> None:
        talk.body(1)
        del talk.mails[2]
        talk.send("* 2 EXPUNGE")
        talk.body(3)
        talk.send(f"{tag} OK [EXPUNGEISSUED] done")

    with OddImap(mails(3), odd={"BODIES": once(lose)}) as server:
        assert numbers(catch_up(mailbox(server))) == [1, 3]


def test_a_body_that_is_nil_once_is_asked_for_again(mailbox: Open) -> None:
    def nil(talk: Talk, tag: str, _args: str) -> None:
        talk.body(1)
        talk.send("* 2 FETCH (UID 2 BODY[] NIL)", f"{tag} OK done")

    with OddImap(mails(2), odd={"BODIES": once(nil)}) as server:
        arrivals = catch_up(mailbox(server))
    assert [(arrival.raw, arrival.complete) for arrival in arrivals] == [(mail(1), True), (mail(2), True)]


def test_a_body_that_is_always_nil_ends_as_its_head(mailbox: Open) -> None:
    def nil(talk: Talk, tag: str, args: str) -> object:
        if "HEADER" in args:
            return HONESTLY
        talk.send("* 1 FETCH (UID 1 BODY[] NIL)", f"{tag} OK done")
        return None

    with OddImap(mails(1), odd={"BODIES": nil}) as server:
        (arrival,) = catch_up(mailbox(server))
    assert not arrival.complete
    assert arrival.raw.endswith(b"Subject: 1\r\n\r\n")
    assert arrival.size == len(mail(1))


def test_a_mail_that_is_never_given_ends_empty_and_does_not_stop_the_next(mailbox: Open) -> None:
    def nothing_of_one(talk: Talk, tag: str, args: str) -> None:
        for uid in talk.named(args.partition(" ")[0]):
            if uid != 1:
                talk.body(uid)
        talk.send(f"{tag} OK done")

    with OddImap(mails(2), odd={"BODIES": nothing_of_one}) as server:
        arrivals = catch_up(mailbox(server))
    assert [(arrival.raw, arrival.complete) for arrival in arrivals] == [(b"", False), (mail(2), True)]


def test_an_ok_without_data_moves_no_cursor(mailbox: Open) -> None:
    with OddImap(mails(2), odd={"SIZES": once(lambda talk, tag, _: talk.send(f"{tag} OK done"))}) as server:
        connector = mailbox(server)
        with pytest.raises(Temporary, match="names new mail"):
            connector.fetch(None)
        assert numbers(connector.fetch(None)) == [1, 2]


def test_an_answer_about_another_mail_is_not_believed(mailbox: Open) -> None:
    def other(talk: Talk, tag: str, args: str) -> None:
        for uid in talk.named(args.partition(" ")[0]):
            talk.body(99, b"Subject: forged\r\n\r\n")
            talk.body(uid)
        talk.send(f"{tag} OK done")

    with OddImap(mails(2), odd={"BODIES": other}) as server:
        assert [arrival.raw for arrival in catch_up(mailbox(server))] == [mail(1), mail(2)]


def test_a_uid_that_comes_twice_counts_once(mailbox: Open) -> None:
    def twice(talk: Talk, tag: str, _args: str) -> None:
        talk.body(1)
        talk.body(1, b"Subject: second\r\n\r\n")
        talk.send(f"{tag} OK done")

    def search(talk: Talk, tag: str, _args: str) -> None:
        talk.send("* SEARCH 1 1", "* SEARCH 1", f"{tag} OK done")

    with OddImap(mails(1), odd={"BODIES": twice, "SEARCH": search}) as server:
        assert [arrival.raw for arrival in catch_up(mailbox(server))] == [mail(1)]


def test_what_other_clients_do_meanwhile_is_ignored(mailbox: Open) -> None:
    def busy(talk: Talk, tag: str, args: str) -> None:
        talk.send("* 1 FETCH (FLAGS (\\Seen))", "* 3 EXISTS", "* 2 FETCH (UID 2 FLAGS (\\Answered))")
        for uid in talk.named(args.partition(" ")[0]):
            talk.body(uid)
            talk.send(f"* {uid} FETCH (FLAGS (\\Seen) MODSEQ (12))")
        talk.send("* OK [HIGHESTMODSEQ 12] x", f"{tag} OK done")

    with OddImap(mails(3), odd={"BODIES": busy}) as server:
        assert [arrival.raw for arrival in catch_up(mailbox(server))] == list(mails(3).values())


def test_uid_after_the_body_and_short_bodies_in_quotes_are_read(mailbox: Open) -> None:
    def other_style(talk: Talk, tag: str, _args: str) -> None:
        raw = talk.mails[1]
        talk.raw(f"* 1 FETCH (BODY[] {{{len(raw)}}}\r\n".encode() + raw + b" UID 1)\r\n")
        talk.send(r'* 2 FETCH (BODY[] "Subject: \"x\" UID 9 " UID 2)', f"{tag} OK done")

    with OddImap(mails(2), odd={"BODIES": other_style}) as server:
        assert [arrival.raw for arrival in catch_up(mailbox(server))] == [mail(1), b'Subject: "x" UID 9 ']


def test_a_uid_that_shows_late_is_found_by_the_list(mailbox: Open) -> None:
    with OddImap({12: mail(12)}) as server:
        connector = mailbox(server)
        batch = connector.fetch(None)
        server.mails[11] = mail(11)
        assert numbers(connector.fetch(batch.cursor)) == []
        listed = connector.list_ids(None).external_ids
        assert listed == ["INBOX;7;11", "INBOX;7;12"]
        assert connector.fetch_ids([listed[0]]).arrivals[0].raw == mail(11)


def test_a_bye_in_the_middle_of_a_mail_keeps_what_came_before(mailbox: Open) -> None:
    def die(talk: Talk, _tag: str, _args: str) -> None:
        talk.body(1)
        talk.raw(b"* 2 FETCH (UID 2 BODY[] {1000}\r\nSubject: 2\r\n* BYE gone\r\n")
        talk.cut()

    with OddImap(mails(3), odd={"BODIES": once(die)}) as server:
        connector = mailbox(server)
        batch = connector.fetch(None)
        assert numbers(batch) == [1]
        assert batch.more
        assert numbers(catch_up(connector, batch.cursor)) == [2, 3]


def test_a_literal_shorter_than_announced_ends_as_a_head_after_some_tries(mailbox: Open) -> None:
    def short(talk: Talk, tag: str, args: str) -> object:
        if "HEADER" in args or "2" not in args:
            return HONESTLY
        talk.raw(b"* 2 FETCH (UID 2 BODY[] {9999}\r\n" + talk.mails[2] + b")\r\n" + f"{tag} OK done\r\n".encode())
        talk.silence()
        return None

    with OddImap({2: mail(2), 3: mail(3)}, odd={"BODIES": short}) as server:
        arrivals = catch_up(mailbox(server), tries=12)
    assert [(uid, arrival.complete) for uid, arrival in zip(numbers(arrivals), arrivals, strict=True)] == [
        (2, False),
        (3, True),
    ]
    assert arrivals[0].raw.startswith(b"Message-ID: <2@")


def test_a_mail_that_always_kills_the_server_ends_empty(mailbox: Open) -> None:
    def die(talk: Talk, _tag: str, args: str) -> object:
        if 1 in talk.named(args.partition(" ")[0]):
            talk.cut()
        return HONESTLY

    with OddImap(mails(2), odd={"BODIES": die}) as server:
        arrivals = catch_up(mailbox(server), tries=15)
    assert [(arrival.raw, arrival.complete) for arrival in arrivals] == [(b"", False), (mail(2), True)]


def test_a_size_that_is_a_lie_does_not_hide_the_mail(mailbox: Open) -> None:
    big = {1: mail(1), 2: mail(2, 12_000_000)}

    def lie(talk: Talk, tag: str, _args: str) -> None:
        talk.send(talk.size_line(1), talk.size_line(2, size=10), f"{tag} OK done")

    with OddImap(big, odd={"SIZES": lie}) as server:
        assert [len(arrival.raw) for arrival in catch_up(mailbox(server))] == [len(big[1]), len(big[2])]


def test_more_than_the_cap_comes_as_a_head(mailbox: Open) -> None:
    with OddImap({1: mail(1, 50_000), 2: mail(2)}) as server:
        large, small = catch_up(mailbox(server, max_size="10000"))
    assert (large.complete, large.size, len(large.raw) < 200) == (False, len(mail(1, 50_000)), True)
    assert (small.complete, small.raw) == (True, mail(2))


@pytest.mark.parametrize("moment", ["GREETING", "CAPABILITY", "AUTHENTICATE", "EXAMINE", "SEARCH", "SIZES", "BODIES"])
def test_silence_at_any_moment_ends_in_time(mailbox: Open, moment: str) -> None:
    with OddImap(mails(1), odd={moment: once(lambda talk, *_: talk.silence())}) as server:
        connector = mailbox(server)
        began = time.monotonic()
        with pytest.raises(Temporary, match=r"support@example\.com: .*(silent|cannot be reached|broke)"):
            connector.fetch(None)
        assert time.monotonic() - began < 4
        assert numbers(connector.fetch(None)) == [1]


@pytest.mark.parametrize("moment", ["GREETING", "EXAMINE", "BODIES"])
def test_a_drip_at_any_moment_ends_in_time(mailbox: Open, moment: str) -> None:
    line = {"GREETING": b"* ", "EXAMINE": b"* 1 EXISTS\r\n", "BODIES": b"* 1 FETCH (FLAGS ())\r\n"}[moment]
    with OddImap(mails(1), odd={moment: once(lambda talk, *_: talk.drip(line))}) as server:
        connector = mailbox(server)
        began = time.monotonic()
        with pytest.raises(Temporary):
            connector.fetch(None)
        assert time.monotonic() - began < 4


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
            assert time.monotonic() - began < 2
            connector.close()
            with pytest.raises(Temporary, match="being closed"):
                connector.fetch(None)
