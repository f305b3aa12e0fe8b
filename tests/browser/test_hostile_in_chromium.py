"""Hostile mail in Chromium: nothing runs, nothing is fetched, even where one of the walls is taken away."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.header import Header
from email.message import EmailMessage

import pytest
from hostile import PAYLOADS
from house import SUPPORT
from playwright.sync_api import Dialog, Page, Request, expect
from team import Opener, Team

from inbox.flow import merge
from inbox.web import sanitize

RUN = "top.ran=1"
TALKS = 5
EXPECTED = re.compile(
    r"/(inbox|search|conversations|messages/\d+/body|attachments/\d+/picture|static|live|people|here|notices|palette|presence|drafts)\b[^\s]*|/login|/sw\.js"
)
FRAMES = """async (ids) => {
  for (const id of ids) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-same-origin allow-popups allow-popups-to-escape-sandbox");
    frame.src = `/messages/${id}/body`;
    const loaded = new Promise((done) => frame.addEventListener("load", done, { once: true }));
    document.body.append(frame);
    await loaded;
    if (!frame.contentDocument?.body?.textContent.includes("First line")) return `${id} shows nothing`;
  }
  await new Promise((done) => setTimeout(done, 400));
  return "";
}"""


def hostile_mail(number: int, payload: str) -> bytes:
    """Put a payload wherever a stranger can put words: name, subject, text, HTML, file name, identifiers."""
    acting = payload.replace("alert(1)", RUN)
    line = " ".join("".join(c if c.isprintable() else " " for c in acting).split())[:180]
    message = EmailMessage()
    message["From"] = f"{Header(line.replace('@', ' '), 'utf-8', maxlinelen=2000).encode()} <m{number}@evil.example>"
    message["To"], message["Message-ID"] = SUPPORT, f"<evil{number}@evil.example>"
    message["Subject"] = line
    text = "".join(c for c in acting if c.isprintable() or c == " ")
    message.set_content(f"First line\n{text}\n\nOn Monday, {line} wrote:\n> {line}\n")
    message.add_alternative(f"<p>First line</p><div>{acting}</div><p>Last line</p>", subtype="html")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename=f"{line[:80]}.pdf")
    return message.as_bytes()


@dataclass
class Watch:
    """What a page did that it should not."""

    asked: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def on(self, page: Page, origin: str) -> None:
        page.on("dialog", self._refuse)
        page.context.on("request", lambda request: self._note(request, origin))
        page.context.on("page", lambda other: self.asked.append(f"a window: {other.url}"))

    def _refuse(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _note(self, request: Request, origin: str) -> None:
        path = request.url.removeprefix(origin)
        ours = request.url.startswith(origin) and (path == "/" or EXPECTED.match(path))
        if not ours and not request.url.startswith(("data:image/", "about:")):
            self.asked.append(request.url)


@pytest.mark.slow
def test_nothing_of_what_strangers_send_runs_or_is_fetched(team: Team, opened: Opener) -> None:
    assert len(set(PAYLOADS)) >= 150
    team.house.receive(team.account, *(hostile_mail(number, one) for number, one in enumerate(PAYLOADS)))
    waiting = [talk for talk in team.house.conversations() if talk.subject[:6] != "Matter"]
    evil = [talk.id or 0 for talk in waiting[:TALKS]]
    with team.house.store.unit_of_work() as work:
        for number, talk in enumerate(waiting[TALKS:]):
            merge.merge(work, talk.id or 0, evil[number % TALKS], team.alice.id)
    ids = [one.id for talk in evil for one in team.house.messages(talk) if one.kind == "message"]
    assert len(ids) == len(PAYLOADS)
    page, watch = opened(), Watch()
    watch.on(page, team.url)
    for path in ("/inbox/waiting", "/inbox/all", "/search?q=First", *(f"/inbox/all/{talk}" for talk in evil)):
        page.goto(team.url + path)
        expect(page.locator("main")).to_be_visible()
        assert page.evaluate("window.ran") is None, path
    assert page.evaluate(FRAMES, ids) == ""
    assert page.evaluate("window.ran") is None
    assert watch == Watch()


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
        _elsewhere(request.url)
        and not re.search(r"csp|^origin$", request.failure or "")
        and not request.url.startswith("javascript:")
    )


@pytest.mark.parametrize("cleaner", ["on", "off"])
def test_nothing_runs_and_nothing_is_fetched(
    team: Team, opened: Opener, monkeypatch: pytest.MonkeyPatch, cleaner: str
) -> None:
    if cleaner == "off":
        monkeypatch.setattr(sanitize, "clean", lambda html, _ids, *, remote: sanitize.Cleaned(html))
    talk = receive(
        team,
        "".join(f"<div>{one}</div>" for one in PAYLOADS if not re.search("plaintext|/logout", one)).replace(
            "alert(1)", RUN
        ),
    )
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
    assert page.evaluate("window.ran") is None
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
