"""A day of a team member, by keyboard alone: from the door to handing over in the evening."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from house import mail
from playwright.sync_api import Browser, Page, expect
from team import PASSWORD, Opener, Team

from inbox.clock import utc_now

PEOPLE = 20
TITLE = "#conversation-title"


@pytest.fixture
def morning(team: Team) -> Team:
    """Twenty people wait, each a little less long than the one before; the last two mails are one person's."""
    for number in range(4, PEOPLE + 1):
        who = "Paul Last <paul@last.example>" if number >= PEOPLE - 1 else f"P{number} <p{number}@x.example>"
        letter = mail(who, f"Question {number}\n", subject=f"Matter {number}", message_id=f"m{number}@x")
        team.house.receive(team.account, letter, at=utc_now() - timedelta(minutes=57 - number))
    return team


def title(page: Page) -> str:
    return page.locator(TITLE).inner_text()


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def go(page: Page, number: int) -> None:
    """Find a conversation in the palette and open it."""
    press(page, "Control+k")
    page.keyboard.type(f"Question {number}")
    expect(page.locator("#palette-found [role=option]", has_text=f"Matter {number}").first).to_be_visible()
    for _ in range(12):
        if page.locator('#palette [aria-selected="true"]', has_text=f"Matter {number}").count():
            break
        press(page, "ArrowDown")
    press(page, "Enter")
    expect(page.locator(TITLE)).to_have_text(f"Matter {number}")


def at_title(page: Page) -> None:
    """Leave whatever is open, as Escape does."""
    for _ in range(3):
        if page.evaluate("!document.activeElement.matches('input, textarea, select, .sheet *')"):
            return
        press(page, "Escape")


def test_the_door_opens_by_keyboard(morning: Team, browser: Browser) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{morning.url}/")
    press(page, "Tab") if page.evaluate("document.activeElement === document.body") else None
    page.keyboard.type("alice@example.com")
    press(page, "Tab")
    page.keyboard.type(PASSWORD)
    press(page, "Enter")
    page.wait_for_url("**/inbox/waiting")
    expect(page.locator("#rows .row")).to_have_count(PEOPLE)
    page.context.close()


def test_twenty_conversations_are_triaged_without_the_mouse(morning: Team, opened: Opener) -> None:
    """Close, tag, spam, snooze, note and take, in turn, going down with j; then everything is where it belongs."""
    page = opened()
    press(page, "j", "o")
    expect(page.locator(TITLE)).to_be_focused()
    for number in range(1, PEOPLE + 1):
        expect(page.locator(TITLE)).to_have_text(f"Matter {number}")
        triage(page, number)
        at_title(page)
        if number < PEOPLE:
            press(page, "j")
    house = morning.house
    by_subject = {one.subject: one for one in house.conversations()}
    waits = {wait.conversation_id for wait in house.open_waits()}
    for number in range(1, PEOPLE + 1):
        one = by_subject[f"Matter {number}"]
        expected = {0: "closed", 2: "spam"}.get(number % 6, "open")
        assert one.status == expected, number
        assert (one.id in waits) == (expected == "open"), number
        if number % 6 == 5:
            assert one.assignee_id == morning.alice.id
    press(page, "g", "m")
    page.wait_for_url("**/inbox/mine")
    expect(page.locator("#rows .row")).to_have_count(sum(number % 6 == 5 for number in range(1, PEOPLE + 1)))
    press(page, "g", "s")
    page.wait_for_url("**/inbox/snoozed")
    expect(page.locator("#rows .row").first).to_be_visible()


