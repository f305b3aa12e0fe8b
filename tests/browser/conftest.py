"""A team at work on the true clock, and browsers that are signed in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from chromium import PATIENCE
from house import mail
from playwright.sync_api import Browser, ConsoleMessage, Page
from stores import MovedClock
from team import PASSWORD, Opener, Team, team_at_work

from inbox.clock import utc_now

PEOPLE = ("Carol Diaz <carol@customer.example>", "Sam Ode <sam@ode.example>", "Dana Kim <dana@kim.example>")


class TrueClock(MovedClock):
    """The true time; a browser's clock cannot be moved along."""

    def __init__(self, behind: timedelta = timedelta(0)) -> None:
        super().__init__(utc_now())
        self.behind = behind

    def __call__(self) -> object:  # type: ignore[override]
        self.now = utc_now() - self.behind
        return self.now


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """Three people wait: one for 25 h, one for 20 h, one for 1 h."""
    with team_at_work(tmp_path, TrueClock()) as made:
        for number, (who, hours) in enumerate(zip(PEOPLE, (25, 20, 1), strict=True), start=1):
            text = f"Question {number}, see https://app.example.com/{number}\n\nOn Mon, Alice wrote:\n> Before\n"
            letter = mail(who, text, subject=f"Matter {number}", message_id=f"m{number}@x")
            made.house.receive(made.account, letter, at=utc_now() - timedelta(hours=hours))
        yield made


@pytest.fixture
def opened(browser: Browser, team: Team) -> Iterator[Opener]:
    """Open a page, signed in; anything the page complains about fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(who: str = "alice", width: int = 1280, height: int = 800, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if _matters(said) else None)
        page.goto(f"{team.url}/login")
        page.fill("[name=mail]", f"{who}@example.com")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/inbox/waiting")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


EXPECTED = re.compile(
    r"status of (401|409|422)|htmx:sse:error|sandboxed and the 'allow-scripts'"
    r"|Content Security Policy|Refused to refresh|tag was parsed|outside the document|`<meta>` tag|Unsafe attempt"
    r"|is not set\.|net::ERR_(CONNECTION_REFUSED|INTERNET_DISCONNECTED)"
)


def _matters(said: ConsoleMessage) -> bool:
    """Refusals, pages that do not exist and a wall that holds are printed by design; all else is a fault."""
    missing_page = "status of 404" in said.text and "/static/" not in said.location["url"]
    return said.type in {"error", "warning"} and not missing_page and not EXPECTED.search(said.text)
