"""Alice sets the inbox up on the screens, Bob looks, Mallory gets nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from house import House, mail
from program import Browser, browser, served
from smtp_sink import SmtpSink
from stores import MovedClock, sqlite_store

from inbox import wiring
from inbox.flow.read import read_pending
from inbox.store import accounts
from inbox.store.tables import Account


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def house(tmp_path: Path, clock: MovedClock) -> Iterator[House]:
    with sqlite_store(tmp_path, clock) as store:
        made = House(store, clock)
        made.context = replace(made.context, channels=wiring.Channels(made.context.vault, clock, store))
        yield made


@pytest.fixture
def address(house: House) -> Iterator[str]:
    with served(house) as at:
        yield at


@pytest.fixture
def alice(house: House, address: str) -> Iterator[Browser]:
    with browser(house, address, house.add_teammate("Alice", "founder")) as made:
        yield made


@pytest.fixture
def bob(house: House, alice: Browser, address: str) -> Iterator[Browser]:
    with browser(house, address, house.add_teammate("Bob")) as made:
        yield made


def see(client: Browser, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:500]
    return " ".join(answer.text.split())


def said(answer: httpx.Response, status: int = 200) -> str:
    assert answer.status_code == status, answer.text[:500]
    return " ".join(answer.text.split())


def account(house: House, account_id: int = 1) -> Account:
    with house.store.reading() as session:
        found = accounts.get(session, account_id)
    assert found is not None
    return found


ACCOUNTS = "/settings/accounts"
GIVEN = {
    "address": "support@example.com",
    "name": "Example",
    "password": "open sesame",
    "imap_host": "imap.example.com",
}


def test_alice_adds_an_account_and_its_password_is_never_shown_again(alice: Browser, house: House) -> None:
    assert "Nothing can reach you yet." in see(alice, ACCOUNTS)
    assert 'value="imap.gmail.com"' in see(alice, f"{ACCOUNTS}/new?preset=Gmail")
    assert "<details open>" in see(alice, f"{ACCOUNTS}/new?preset=Microsoft+365")

    page = said(alice.submit(f"{ACCOUNTS}/new", act="save", past="history", history_day="2026-11-02", **GIVEN))

    assert "support@example.com" in page
    assert "Not fetched yet" in page
    assert account(house).settings["history_before"].startswith("2026-11-02")
    edit = see(alice, f"{ACCOUNTS}/1")
    assert "open sesame" not in edit
    assert "One is stored. Leave this empty to keep it." in edit
    said(
        alice.submit(f"{ACCOUNTS}/1", act="save", past="waits", name="Support", password="", imap_host="imap.b.example")
    )
    assert account(house).settings == {
        **{key: value for key, value in GIVEN.items() if key != "password"},
        "name": "Support",
        "imap_host": "imap.b.example",
    }
    assert house.context.vault.unlock(account(house).secrets) == {"password": "open sesame"}


def test_what_cannot_be_is_said_at_its_field_and_nothing_is_kept(alice: Browser, house: House) -> None:
    page = said(alice.submit(f"{ACCOUNTS}/new", act="save", **{**GIVEN, "imap_port": "many"}), 422)
    assert page.count("“IMAP port” cannot be right") == 2
    assert 'value="imap.example.com"' in page
    assert "open sesame" not in page
    with house.store.reading() as session:
        assert accounts.all_accounts(session) == []


def test_the_test_button_says_why_it_does_not_work(alice: Browser, smtp_sink: SmtpSink) -> None:
    unreachable = {**GIVEN, "imap_host": "127.0.0.1", "imap_port": "1", "imap_security": "none"}
    assert "cannot be reached" in said(alice.submit(f"{ACCOUNTS}/new", act="test", **unreachable), 422)
    works = {
        "address": "support@example.com",
        "smtp_host": "127.0.0.1",
        "smtp_port": str(smtp_sink.port),
        "smtp_security": "none",
    }
    assert "It works" in said(alice.submit(f"{ACCOUNTS}/new", act="test", **works))


def test_an_account_in_trouble_says_what_it_means(alice: Browser, house: House) -> None:
    house.add_account(imap_host="imap.example.com")
    with house.store.unit_of_work() as work:
        accounts.mark_error(work, 1, "The password was refused.")
    house.clock.move(minutes=20)
    page = see(alice, ACCOUNTS)
    assert "has received nothing for 20 min: the password was refused. Nobody&#39;s message is lost" in page

    assert "Paused: nothing is fetched" in said(alice.submit(f"{ACCOUNTS}/1/pause"))
    assert not account(house).enabled
    said(alice.submit(f"{ACCOUNTS}/1/resume"))
    assert account(house).enabled


def test_of_an_account_that_is_read_in_part_nobody_is_told_that_it_receives_nothing(
    alice: Browser, house: House
) -> None:
    house.add_account(imap_host="imap.example.com")
    trouble = "The folder “Junk” cannot be opened."
    for _ in range(3):
        with house.store.unit_of_work() as work:
            accounts.move_cursor(work, 1, None, work.now, trouble)
        house.clock.move(minutes=5)
    page = see(alice, ACCOUNTS)
    said_ = "has been read in part only for 15 min: the folder “Junk” cannot be opened. The rest comes in as ever."
    assert said_ in page
    assert "received nothing" not in page
    house.clock.move(minutes=20)  # now nothing of it is read any more
    assert "has received nothing for 35 min" in see(alice, ACCOUNTS)


def test_a_member_sees_accounts_and_changes_none(bob: Browser, house: House) -> None:
    house.add_account()
    page = see(bob, ACCOUNTS)
    assert "support@example.com" in page
    assert "Add a mail account" not in page
    see(bob, f"{ACCOUNTS}/new", 403)
    see(bob, f"{ACCOUNTS}/1", 403)
    for path in (
        f"{ACCOUNTS}/new",
        f"{ACCOUNTS}/1",
        f"{ACCOUNTS}/1/pause",
        "/settings/teammates",
        "/settings/teammates/1/disable",
    ):
        assert bob.submit(path, name="x").status_code == 403, path


def test_a_form_from_elsewhere_is_refused(alice: Browser, house: House) -> None:
    house.add_account()
    evil = {"Origin": "https://mallory.example", "Sec-Fetch-Site": "cross-site"}
    assert alice.post(f"{ACCOUNTS}/1/pause", data={"csrf": alice.csrf}, headers=evil).status_code == 403
    assert alice.post(f"{ACCOUNTS}/1/pause", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 403
    assert account(house).enabled


def test_quarantine_shows_a_strangers_bytes_as_text_only(alice: Browser, house: House) -> None:
    house.add_account()
    house.receive(1, b"<script>alert('Mallory')</script>\n\x00\x1b[31m\n")
    assert "1 could not be read" in see(alice, "/quarantine")
    page = see(alice, "/quarantine/1")
    assert "&lt;script&gt;alert(" in page
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert 'href="/conversations/1"' in page
    talk = see(alice, "/inbox/waiting/1")
    assert "A message that could not be read" in talk
    assert 'href="/quarantine/1"' in talk
    assert "alert(" not in talk
    saved = alice.get("/quarantine/1/raw")
    assert saved.content.startswith(b"<script>")
    assert saved.headers["content-disposition"].startswith("attachment")
    assert saved.headers["content-type"] == "application/octet-stream"

    assert "Say why" in said(alice.submit("/quarantine/1/discard", reason=" "), 422)
    assert "could be read" in said(alice.submit("/quarantine/1/discard", reason="An attack"))
    assert "Discarded by Alice: An attack" in see(alice, "/ledger/ignored")
    see(alice, "/quarantine/99", 404)


def test_quarantine_can_be_read_again(alice: Browser, house: House) -> None:
    house.add_account()
    house.receive(1, b"No mail\n")
    said(alice.submit("/quarantine/1/retry"))
    assert house.ledger().pending == 1
    assert read_pending(house.context) == 1
    assert house.ledger().quarantined == 1


def test_the_ledger_opens_every_number_and_a_person_is_found_among_machines(alice: Browser, house: House) -> None:
    house.add_account()
    robot = mail("Dana <dana@customer.example>", "Please help", subject="Help", Auto_Submitted="auto-generated")
    house.receive(1, mail(), mail(), robot, b"No mail\n")
    with house.store.unit_of_work() as work:
        accounts.move_cursor(work, 1, "x", house.clock.now)
        accounts.mark_reconciled(work, 1, {"listed": 7, "missing": 2, "fetched": 2})
    page = see(alice, "/ledger")
    assert "of 4 arrivals" in page
    assert re.search(r"caught up to <time[^>]*>09:00</time>", page)
    assert "7 listed there, 2 were missing here, 2 of those fetched." in page
    for state in ("all", "threaded", "duplicate", "quarantined", "ignored", "pending"):
        assert f'href="/ledger/{state}?account=1"' in page
        see(alice, f"/ledger/{state}?account=1")
    see(alice, "/ledger/nonsense", 404)
    assert "It was a person" in see(alice, "/ledger/ignored")

    said(alice.submit("/quarantine/3/accept"))
    read_pending(house.context)
    assert sorted(talk.subject for talk in house.conversations()) == [
        "A message that could not be read",
        "Can't export my board",
        "Help",
    ]


def test_long_lists_page_on(alice: Browser, house: House) -> None:
    house.add_account()
    house.receive(1, *(f"No mail {number}\n".encode() for number in range(60)))
    for path in ("/quarantine", "/ledger/quarantined"):
        older = re.search(rf'href="({path}\?before=\d+)"', see(alice, path))
        assert older
        assert see(alice, older[1]).count("No mail") + see(alice, older[1]).count('<td class="nowrap">') >= 10


TEAM = "/settings/teammates"


def test_who_leaves_is_out_at_once_and_the_last_founder_stays(alice: Browser, bob: Browser) -> None:
    assert "Waiting" in see(bob, "/inbox/waiting")
    said(alice.submit(f"{TEAM}/2/disable"))
    assert bob.get("/inbox/waiting").status_code == 303
    assert "make another teammate a founder first" in said(alice.submit(f"{TEAM}/1/disable"), 422)
    assert "make another teammate a founder first" in said(alice.submit(f"{TEAM}/1/role", role="member"), 422)
    said(alice.submit(f"{TEAM}/2/enable"))
    said(alice.submit(f"{TEAM}/2/role", role="founder"))
    said(alice.submit(f"{TEAM}/1/role", role="member"))
    assert "Invite somebody" not in see(alice, TEAM)
