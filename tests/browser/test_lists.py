"""Choosing, acting on many, snoozing and unread rows in a browser, by keyboard."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlmodel import select
from team import Opener, Team

from inbox.store import readers
from inbox.store.tables import Conversation


def test_three_are_chosen_by_keyboard_assigned_and_given_back(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("X")
    expect(page.locator("#bulk")).to_contain_text("3 chosen")
    page.keyboard.press("a")
    expect(page.locator("#bulk").get_by_role("button", name="Me", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("3 conversations assigned.")
    expect(page.locator("#bulk")).to_be_hidden()
    expect(page.locator('.rail [data-count="mine"]')).to_have_text("3")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("Undone for 3 conversations.")
    page.locator("#c1 > a").focus()
    page.keyboard.press("x")
    page.get_by_role("button", name="Choose all").click()
    page.keyboard.press("t")
    page.keyboard.type("vip")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("3 conversations tagged.")
    expect(page.locator("#rows .tag", has_text="vip")).to_have_count(3)
    expect(page.locator('.rail [data-count="mine"]')).to_have_text("")
    assert {one.assignee_id for one in team.house.conversations()} == {None}


def test_what_is_opened_is_read_and_what_is_snoozed_leaves(team: Team, opened: Opener) -> None:
    page = opened()
    expect(page.locator("#rows .row.is-unread")).to_have_count(3)
    page.locator("#c3 > a").click()
    expect(page.locator("#rows .row.is-unread")).to_have_count(2)
    expect(page.locator("#conversation-title")).to_be_focused()
    with page.expect_response("**/conversations/2/seen"):
        page.locator("#c2 > a").click()
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    page.keyboard.press("s")
    late = page.locator("[data-menu=snooze] .sheet button", has_text="In a month")
    expect(late).to_contain_text("after the deadline")
    late.click()
    expect(page.locator("#toasts")).to_contain_text("Somebody waits for an answer before that.")
    page.get_by_role("button", name="Snooze all the same").click()
    expect(page.locator("#toasts")).to_contain_text("Snoozed. It comes back then, or when they write.")
    page.mouse.move(5, 5)
    expect(page.locator("#c2")).to_have_count(0)
    expect(page.locator('.rail [data-count="snoozed"]')).to_have_text("1")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#c2")).to_have_count(1)
    with team.house.store.reading() as session:
        assert session.exec(select(Conversation.snoozed_until)).all() == [None, None, None]
        assert set(readers.seen(session, team.alice.id, [1, 2, 3])) == {2, 3}
