"""A newcomer's first quarter of an hour, with nothing but what `make run` starts and a mail server."""

from __future__ import annotations

import re
import time
from email import message_from_bytes, policy
from pathlib import Path

from house import mail
from loopback import HOST, eventually
from playwright.sync_api import Page, expect
from postoffice import PostOffice
from served import Served

OURS, CAROL = "support@example.com", "carol@customer.example"
PEOPLE = {OURS: "a secret", CAROL: "hers"}
PASSWORD = "a long enough password"


def set_up(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill("Alice Founder")
    page.get_by_label("Your mail address").fill("alice@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()


def add_account(page: Page, post: PostOffice) -> None:
    page.get_by_role("link", name="Add a mail account").first.click()
    for number in range(page.locator("main details").count()):
        page.locator("main details > summary").nth(number).click()
    given = {
        "address": OURS,
        "name": "Example support",
        "password": PEOPLE[OURS],
        "imap_host": HOST,
        "imap_port": str(post.mailboxes.port),
        "smtp_host": HOST,
        "smtp_port": str(post.port),
    }
    for name, value in given.items():
        page.locator(f"main [name={name}]").fill(value)
    for name, value in {"imap_security": "none", "smtp_security": "none", "plus_addressing": "yes"}.items():
        page.locator(f"main [name={name}]").select_option(value)
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("status").first).to_be_visible()
    page.locator("main [name=password]").fill(PEOPLE[OURS])
    page.get_by_role("button", name="Add the account").click()
    page.wait_for_url("**/settings/accounts")


def seen_after(page: Page, post: PostOffice, name: str, address: str, message_id: str) -> float:
    """Let somebody write; return the seconds until their row stands on the screen."""
    letter = mail(f"{name} <{address}>", message_id=message_id)
    began = time.monotonic()
    post.send(letter, address, OURS)
    expect(page.get_by_role("link", name=name).first).to_be_visible()
    return time.monotonic() - began


def test_a_stranger_runs_it_on_real_mail(page: Page, tmp_path: Path) -> None:
    """Set-up link, account, a mail appears by itself within two seconds, and the reply threads at the customer's."""
    with PostOffice(PEOPLE) as post, Served(tmp_path) as inbox:
        set_up(page, inbox.setup_link)
        add_account(page, post)
        page.get_by_role("link", name="Waiting").first.click()
        expect(page.get_by_text("Nobody is waiting")).to_be_visible()
        page.evaluate("window.neverReloaded = true")

        page.wait_for_timeout(1500)
        took = [seen_after(page, post, "Carol Diaz", CAROL, "question@customer.example")]
        for name in ("Dana Kim", "Sam Ode"):  # other work on the machine may hold one of them up
            if min(took) >= 2.0:
                took.append(seen_after(page, post, name, f"{name[:3].lower()}@others.example", f"{name[:3]}@others"))
        assert page.evaluate("window.neverReloaded")
        assert min(took) < 2.0, f"it took {took} s"

        row = page.get_by_role("link", name="Carol Diaz").first
        row.click()
        page.get_by_label("Your reply to Carol Diaz").fill("Hello Carol,\n\nit is **repaired**. Sorry!")
        page.keyboard.press("Control+Enter")
        assert eventually(lambda: bool(post.inbox(CAROL)), 35), "it leaves when the 15 seconds to undo it are over"
        expect(page.get_by_text(re.compile(r"^Sent \d")).first).to_be_visible()

        [answer] = post.inbox(CAROL)
        got = message_from_bytes(answer, policy=policy.default)
        assert got["In-Reply-To"] == "<question@customer.example>"
        assert got["References"].split()[0] == "<question@customer.example>"
        assert got["Subject"] == "Re: Can't export my board"
        assert "it is **repaired**" in str(got.get_body(("plain",)).get_content())  # type: ignore[union-attr]
        assert "<strong>repaired</strong>" in str(got.get_body(("html",)).get_content())  # type: ignore[union-attr]

        thanks = mail(
            f"Carol Diaz <{CAROL}>",
            "Thank you, it works!",
            to=str(got["Reply-To"]),
            subject="Re: Can't export my board",
            reply_to_id=str(got["Message-ID"]).strip("<>"),
        )
        post.send(thanks, CAROL, str(got["Reply-To"]).rpartition("<")[2].rstrip(">"))
        expect(page.get_by_text("Thank you, it works!").first).to_be_visible()
        assert page.locator("li.row").count() == len(took)
    assert "Traceback" not in "".join(inbox.lines), "".join(inbox.lines)
    assert inbox.ended_with == 0
