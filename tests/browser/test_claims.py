"""Taking on who waits in a browser: by its key, and by the link of a message on a phone."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect
from team import Opener, Team

from inbox.flow import claims

AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
FINDINGS = "axe.run(document).then((found) => found.violations.map((one) => one.id))"


def test_one_key_takes_it_on_and_lets_it_go(team: Team, opened: Opener) -> None:
    page = opened("bob")
    page.goto(f"{team.url}/inbox/waiting/1")
    page.keyboard.press("i")
    head = page.locator("#story-head")
    expect(head).to_contain_text("You are on it until")
    expect(page.locator("#c1 .row-marks")).to_contain_text("Bob is on it until")
    page.keyboard.press("i")
    expect(head).to_contain_text("I\N{RIGHT SINGLE QUOTATION MARK}m on it")


def test_the_link_of_a_message_is_a_page_for_everyone(team: Team, browser: Browser) -> None:
    address = f"{team.url}/claim/{claims.token(team.house.context.vault, 1, team.bob.id, team.clock.now)}"
    context = browser.new_context(bypass_csp=True, viewport={"width": 360, "height": 740}, color_scheme="dark")
    page = context.new_page()
    page.goto(address)
    page.evaluate(AXE)
    assert page.evaluate(FINDINGS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="on it").click()
    expect(page.get_by_role("status").first).to_contain_text("You are on it until")
    page.evaluate(AXE)
    assert page.evaluate(FINDINGS) == []
    context.close()
