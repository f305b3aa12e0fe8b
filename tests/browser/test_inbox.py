"""The inbox in a browser: by keyboard, live, and without losing a word."""

from __future__ import annotations

import re
from datetime import timedelta

from house import mail
from playwright.sync_api import Page, expect
from team import Opener, Team

from inbox.clock import utc_now


def timeline(page: Page) -> str:
    return page.locator("#timeline").inner_text()


def test_a_reply_by_keyboard_alone(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#conversation-title")).to_have_text("Matter 1")
    expect(page.locator("#conversation-title")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    expect(page.locator("#conversation-title")).to_be_focused()
    expect(page.locator("li.row a[aria-current]")).to_contain_text("Matter 2")
    page.keyboard.press("k")
    expect(page.locator("#conversation-title")).to_have_text("Matter 1")
    page.keyboard.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.type("Here is **your** answer")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline strong", has_text="your")).to_be_visible()
    expect(page.locator("#toasts")).to_contain_text("Your reply is on its way.")
    expect(page.locator("#reply-text")).to_have_value("")
    sent = [one for one in team.house.messages(1) if one.direction == "out"]
    assert [one.text for one in sent] == ["Here is **your** answer"]
    page.locator("#conversation-title").focus()
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/inbox/waiting$"))


def test_acts_by_keyboard(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_selector("#conversation")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Me", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#timeline")).to_contain_text("Alice took this")
    page.keyboard.press("Escape")
    page.locator("#conversation-title").focus()
    page.keyboard.press("t")
    page.keyboard.type("bug")
    page.keyboard.press("Enter")
    expect(page.locator(".story-acts .tag")).to_contain_text("bug")
    page.locator("#conversation-title").focus()
    page.keyboard.press("n")
    page.keyboard.type("Only for us")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline .note")).to_contain_text("Only for us")
    page.locator("#conversation-title").focus()
    page.keyboard.press("e")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator("#timeline")).to_contain_text("Alice closed this: They only said thanks.")
    assert len(team.house.open_waits()) == 2
    page.locator("#conversation-title").focus()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#keys")).to_contain_text("Close, or say why no reply is needed")


def test_a_draft_survives_a_reload(team: Team, opened: Opener) -> None:
    page = opened()
    page.goto(f"{team.url}/inbox/waiting/1")
    page.fill("#reply-text", "Half a thought")
    page.reload()
    expect(page.locator("#reply-text")).to_have_value("Half a thought")
    page.get_by_role("button", name="Discard").click()
    page.reload()
    expect(page.locator("#reply-text")).to_have_value("")


def test_what_is_typed_outlives_a_collision(team: Team, opened: Opener) -> None:
    page = opened()
    page.goto(f"{team.url}/inbox/waiting/1")
    page.fill("#reply-text", "My words")
    letter = mail(
        "Carol Diaz <carol@customer.example>",
        "One more thing\n",
        subject="Re: Matter 1",
        message_id="more@x",
        reply_to_id="m1@x",
    )
    team.house.receive(team.account, letter, at=utc_now())
    expect(page.locator("#timeline")).to_contain_text("One more thing")
    expect(page.locator("#reply-text")).to_have_value("My words")
    page.get_by_role("button", name="Send", exact=False).first.click()
    expect(page.locator("#held")).to_contain_text("Carol Diaz wrote while you were writing.")
    expect(page.locator("#reply-text")).to_have_value("My words")
    assert [one for one in team.house.messages(1) if one.direction == "out"] == []
    page.get_by_role("button", name="Send", exact=False).first.click()
    expect(page.locator("#toasts")).to_contain_text("Your reply is on its way.")
    expect(page.locator("#held")).to_be_empty()


def test_what_arrives_slides_in_where_it_belongs(team: Team, opened: Opener) -> None:
    page = opened()
    page.mouse.move(5, 5)
    letter = mail("Eve Moss <eve@moss.example>", "Urgent\n", subject="Matter 4", message_id="m4@x")
    team.house.receive(team.account, letter, at=utc_now() - timedelta(hours=22))
    expect(page.locator("#rows .row")).to_have_count(4)
    assert [name.inner_text() for name in page.locator(".row-who").all()] == [
        "Carol Diaz",
        "Eve Moss",
        "Sam Ode",
        "Dana Kim",
    ]
    expect(page.locator('[data-count="waiting"]').first).to_have_text("4")


def test_nothing_moves_under_the_pointer(team: Team, opened: Opener) -> None:
    page = opened()
    third = page.locator("#rows .row").nth(2)
    third.hover()
    before = third.bounding_box()
    letter = mail("Eve Moss <eve@moss.example>", "Urgent\n", subject="Matter 4", message_id="m4@x")
    team.house.receive(team.account, letter, at=utc_now() - timedelta(hours=30))
    expect(page.locator("#news")).to_have_text("1 new")
    assert third.bounding_box() == before
    page.locator("#news").click()
    expect(page.locator("#rows .row")).to_have_count(4)
    expect(page.locator("#rows .row").first).to_contain_text("Eve Moss")


def test_two_people_see_what_the_other_does(team: Team, opened: Opener) -> None:
    alice, bob = opened("alice"), opened("bob")
    alice.goto(f"{team.url}/inbox/waiting/3")
    bob.goto(f"{team.url}/inbox/waiting/3")
    bob.locator("[data-menu=assign] > summary").click()
    bob.get_by_role("button", name="Me", exact=True).click()
    expect(alice.locator("#timeline")).to_contain_text("Bob took this")
    expect(alice.locator("#c3 .row-mate")).to_have_attribute("aria-label", "Assigned to Bob")


def test_signing_out_closes_open_pages(team: Team, opened: Opener) -> None:
    page = opened()
    assert team.alice.get("/inbox/waiting").status_code == 200
    token = next(one["value"] for one in page.context.cookies() if one["name"] == "under24")
    team.alice.client.cookies.set("under24", token)
    team.alice.learn()
    team.alice.post("/logout")
    page.wait_for_url("**/login", timeout=15_000)


def test_back_and_forward_keep_the_list(team: Team, opened: Opener) -> None:
    page = opened()
    page.locator("#c2 > a").click()
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    page.locator("#c1 > a").click()
    expect(page.locator("#conversation-title")).to_have_text("Matter 1")
    page.go_back()
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    expect(page.locator("#c2 > a")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(page.locator("#conversation")).to_have_count(0)
    page.go_forward()
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")


def test_one_pane_at_a_time_on_a_phone(team: Team, opened: Opener) -> None:
    page = opened(width=360, height=740)
    page.locator("#c1 > a").click()
    expect(page.locator("#list")).to_be_hidden()
    expect(page.locator("#reply-text")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(page.locator("#list")).to_be_visible()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Mine").click()
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()


def test_preview_and_copy(team: Team, opened: Opener) -> None:
    page = opened()
    page.goto(f"{team.url}/inbox/waiting/1")
    page.fill("#reply-text", "A *soft* word")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-preview] em")).to_have_text("soft")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#reply-text")).to_be_visible()
    page.get_by_role("button", name="Cc").click()
    expect(page.get_by_label("Copy to")).to_be_focused()
