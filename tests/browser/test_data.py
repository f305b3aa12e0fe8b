"""A file comes in by a browser, and the screens of the data are for everyone, also with something on them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hook_server import HookServer
from playwright.sync_api import Page, expect
from team import Opener, Team

from inbox.flow import data_jobs
from inbox.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
EXPORT = ROOT / "tests/flow/exports/zendesk.ndjson"


def wrong_with(page: Page) -> list[str]:
    """Return what axe finds, and what is wider than the window."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    told = [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [*told, *(["wider than the window"] if wide else [])]


def test_an_import_is_sent_followed_and_done_and_every_screen_of_the_data_is_for_everyone(
    team: Team, opened: Opener, tmp_path: Path
) -> None:
    settings = Settings(webhooks_loopback=True, data_dir=tmp_path / "files")
    team.house.context = replace(team.house.context, settings=settings)
    team.app.state.context = team.house.context
    page = opened("alice", width=360, height=800, color_scheme="dark", bypass_csp=True)

    page.goto(f"{team.url}/settings/imports")
    page.select_option("[name=kind]", "zendesk")
    page.set_input_files("[name=file]", EXPORT)
    page.get_by_role("button", name="Import").click()
    expect(page.locator("#import-work")).to_contain_text("Begins in a moment")
    assert data_jobs.run_next(team.house.context)
    expect(page.locator("#import-work")).to_contain_text("2 conversations")
    assert wrong_with(page) == []

    page.select_option("[name=kind]", "contacts")
    people = b"Name,Mail\nEve,eve@customer.example\n"
    page.set_input_files("[name=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": people})
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="What the columns hold")).to_be_visible()
    assert wrong_with(page) == []

    with HookServer() as receiver:
        page.goto(f"{team.url}/settings/webhooks/new")
        page.fill("[name=url]", receiver.url)
        page.get_by_role("button", name="Add, and show its secret").click()
        expect(page.locator("code").filter(has_text="whsec_")).to_be_visible()
        receiver.answers.append((500, {}, b"broken"))
        page.get_by_role("button", name="Send a test").click()
        page.locator(".log-line summary").click()
        expect(page.locator(".log-line")).to_contain_text("broken")
        assert wrong_with(page) == []
