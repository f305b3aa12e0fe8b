"""Hostile mail in Chromium: nothing runs, nothing is fetched, even where one of the walls is taken away."""

from __future__ import annotations

import importlib.util
from email.message import EmailMessage
from pathlib import Path

import pytest
from house import SUPPORT
from playwright.sync_api import Dialog, Request, expect
from team import Opener, Team

from inbox.web import sanitize

SOURCE = Path(__file__).resolve().parents[1] / "web/test_hostile_mail.py"


def payloads() -> str:
    spec = importlib.util.spec_from_file_location("hostile", SOURCE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return "".join(f"<div>{one}</div>" for one in module.PAYLOADS if "plaintext" not in one)


def receive(team: Team, html: str) -> int:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Mallory <mallory@evil.example>", SUPPORT, "Look"
    message["Message-ID"] = "<evil@evil.example>"
    message.set_content("Look at this.")
    message.add_alternative(f"<p>First line</p>{html}", subtype="html")
    team.house.receive(team.account, message.as_bytes())
    return team.house.conversations()[-1].id or 0


def _elsewhere(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "data:", "about:"))


def _left(request: Request) -> bool:
    """Whether a request got past the wall: one that the policy stopped is told as failed, too."""
    return (
        _elsewhere(request.url) and "csp" not in (request.failure or "") and not request.url.startswith("javascript:")
    )


@pytest.mark.parametrize("cleaner", ["on", "off"])
def test_nothing_runs_and_nothing_is_fetched(
    team: Team, opened: Opener, monkeypatch: pytest.MonkeyPatch, cleaner: str
) -> None:
    if cleaner == "off":
        monkeypatch.setattr(sanitize, "clean", lambda html, _ids, *, remote: sanitize.Cleaned(html))
    talk = receive(team, payloads())
    page = opened()
    page.goto(f"{team.url}/inbox/waiting/{talk}")
    dialogs: list[str] = []
    asked: list[str] = []

    def refuse(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.context.on("requestfinished", lambda request: asked.append(request.url) if _elsewhere(request.url) else None)
    page.context.on(
        "requestfailed", lambda request: asked.append(f"{request.url} {request.failure}") if _left(request) else None
    )
    page.get_by_role("button", name="Show as sent").click()
    frame = page.frame_locator("iframe[title='The mail as it was sent']")
    expect(frame.get_by_text("First line")).to_be_visible()
    page.wait_for_timeout(800)
    assert dialogs == []
    assert asked == []
    assert page.url == f"{team.url}/inbox/waiting/{talk}"


def test_the_frame_is_as_high_as_the_mail(team: Team, opened: Opener) -> None:
    talk = receive(team, "<p>Line</p>" * 40 + '<img src="https://tracker.example/x.gif">')
    page = opened()
    page.goto(f"{team.url}/inbox/waiting/{talk}")
    page.get_by_role("button", name="Show as sent").click()
    expect(page.get_by_text("1 picture from elsewhere was not loaded.")).to_be_visible()
    box = page.locator("iframe").bounding_box()
    assert box
    assert box["height"] > 1200
    page.get_by_role("button", name="Show as text").click()
    expect(page.locator("iframe")).to_have_count(0)
    expect(page.locator("#timeline").get_by_text("Look at this.")).to_be_visible()