def triage(page: Page, number: int) -> None:
    """Do one of six things by its key, and see that it was done."""
    toasts, acts = page.locator("#toasts"), page.locator("#timeline .event")
    kind = number % 6
    if kind == 0:
        press(page, "e", "Enter")
        expect(acts.last).to_contain_text("Alice closed this")
    elif kind == 1:
        press(page, "t")
        page.keyboard.type("bug")
        press(page, "Enter")
        expect(page.locator(".story-acts .tag").first).to_contain_text("bug")
    elif kind == 2:
        press(page, "!")
        expect(toasts).to_contain_text("In spam.")
    elif kind == 3:
        press(page, "s", "Enter")
        expect(toasts).to_contain_text(re.compile("Snoozed|deadline"))
        if "Snoozed" not in toasts.inner_text():
            expect(page.locator("#toasts form[data-htmx-powered]").first).to_be_visible()
            page.locator("#toasts form button").first.focus()
            press(page, "Enter")
            expect(toasts).to_contain_text("Snoozed")
    elif kind == 4:
        press(page, "n")
        page.keyboard.type(f"Ask Bob about {number}")
        press(page, "Control+Enter")
        expect(page.locator("#timeline .note")).to_contain_text(f"Ask Bob about {number}")
    else:
        press(page, "a", "Enter")
        expect(acts.last).to_contain_text("Alice took this")


def test_a_reply_is_taken_back_and_sent_better(morning: Team, opened: Opener) -> None:
    page = opened()
    press(page, "j", "o")
    expect(page.locator(TITLE)).to_be_focused()
    press(page, "r")
    page.keyboard.type("Here is the wrong anser")
    press(page, "Control+Enter")
    expect(page.locator("#timeline li.ours")).to_contain_text("wrong anser")
    at_title(page)
    press(page, "z")
    expect(page.locator("#reply-text")).to_have_value("Here is the wrong anser")
    assert [one for one in morning.house.messages(1) if one.direction == "out"] == []
    at_title(page)
    press(page, "r")
    press(page, "Control+a")
    page.keyboard.type("Here is the right answer")
    press(page, "Control+Enter")
    expect(page.locator("#timeline li.ours")).to_contain_text("right answer")
    sent = [one for one in morning.house.messages(1) if one.direction == "out"]
    assert [("right answer" in one.text, one.kind) for one in sent] == [(True, "message")]


def test_a_colleague_is_seen_and_her_answer_stops_ours(morning: Team, opened: Opener) -> None:
    alice, bob = opened("alice"), opened("bob")
    for page in (alice, bob):
        press(page, "j", "o")
        expect(page.locator(TITLE)).to_be_focused()
    expect(alice.locator("#here")).to_contain_text("Bob")
    press(bob, "r")
    bob.keyboard.type("Dear Carol, I will look")
    expect(alice.locator("#here")).to_have_text("Bob is typing a reply.")
    press(alice, "r")
    alice.keyboard.type("Dear Carol, it is done")
    press(bob, "Control+Enter")
    expect(bob.locator("#timeline li.ours")).to_contain_text("I will look")
    expect(alice.locator("#timeline li.ours")).to_contain_text("I will look")
    press(alice, "Control+Enter")
    expect(alice.locator("#held")).to_contain_text("Bob answered Carol Diaz while you were writing.")
    expect(alice.locator("#reply-text")).to_have_value("Dear Carol, it is done")
    assert len([one for one in morning.house.messages(1) if one.direction == "out"]) == 1
    alice.locator("#held button").first.focus()
    press(alice, "Enter")
    expect(alice.locator("#timeline li.ours")).to_have_count(2)
    expect(bob.locator("#timeline li.ours")).to_have_count(2)


def test_two_matters_of_one_person_become_one_and_are_handed_over(morning: Team, opened: Opener) -> None:
    alice, bob = opened("alice"), opened("bob")
    go(alice, PEOPLE)
    press(alice, "m")
    press(alice, "Enter")
    expect(alice.locator("#timeline")).to_contain_text(f"Question {PEOPLE - 1}")
    expect(alice.locator("#timeline")).to_contain_text(f"Question {PEOPLE}")
    at_title(alice)
    press(alice, "a")
    press(alice, "b", "Enter")
    expect(alice.locator("#timeline .event").last).to_contain_text("Bob")
    at_title(alice)
    press(alice, "n")
    alice.keyboard.type("Over to you; good night")
    press(alice, "Control+Enter")
    expect(alice.locator("#timeline .note")).to_contain_text("good night")
    press(bob, "g", "m")
    bob.wait_for_url("**/inbox/mine")
    press(bob, "j", "o")
    expect(bob.locator("#timeline .note")).to_contain_text("good night")
    alices = [one for one in morning.house.conversations() if one.assignee_id == morning.bob.id and not one.merged_into]
    assert len(alices) == 1
