"""Every screen can be used by everyone, whatever route it stands behind.

No findings of axe in light and dark, in English and French; a focus that can be seen wherever the keyboard leads;
nothing that overflows a small phone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import weeks
from playwright.sync_api import Page
from sqlmodel import select
from team import Opener, Team

from inbox.store.tables import Contact, Conversation, Teammate

AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
WHAT_IF = "/promise/what-if?kind=policy&hours=1&clock=always"
MORE = [
    "/search?q=question",
    "/search?q=nothing-like-it",
    "/nowhere",
    "/inbox/spam",
    "/inbox/all/2",
    "/inbox/mine",
    WHAT_IF,
]
SAMPLES = {"view": "waiting", "state": "all", "token": "none"}
"""What stands in an address where the route has a name; a number is always 1."""
NO_SCREENS = re.compile(r"/(api|live|static|healthz|events)\b|/(rows|news|parts|earlier|raw|body|source|text|picture)$")
OWN = ("/inbox/waiting", "/inbox/waiting/1", "/conversations/1/print", "/quarantine/1", "/settings", "/styleguide")


@pytest.fixture(autouse=True)
def development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INBOX_DEVELOPMENT", "yes")


def screens(team: Team) -> list[str]:
    """Return the address of every screen: whatever the app has a GET route for and answers with a whole page."""
    routes = sorted(path for method, path in team.app.state.policies if method == "GET" and not NO_SCREENS.search(path))
    named = [re.sub(r"\{(\w+)(:\w+)?\}", lambda found: SAMPLES.get(found[1], "1"), path) for path in routes]
    found: dict[str, str] = {}
    for path in [*named, *MORE]:
        answer = team.alice.get(path, follow_redirects=True)
        if "<html" in answer.text[:200] and (answer.status_code == 200 or path in MORE):
            found.setdefault(str(answer.url.copy_with(fragment=None).raw_path, "ascii"), path)
    return list(found)


def furnish(team: Team) -> None:
    """Fill the first conversation with everything that a conversation can hold, and the house with an odd arrival."""
    team.bob.post("/conversations/1/note", text="A *note*")
    team.alice.post("/settings/promise-to-customers", a_day="2", zone="UTC", public="yes")
    team.bob.post("/conversations/1/assign", to="me")
    team.bob.post("/conversations/1/tags", name="billing")
    team.house.reply(1, team.bob.id, "An answer with a [link](https://a.example)")
    team.house.deliver()
    weeks.furnish(team)


def speak(team: Team, language: str) -> None:
    with team.house.store.unit_of_work() as work:
        work.session.get_one(Teammate, team.alice.id).language = language


def findings(page: Page, only: str = "") -> list[str]:
    rules = f", runOnly: ['{only}']" if only else ""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(f"axe.run(document, {{resultTypes: ['violations']{rules}}})")
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


WIDEST = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [document.body, ...document.querySelectorAll('body *')]
  .filter(e => e === document.body || e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => `overflows: ${e.tagName}.${e.className}`).slice(0, 5)"""

UNSEEN = """() => {
  const can = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]';
  const unseen = [];
  for (const one of document.querySelectorAll(can)) {
    if (one.disabled || !one.checkVisibility({visibilityProperty: true}) || one.closest('[inert]')) continue;
    one.focus();
    if (document.activeElement !== one) continue;
    const shown = one.matches('.quiet-to-eyes') ? one.parentElement : one;
    if (getComputedStyle(shown).outlineStyle === 'none') unseen.push(`unseen: ${one.outerHTML.slice(0, 120)}`);
  }
  return unseen;
}"""


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "scheme", "other"), [("en", "light", "dark"), ("fr", "dark", "light")])
def test_every_screen_is_for_everyone(team: Team, opened: Opener, language: str, scheme: str, other: str) -> None:
    furnish(team)
    page = opened(color_scheme=scheme, locale=language, bypass_csp=True, reduced_motion="reduce")
    speak(team, language)
    paths = screens(team)
    assert {*OWN} <= {*paths}
    wrong = {path: found for path in paths if (found := list(_wrong(page, team.url + path, language, other)))}
    assert wrong == {}


def _wrong(page: Page, address: str, language: str, other: str) -> Iterator[str]:
    page.goto(address, wait_until="load")
    if page.locator("html").get_attribute("lang") != language:
        yield f"is not in {language}"
    yield from findings(page)
    page.emulate_media(color_scheme=other)  # type: ignore[arg-type]
    yield from findings(page, "color-contrast")
    page.keyboard.press("Tab")
    yield from page.evaluate(UNSEEN)
    page.set_viewport_size({"width": 360, "height": 740})
    yield from page.evaluate(WIDEST)
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="dark" if other == "light" else "light")


def test_what_a_stranger_is_called_makes_no_page_wider_than_a_phone(team: Team, opened: Opener) -> None:
    furnish(team)
    with team.house.store.unit_of_work() as work:
        for contact in work.session.exec(select(Contact)):
            contact.name = "N" * 90
        for talk in work.session.exec(select(Conversation)):
            talk.subject = "S" * 90
    paths = (
        "/promise/team",
        "/promise/team/waits?of=settled",
        "/promise/team/waits/1",
        "/promise/team/review",
        WHAT_IF,
    )
    page = opened(width=360, height=740)
    wrong = {}
    for path in (
        *paths,
        "/rota/handover",
        "/conversations/1/print",
        "/settings/data/people/1",
        "/search",
        "/inbox/all",
    ):
        page.goto(team.url + path)
        if found := page.evaluate(WIDEST):
            wrong[path] = found
    assert wrong == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_open_menus_and_sheets_have_no_findings(team: Team, opened: Opener, scheme: str) -> None:
    furnish(team)
    page = opened(color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")
    page.goto(f"{team.url}/inbox/waiting/1")
    wrong: dict[str, object] = {}
    for menu in page.locator("#detail details.menu").all():
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


@pytest.mark.parametrize("width", [360, 1000])
def test_the_drawers_of_a_narrow_window_have_no_findings(team: Team, opened: Opener, width: int) -> None:
    page = opened(width=width, height=760, bypass_csp=True, reduced_motion="reduce")
    page.goto(f"{team.url}/inbox/waiting/1")
    page.locator(".person-toggle").click()
    wrong = findings(page) + page.evaluate(WIDEST)
    page.keyboard.press("Escape")
    if width < 768:
        page.locator("[data-rail]").click()
        wrong += findings(page) + page.evaluate(WIDEST)
    assert wrong == []


@pytest.mark.parametrize("path", ["/login", "/setup/none"])
def test_the_door_is_open_to_everyone(page: Page, team: Team, path: str) -> None:
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.goto(team.url + path)
    assert "Under24" in page.title()
    page.set_viewport_size({"width": 360, "height": 700})
    assert page.evaluate(WIDEST) == []


def test_everything_can_be_reached_with_the_tab_key(team: Team, opened: Opener) -> None:
    page = opened()
    page.goto(f"{team.url}/inbox/waiting/1")
    reached: set[str] = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue  # the browser's own buttons
        reached.add(
            page.evaluate("document.activeElement.id || document.activeElement.textContent.trim().slice(0, 20)")
        )
        if "same-as" in reached:
            break
    assert {"reply-text", "person-notes", "scroller"} <= reached
