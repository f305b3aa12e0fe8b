"""A long conversation: what was said longer ago is brought when somebody wants it, and nothing that is read moves."""

from __future__ import annotations

import re
from datetime import timedelta, timezone

from house import mail
from playwright.sync_api import Page, expect
from team import Opener, Team

from inbox.clock import utc_now
from inbox.store.tables import Message

NOTES = 450


def talk_much(team: Team) -> None:
    """Let Bob have left 450 notes over the last hours."""
    with team.house.store.unit_of_work() as work:
        for number, row_id in enumerate(work.ids(Message, NOTES)):
            at = utc_now() - timedelta(hours=10) + timedelta(minutes=number)
            told = Message(
                id=row_id,
                conversation_id=1,
                account_id=team.account,
                kind="note",
                direction="none",
                channel="mail",
                teammate_id=team.bob.id,
                text=f"Thought {number}",
                at=at,
                stored_at=at,
            )
            work.session.add(told)


def shown(page: Page) -> int:
    return page.locator(".timeline .said").count()


def test_earlier_entries_come_in_above_and_stay(team: Team, opened: Opener) -> None:
    talk_much(team)
    page = opened()
    page.goto(f"{team.url}/inbox/waiting/1")
    assert shown(page) == 251
    page.get_by_role("link", name="Earlier").scroll_into_view_if_needed()
    first = page.locator("#timeline .said").first
    before = first.bounding_box()
    page.get_by_role("link", name="Earlier").click()
    expect(page.locator(".timeline .said")).to_have_count(451)
    after = first.bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) < 60
    team.bob.post("/conversations/1/note", text="One more")
    expect(page.locator("#timeline")).to_contain_text("One more")
    expect(page.locator("#m1")).to_contain_text("Question 1")
    expect(page.get_by_role("link", name="Earlier")).to_have_count(0)
    numbers = [
        int(found[1])
        for one in page.locator(".said .prose").all_inner_texts()
        if (found := re.match(r"Thought (\d+)", one))
    ]
    assert numbers == list(range(NOTES))


def test_a_message_that_was_found_is_shown_however_long_ago_it_was(team: Team, opened: Opener) -> None:
    talk_much(team)
    page = opened()
    page.goto(f"{team.url}/inbox/all/1#m1")
    expect(page.locator("#m1")).to_be_in_viewport()


def test_paper_holds_all_that_was_said_and_nothing_to_press(team: Team, opened: Opener) -> None:
    talk_much(team)
    page = opened()
    page.goto(f"{team.url}/conversations/1/print")
    assert shown(page) > NOTES
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.locator(".said-tools").first).to_be_hidden()
    page.goto(f"{team.url}/inbox/waiting/1")
    expect(page.locator("#timeline")).to_be_visible()
    for part in ("#rail", "#list", "#composer", "#person", ".story-acts"):
        expect(page.locator(part)).to_be_hidden()


def test_the_clock_of_the_writer_stands_beside_ours(team: Team, opened: Opener) -> None:
    written = utc_now() - timedelta(hours=3)
    there = written.astimezone(timezone(timedelta(hours=9)))
    letter = mail("Mei <mei@tokyo.example>", "Konnichiwa", subject="Far", written_at=there, message_id="far@x")
    team.house.receive(team.account, letter, at=written)
    page = opened(timezone_id="Europe/Paris")
    page.goto(f"{team.url}/inbox/all/{team.house.conversations()[-1].id}")
    expect(page.locator(".said-at")).to_contain_text(f"{there:%H:%M})")
    expect(page.locator(".their-clock")).to_have_text(re.compile(r"\w{3} \d\d:\d\d"))
    page.goto(f"{team.url}/inbox/all/1")
    expect(page.locator(".said-at").first).not_to_contain_text("their")
