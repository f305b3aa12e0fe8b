"""A mailbox on a real server: all of it comes in, in order, once, and nobody sees that we looked."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from dovecot import PASSWORD, USER, Dovecot
from loopback import eventually

from connectors.contract import Arrival, Files, Lists, Opens, Pulls, Waits
from connectors.errors import Permanent, Temporary
from connectors.mail.connector import MailboxConnector, MailChannel
from connectors.mail.mailbox import BATCH_MAILS

Open = Callable[..., MailboxConnector]
pytestmark = [pytest.mark.dovecot, pytest.mark.usefixtures("nothing_left")]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def mail(number: int, body: bytes = b"Hello.") -> bytes:
    head = f"Message-ID: <{number}@example.org>\r\nFrom: alice@example.org\r\nSubject: {number}\r\n\r\n"
    return head.encode() + body + b"\r\n"


def everything(connector: MailboxConnector, cursor: str | None = None) -> list[Arrival]:
    arrivals: list[Arrival] = []
    for _ in range(1000):
        batch = connector.fetch(cursor)
        arrivals += batch.arrivals
        cursor = batch.cursor
        if not batch.more:
            return arrivals
    raise AssertionError("no end")


def test_a_mailbox_can_do_all_that_the_contract_offers(dovecot: Dovecot, mailbox: Open) -> None:
    connector = mailbox(dovecot)
    for protocol in (Pulls, Waits, Lists, Opens, Files):
        assert isinstance(connector, protocol)
    connector.check()


def test_an_account_without_imap_does_not_pull() -> None:
    connector = MailChannel().open({"address": USER}, lambda: NOON)
    assert not isinstance(connector, Pulls)
    assert not isinstance(connector, Files)
    connector.check()
    connector.close()


def test_what_stood_there_before_comes_first_and_unseen_stays_unseen(dovecot: Dovecot, mailbox: Open) -> None:
    for number in range(3):
        dovecot.append(mail(number), internaldate=NOON + timedelta(minutes=number))
    connector = mailbox(dovecot)
    batch = connector.fetch(None)
    assert [arrival.raw for arrival in batch.arrivals] == [mail(0), mail(1), mail(2)]
    assert [arrival.received_at for arrival in batch.arrivals] == [NOON + timedelta(minutes=n) for n in range(3)]
    assert all(arrival.complete and arrival.size == len(arrival.raw) for arrival in batch.arrivals)
    connector.close()
    assert all("\\Seen" not in kept.flags for kept in dovecot.messages())


def test_the_same_cursor_gives_the_same_arrivals_and_the_next_gives_what_came_since(
    dovecot: Dovecot, mailbox: Open
) -> None:
    dovecot.append(mail(1))
    connector = mailbox(dovecot)
    first = connector.fetch(None)
    assert connector.fetch(None) == first
    assert connector.fetch(first.cursor).arrivals == []
    dovecot.append(mail(2))
    assert [arrival.raw for arrival in connector.fetch(first.cursor).arrivals] == [mail(2)]


def test_a_week_away_loses_nothing_though_somebody_read_half_of_it(dovecot: Dovecot, mailbox: Open) -> None:
    connector = mailbox(dovecot)
    cursor = connector.fetch(None).cursor
    for number in range(20):
        dovecot.append(mail(number), flags="\\Seen" if number % 2 else "", internaldate=NOON - timedelta(days=number))
    assert len(everything(connector, cursor)) == 20


def test_inbox_and_sent_come_side_by_side_by_time(dovecot: Dovecot, mailbox: Open) -> None:
    for number in range(4):
        folder = "Sent" if number % 2 else "INBOX"
        dovecot.append(mail(number), folder, internaldate=NOON + timedelta(minutes=number))
    batch = mailbox(dovecot).fetch(None)
    assert [(a.direction, a.folder) for a in batch.arrivals] == [("in", "INBOX"), ("out", "Sent")] * 2
    assert [a.raw for a in batch.arrivals] == [mail(number) for number in range(4)]


def test_batches_are_bounded_and_a_cursor_between_them_is_good(dovecot: Dovecot, mailbox: Open) -> None:
    fill(dovecot, 450)
    connector = mailbox(dovecot)
    batch = connector.fetch(None)
    assert len(batch.arrivals) == BATCH_MAILS
    assert batch.more
    assert connector.fetch(None) == batch
    rest = everything(mailbox(dovecot), batch.cursor)
    raws = [arrival.raw for arrival in [*batch.arrivals, *rest]]
    assert sorted(raws) == sorted(mail(number) for number in range(450))


def fill(server: Dovecot, count: int) -> None:
    """Put mails where the server finds them, which is quicker than to hand each over."""
    server.append(mail(0))
    box = server.home / "mail" / USER / "Maildir"
    for number in range(1, count):
        path = box / "new" / f"{1_900_000_000 + number}.M1P1.alice"
        path.write_bytes(mail(number))
        os.chown(path, box.stat().st_uid, box.stat().st_gid)


def cut_off(server: Dovecot) -> None:
    """Drop every session; one may end by itself meanwhile."""
    while True:
        with suppress(psutil.NoSuchProcess):
            server.kill_children()
            return


def test_eight_mebibytes_make_a_batch(dovecot: Dovecot, mailbox: Open) -> None:
    for number in range(3):
        dovecot.append(mail(number, b"x" * 3_500_000))
    connector = mailbox(dovecot)
    sizes = [len(connector.fetch(None).arrivals), len(everything(connector))]
    assert sizes == [2, 3]


def test_twenty_five_mebibytes_come_whole_and_quickly(dovecot: Dovecot, mailbox: Open) -> None:
    raw = mail(1, (b"A" * 76 + b"\r\n") * (36 * 1024 * 1024 // 78))
    dovecot.append(raw)
    connector = mailbox(dovecot)
    connector.check()
    seconds: list[float] = []
    for _ in range(3):  # other work on the machine may slow one of them down
        began = time.process_time()
        (arrival,) = connector.fetch(None).arrivals
        seconds.append(time.process_time() - began)
        assert arrival.raw == raw
    assert min(seconds) < 1


def test_over_the_cap_only_the_head_comes(dovecot: Dovecot, mailbox: Open) -> None:
    raw = mail(1, b"x" * 100_000)
    dovecot.append(raw)
    (arrival,) = mailbox(dovecot, max_size="50000").fetch(None).arrivals
    assert (arrival.complete, arrival.size, arrival.raw) == (
        False,
        len(raw),
        raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
    )


def test_gaps_and_expunges_are_no_trouble(dovecot: Dovecot, mailbox: Open) -> None:
    uids = [dovecot.append(mail(number)) for number in range(5)]
    connector = mailbox(dovecot)
    cursor = connector.fetch(None).cursor
    dovecot.expunge(*uids[1:])
    dovecot.append(mail(5))
    assert [arrival.raw for arrival in connector.fetch(cursor).arrivals] == [mail(5)]
    assert connector.list_ids(None).external_ids == [
        f"INBOX;{dovecot.uidvalidity()};{uid}" for uid in (uids[0], uids[4] + 1)
    ]


def test_a_new_uidvalidity_brings_everything_again_under_new_names(dovecot: Dovecot, mailbox: Open) -> None:
    fill(dovecot, 5)
    connector = mailbox(dovecot)
    before = connector.fetch(None)
    cut_off(dovecot)
    validity = dovecot.renew_uidvalidity()
    after = everything(connector, before.cursor)
    assert [arrival.raw for arrival in after] == [arrival.raw for arrival in before.arrivals]
    assert {arrival.external_id.split(";")[1] for arrival in after} == {str(validity)}


def test_the_list_names_every_mail_and_each_can_be_fetched_again(dovecot: Dovecot, mailbox: Open) -> None:
    fill(dovecot, 3)
    dovecot.append(mail(9), "Sent")
    connector = mailbox(dovecot)
    arrivals = everything(connector)
    named: list[str] = []
    page: str | None = None
    while True:
        window = connector.list_ids(page)
        named += window.external_ids
        page = window.next_page
        if page is None:
            break
    assert sorted(named) == sorted(arrival.external_id for arrival in arrivals)
    gone = [f"INBOX;{dovecot.uidvalidity()};999", "INBOX;1;1", "Nowhere;1;1", "nonsense"]
    batch = connector.fetch_ids([*named, *gone])
    assert batch.cursor is None
    assert {a.external_id: a for a in batch.arrivals} == {a.external_id: a for a in arrivals}


def test_a_folder_in_any_script_is_read(dovecot: Dovecot, mailbox: Open) -> None:
    with dovecot.client() as client:
        client.create('"Entw&APw-rfe & Gel&APY-schtes"'.replace(" & ", " &- "))
    connector = mailbox(dovecot, inbox_folder="Entwürfe & Gelöschtes")
    dovecot.append(mail(1), '"Entw&APw-rfe &- Gel&APY-schtes"')
    (arrival,) = connector.fetch(None).arrivals
    assert arrival.external_id.startswith("Entwürfe & Gelöschtes;")


@pytest.mark.parametrize("cursor", ["x", "[]", '{"INBOX":1}', '{"INBOX":["a","b"]}', "7"])
def test_a_cursor_that_is_none_of_ours_is_refused(dovecot: Dovecot, mailbox: Open, cursor: str) -> None:
    with pytest.raises(Permanent, match="stored place"):
        mailbox(dovecot).fetch(cursor)


# The bell -----------------------------------------------------------------------------------------------------------


def test_the_bell_rings_within_a_second(dovecot: Dovecot, mailbox: Open) -> None:
    connector = mailbox(dovecot)
    cursor = connector.fetch(None).cursor
    assert not connector.wait(0.1)
    rung_after: list[float] = []
    for number in range(3):  # other work on the machine may hold one of them up
        rung_at: list[float] = []

        def listen(heard: list[float] = rung_at) -> None:
            if connector.wait(10):
                heard.append(time.monotonic())

        listener = threading.Thread(target=listen)
        listener.start()
        time.sleep(0.2)
        dovecot.deliver(mail(number))
        delivered_at = time.monotonic()
        listener.join(20)
        rung_after.append(rung_at[0] - delivered_at)
        if rung_after[-1] < 1:
            break
    assert min(rung_after) < 1
    assert len(connector.fetch(cursor).arrivals) == len(rung_after)


def test_mail_between_a_fetch_and_the_first_wait_rings_at_once(dovecot: Dovecot, mailbox: Open) -> None:
    connector = mailbox(dovecot)
    connector.fetch(None)
    dovecot.append(mail(1))
    assert connector.wait(10)


def test_mail_between_two_waits_rings_at_once(dovecot: Dovecot, mailbox: Open) -> None:
    connector = mailbox(dovecot)
    connector.fetch(None)
    assert not connector.wait(0.1)
    dovecot.append(mail(1))
    assert connector.wait(10)
    assert not connector.wait(0.1)


def test_what_others_do_to_old_mail_does_not_ring(dovecot: Dovecot, mailbox: Open) -> None:
    uid = dovecot.append(mail(1))
    connector = mailbox(dovecot)
    connector.fetch(None)
    threading.Timer(0.3, lambda: dovecot.set_flags(uid, "\\Seen")).start()
    began = time.monotonic()
    assert not connector.wait(1.5)
    assert time.monotonic() - began > 1.4


def test_a_cut_bell_says_so_and_rings_again_later(dovecot: Dovecot, mailbox: Open) -> None:
    connector = mailbox(dovecot)
    connector.fetch(None)
    connector.wait(0.1)
    threading.Timer(0.3, cut_off, [dovecot]).start()
    began = time.monotonic()
    connector_said = _try_wait(connector)
    assert time.monotonic() - began < 9
    assert connector_said in {"Temporary", "quiet"}
    dovecot.append(mail(1))
    assert connector.wait(10)


def _try_wait(connector: MailboxConnector) -> str:
    try:
        return "rang" if connector.wait(2) else "quiet"
    except Temporary:
        return "Temporary"


def test_closing_ends_a_wait_and_a_fetch(dovecot: Dovecot, mailbox: Open) -> None:
    connector = mailbox(dovecot)
    connector.fetch(None)
    threading.Timer(0.3, connector.close).start()
    began = time.monotonic()
    with pytest.raises(Temporary, match=r"closed|broke"):
        connector.wait(30)
    assert time.monotonic() - began < 15
    connector.close()


def test_sixty_reconnects_leave_nothing_behind(dovecot: Dovecot, mailbox: Open) -> None:
    connector = mailbox(dovecot)
    cursor = connector.fetch(None).cursor
    threads = threading.active_count()
    for _ in range(60):
        cut_off(dovecot)
        cursor = connector.fetch(cursor).cursor
    assert threading.active_count() == threads


def test_a_restart_of_the_server_costs_one_error_at_most(dovecot: Dovecot, mailbox: Open) -> None:
    connector = mailbox(dovecot)
    cursor = connector.fetch(None).cursor
    dovecot.restart()
    dovecot.append(mail(1))
    assert eventually(lambda: len(connector.fetch(cursor).arrivals) == 1)


# Filing -------------------------------------------------------------------------------------------------------------


def test_a_copy_is_filed_once_and_comes_back_as_ours(dovecot: Dovecot, mailbox: Open) -> None:
    connector = mailbox(dovecot)
    cursor = connector.fetch(None).cursor
    connector.file_sent(mail(1), NOON)
    connector.file_sent(mail(1), NOON)
    (kept,) = dovecot.messages(folder="Sent")
    assert kept.raw == mail(1)
    assert "\\Seen" in kept.flags
    (arrival,) = connector.fetch(cursor).arrivals
    assert (arrival.direction, arrival.received_at, arrival.raw) == ("out", NOON, mail(1))


def test_an_account_that_wants_no_copies_gets_none(dovecot: Dovecot, mailbox: Open) -> None:
    mailbox(dovecot, copy_to_sent="no").file_sent(mail(1), NOON)
    assert dovecot.messages(folder="Sent") == []


def test_the_password_may_be_in_any_script(mailbox: Open) -> None:
    with Dovecot(users={USER: "pässwörd 鍵"}) as server:
        mailbox(server, password="pässwörd 鍵").check()


def test_two_accounts_do_not_mix(mailbox: Open) -> None:
    with Dovecot(users={USER: PASSWORD, "bob@example.com": "b"}) as server:
        server.append(mail(1))
        server.append(mail(2), user="bob@example.com")
        alice, bob = mailbox(server), mailbox(server, address="bob@example.com", password="b")
        assert [a.raw for a in alice.fetch(None).arrivals] == [mail(1)]
        assert [a.raw for a in bob.fetch(None).arrivals] == [mail(2)]
