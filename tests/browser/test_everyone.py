"""Every screen can be used by everyone: no findings of axe, light and dark, and nothing overflows a small phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from team import Opener, Team

AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
SCREENS = [
    "/inbox/waiting",
    "/inbox/waiting/1",
    "/inbox/mine",
    "/inbox/spam",
    "/inbox/all/2",
    "/search",
    "/search?q=question",
    "/search?q=nothing-like-it",
    "/welcome",
    "/nowhere",
    "/quarantine",
    "/ledger",
    "/settings/accounts",
    "/settings/teammates",
]
DOORS = ["/login", "/setup/none"]


def findings(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


OUTLINED = """(() => {
  const focused = document.activeElement;
  const shown = focused.matches('.quiet-to-eyes') ? focused.parentElement : focused;
  return getComputedStyle(shown).outlineStyle !== 'none';
})()"""


def furnish(team: Team) -> None:
    """Fill the first conversation with everything that a conversation can hold."""
    team.bob.post("/conversations/1/note", text="A *note*")
    team.bob.post("/conversations/1/assign", to="me")
    team.bob.post("/conversations/1/tags", name="billing")
    team.house.reply(1, team.bob.id, "An answer with a [link](https://a.example)")
    team.house.deliver()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1000, 1280])
def test_axe_finds_nothing_and_nothing_overflows(team: Team, opened: Opener, scheme: str, width: int) -> None:
    furnish(team)
    page = opened(width=width, height=760, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    wrong: dict[str, object] = {}
    for path in SCREENS:
        answer = page.goto(team.url + path)
        if answer is not None and answer.status == 404 and path != "/nowhere":
            continue
        page.wait_for_load_state("load")
        if found := findings(page):
            wrong[path] = found
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong[f"{path} overflows"] = page.evaluate(WIDEST)
    assert wrong == {}


WIDEST = """[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.tagName + '.' + e.className).slice(0, 5)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_menus_and_sheets_have_no_findings(team: Team, opened: Opener, scheme: str) -> None:
    furnish(team)
    page = opened(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    page.goto(f"{team.url}/inbox/waiting/1")
    wrong: dict[str, object] = {}
    for menu in page.locator("details.menu").all():
        menu.locator("summary").first.click()
        for inner in menu.locator("details.inner > summary").all():
            inner.click()
        if found := findings(page):
            wrong[menu.get_attribute("data-menu") or ""] = found
        page.keyboard.press("Escape")
    page.locator("#conversation-title").focus()
    page.keyboard.press("?")
    if found := findings(page):
        wrong["keys"] = found
    assert wrong == {}


@pytest.mark.parametrize("path", DOORS)
def test_the_door_is_open_to_everyone(page: Page, team: Team, path: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(team.url + path)
    found = page.evaluate("() => document.title")
    assert "Under24" in found
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_everything_can_be_reached_with_the_tab_key(team: Team, opened: Opener) -> None:
    page = opened()
    page.goto(f"{team.url}/inbox/waiting/1")
    reached: set[str] = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue  # the browser's own buttons
        name = page.evaluate("document.activeElement.id || document.activeElement.textContent.trim().slice(0, 20)")
        visible = page.evaluate(OUTLINED)
        assert visible, f"{name} shows no focus"
        reached.add(name)
    assert {"reply-text", "person-name", "person-notes", "scroller"} <= reached
