"""Being told in a browser: the bell, a word on the page, a notice of the browser's, and its worker."""

from __future__ import annotations

import re

import pytest
from loopback import eventually
from playwright.sync_api import Page, expect
from team import Opener, Team

from inbox.flow import act, notices

pytestmark = pytest.mark.browser

SHOWN = """async () => {
  const worker = await navigator.serviceWorker.ready;
  return (await worker.getNotifications()).map((one) => one.body);
}"""
HIDE = """() => {
  Object.defineProperty(document, "hidden", { get: () => true, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def give(team: Team, conversation_id: int) -> None:
    """Alice gives Bob a conversation, and the notice is made."""
    reader = notices.reader(team.house.store)
    reader.step()
    with team.house.store.unit_of_work() as work:
        act.assign(work, conversation_id, team.bob.id, team.alice.id)
    while reader.step():
        pass


def was_told(page: Page, number: int) -> bool:
    """Wait until a page knows of so many notices; asked from outside, since the page itself lets no string be run."""
    asked = "number => Number(sessionStorage.getItem('notices.known') ?? -1) >= number"
    return eventually(lambda: bool(page.evaluate(asked, number)))


def test_what_one_is_told_shows_at_once_and_is_read_by_looking(team: Team, opened: Opener) -> None:
    page = opened("bob")
    expect(page.locator("#live")).to_have_count(1)
    assert was_told(page, 0)
    give(team, 2)
    toast = page.locator("#toasts a", has_text="Alice gave you the conversation with Sam Ode.")
    expect(toast).to_be_visible()
    expect(page.locator('.rail .count[data-count="notices"]')).to_have_text("1")
    toast.click()
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    expect(page.locator('.rail .count[data-count="notices"]')).to_have_text("")
    page.goto(f"{team.url}/notices")
    expect(page.locator(".notice-row")).to_have_count(1)
    expect(page.locator(".notice-row.is-unread")).to_have_count(0)


def test_a_hidden_page_lets_the_browser_say_it_once(team: Team, opened: Opener) -> None:
    page = opened("bob", permissions=["notifications"])
    page.evaluate("navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready)")
    second = page.context.new_page()
    second.goto(f"{team.url}/notices")
    for one in (page, second):
        assert was_told(one, 0)
        one.evaluate(HIDE)
    give(team, 2)
    told = ["Alice gave you the conversation with Sam Ode."]
    assert eventually(lambda: page.evaluate(SHOWN) == told)
    for one in (page, second):
        assert was_told(one, 1)
        expect(one.locator("#toasts a")).to_have_count(0)
    assert page.evaluate(SHOWN) == told


@pytest.mark.parametrize("width", [360, 1280])
def test_rules_and_notices_fit_and_work_without_a_mouse(team: Team, opened: Opener, width: int) -> None:
    page = opened("bob", width=width)
    page.goto(f"{team.url}/settings/rules/new")
    page.get_by_label("Name", exact=True).fill("Matters")
    page.get_by_label(re.compile("The conversation is found")).fill("question")
    page.get_by_label(re.compile("Put these tags on")).fill("asked")
    page.get_by_role("button", name="What would it have found").press("Enter")
    expect(page.get_by_role("heading", name="3 conversations last week")).to_be_visible()
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".rule")).to_contain_text("tag it “asked”")
    for path in ("/settings/rules", "/settings/rules/1", "/settings/notices", "/notices"):
        page.goto(f"{team.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
