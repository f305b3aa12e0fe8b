"""The keyboard: one source for the keys, the sheet and the palette; and a focus that is never lost."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route, expect
from team import Opener, Team

from inbox.web.keys import shown


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.closest('.row')?.id ?? document.activeElement.id"))


def test_the_sheet_says_every_key_and_each_place_is_reached(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    told = [binding for _name, bindings in shown() for binding in bindings]
    assert page.locator("#keys [data-keys]").count() == len(told)
    page.keyboard.press("Escape")
    places = [binding for binding in told if binding.act.startswith("/")]
    assert len(places) >= 6
    for place in places:
        with page.expect_navigation(url=re.compile(re.escape(place.act))):
            for key in place.shown:
                page.keyboard.press(key)


def test_two_keys_that_mean_nothing_together_mean_nothing(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("g")
    page.keyboard.press("j")
    assert focused(page) == "c1"
    page.keyboard.press("j")
    assert focused(page) == "c2"


def test_the_list_is_one_stop_of_the_tab_key_and_arrows_go_through_it(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("j")
    assert page.locator('#rows .row > a[tabindex="0"]').count() == 1
    page.keyboard.press("ArrowDown")
    assert focused(page) == "c2"
    page.keyboard.press("End")
    assert focused(page) == "c3"
    page.keyboard.press("Home")
    assert focused(page) == "c1"
    page.keyboard.press("Tab")
    assert not focused(page).startswith("c")
    page.keyboard.press("Shift+Tab")
    assert focused(page) == "c1"


def test_the_palette_acts_jumps_and_finds(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#conversation-title")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-words")).to_be_focused()
    page.keyboard.type("reply")
    expect(page.locator('#palette [aria-selected="true"]')).to_contain_text("Reply")
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("assign bob")
    expect(page.locator('#palette [aria-selected="true"]')).to_contain_text("Bob")
    page.keyboard.press("Enter")
    expect(page.locator("#timeline")).to_contain_text("Bob")
    page.keyboard.press("Control+k")
    page.keyboard.type("sam@o")
    expect(page.locator("#palette-found")).to_contain_text("Sam Ode")
    expect(page.locator("#palette-found")).to_contain_text("sam@ode.example")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("unassig")
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/unassigned")


def test_the_palette_opens_a_conversation_by_what_was_said_in_it(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("Control+k")
    page.keyboard.type("question 3")
    option = page.locator("#palette-found [role=option]", has_text="Matter 3")
    expect(option).to_be_visible()
    page.keyboard.press("ArrowUp")
    option.click()
    expect(page.locator("#conversation-title")).to_have_text("Matter 3")


def test_an_act_on_the_row_with_the_focus_opens_it_first(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    expect(page.locator("#reply-text")).to_be_focused()


def test_many_quick_steps_end_where_they_should(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#conversation-title")).to_be_focused()
    for key in "jjkjkkjj":
        page.keyboard.press(key)
    expect(page.locator('#rows [aria-current="true"]')).to_contain_text("Matter 3")
    expect(page.locator("#conversation-title")).to_have_text("Matter 3")
    expect(page).to_have_url(re.compile("/inbox/waiting/3$"))


def test_the_focus_survives_what_an_act_takes_away(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#conversation-title")).to_be_focused()
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator("#timeline")).to_contain_text("Alice")
    page.keyboard.press("t")
    expect(page.locator("#tag-name")).to_be_focused()
    page.keyboard.type("bug")
    page.keyboard.press("Enter")
    expect(page.locator(".story-acts .tag").first).to_contain_text("bug")
    assert page.evaluate("document.activeElement !== document.body")
    page.keyboard.press("r")
    expect(page.locator("#reply-text")).to_be_focused()


def test_the_next_step_goes_on_where_the_row_was_that_left(team: Team, opened: Opener) -> None:
    page = opened()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    page.keyboard.press("!")
    expect(page.locator("#c2")).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator("#conversation-title")).to_have_text("Matter 3")
    page.keyboard.press("!")
    expect(page.locator("#c3")).to_have_count(0)
    page.keyboard.press("k")
    expect(page.locator("#conversation-title")).to_have_text("Matter 1")


def test_a_late_answer_of_one_conversation_stays_out_of_the_next(team: Team, opened: Opener) -> None:
    page = opened()
    page.goto(f"{team.url}/inbox/all/1")

    def slowly(route: Route) -> None:
        page.wait_for_timeout(700)
        route.continue_()

    page.route("**/conversations/1/tags", slowly)
    page.keyboard.press("t")
    page.keyboard.type("slow")
    page.keyboard.press("Enter")
    page.locator("#c2 > a").click()
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    expect(page.locator("#c1")).to_contain_text("slow")
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    expect(page.locator("#timeline")).to_contain_text("Question 2")
    expect(page.locator("#story-head")).not_to_contain_text("slow")
    expect(page.locator("#person")).to_contain_text("Sam Ode")


def test_undoing_what_was_done_elsewhere_leaves_what_is_open(team: Team, opened: Opener) -> None:
    page = opened()
    page.goto(f"{team.url}/inbox/all/1")
    page.keyboard.press("!")
    expect(page.locator("#toasts")).to_contain_text("In spam.")
    expect(page.locator("#c1")).to_contain_text("spam")
    page.locator("#c2 > a").click()
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    page.keyboard.press("z")
    expect(page.locator("#c1")).not_to_contain_text("spam")
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    expect(page.locator("#timeline")).to_contain_text("Question 2")
    assert len(team.house.open_waits()) == 3
