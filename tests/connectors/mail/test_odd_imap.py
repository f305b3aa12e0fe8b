"""Servers that misbehave: every mail ends whole, or visibly incomplete; nothing hangs, and nobody rushes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from odd_imap import HONESTLY, OddImap, Talk
from odd_mail import catch_up, mail, mails, numbers, once

from connectors.errors import Temporary
from connectors.mail.connector import MailboxConnector

Open = Callable[..., MailboxConnector]
pytestmark = pytest.mark.usefixtures("impatient", "nothing_left")


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
