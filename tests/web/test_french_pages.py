"""Where French is spoken, no English is shown: every screen is read, and looked through for texts of ours."""

from __future__ import annotations

import html.parser
import importlib.util
import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import weeks
from house import mail
from team import Team

from inbox.flow import act
from inbox.web.deps import _routes

ROOT = Path(__file__).resolve().parents[2]
KNOWN = re.compile(
    r"^(Under24|Original|Message|Messages|Note|Conversation|Conversations|Menu|Webhooks?|Code|SMS|Signatures|Import|Site|Role|Cc|Push|Telegram|WhatsApp|X|mail|message|file)$",
    re.IGNORECASE,
)
QUIET = {"script", "style", "kbd", "code", "pre", "textarea", "title"}
SHOWN = {"aria-label", "title", "placeholder", "alt"}


class Read(html.parser.HTMLParser):
    """Collects what a person reads, leaving out what says that it is in another language."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        foreign = tag != "html" and (given.get("lang") or "fr") != "fr"
        quiet = tag in QUIET or foreign or bool(self.open and self.open[-1][1])
        if not quiet:
            self.texts += [value for name, value in attrs if name in SHOWN and value]
        if tag not in {"input", "br", "img", "link", "meta", "hr", "path", "circle", "source", "wbr"}:
            self.open.append((tag, quiet))

    def handle_endtag(self, tag: str) -> None:
        if tag in {name for name, _ in self.open}:
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        said = " ".join(data.split())
        if said and not (self.open and self.open[-1][1]):
            self.texts.append(said)


def english() -> tuple[set[str], list[re.Pattern[str]]]:
    """Return our English texts that are different in French: whole ones, and the shapes of those with values."""
    spec = importlib.util.spec_from_file_location("texts", ROOT / "scripts/texts.py")
    assert spec
    assert spec.loader
    texts = sys.modules["texts"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(texts)
    whole, shapes = set(), []
    for message in texts.load():
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
        for text in (one for one in ids if one and one not in strings and not KNOWN.match(one)):
            bare = re.sub(r"\{\w+(?::\w+)?\}", "", text)
            if bare == text:
                whole.add(" ".join(text.split()))
            elif len(re.findall(r"[A-Za-z]{3,}", bare)) >= 2:
                shapes.append(re.compile(re.sub(r"\\\{\w+(?::\w+)?\\\}", ".+?", re.escape(text))))
    return whole, shapes


def _pages(team: Team, conversation: int) -> list[str]:
    """Return every page that can be asked for: the routes without a part to fill in, and a few with one."""
    found = sorted({route.path for route in _routes(team.app) if "GET" in (route.methods or ())})
    plain = [
        path
        for path in found
        if "{" not in path and not path.startswith(("/api/", "/live", "/healthz", "/sw", "/styleguide"))
    ]
    views = ("waiting", "mine", "unassigned", "open", "all", "closed", "spam")
    more = [f"/inbox/{view}" for view in views] + [
        f"/inbox/all/{conversation}",
        "/ledger/all",
        "/settings/letters/welcome/fr",
    ]
    return plain + more


@pytest.fixture
def conversation(team: Team) -> int:
    letter = mail("Carole <carole@c.example>", "Bonjour, une question.", subject="Une question")
    team.house.receive(team.account, letter, at=team.clock.now - timedelta(hours=3))
    talk = team.house.conversations()[-1].id or 0
    with team.house.store.unit_of_work() as work:
        act.assign(work, talk, team.alice.id, team.bob.id)
        act.tag(work, talk, "facture", team.alice.id)
        act.no_reply_needed(work, talk, team.alice.id, "They only said thanks.")
    team.house.receive(team.account, b"\\x00 not a mail")
    weeks.furnish(team)
    team.alice.post("/settings/promise-to-customers", a_day="2", zone="UTC", public="yes")
    team.alice.post("/settings/me", name="Alice", language="fr", zone="", density="comfortable")
    return talk


def test_no_screen_shows_english_to_a_french_reader(team: Team, conversation: int) -> None:
    whole, shapes = english()
    shown: dict[str, list[str]] = {}
    for path in _pages(team, conversation):
        answer = team.alice.get(path, headers={"Accept-Language": "fr"}, follow_redirects=True)
        if "text/html" not in answer.headers["content-type"]:
            continue
        assert answer.status_code == 200, path
        page = Read()
        page.feed(answer.text)
        left = [said for said in page.texts if said in whole or any(shape.fullmatch(said) for shape in shapes)]
        if left:
            shown[path] = left
    assert shown == {}


def test_strangers_pages_are_french_for_a_french_browser(team: Team) -> None:
    whole, _ = english()
    for path in ("/login", "/no-such-page"):
        page = Read()
        page.feed(team.mallory.get(path, headers={"Accept-Language": "fr"}).text)
        assert [said for said in page.texts if said in whole] == [], path


def test_a_refusal_is_told_in_french(team: Team, conversation: int) -> None:
    refused = team.alice.post(f"/conversations/{conversation}/note", text="", headers={"HX-Request": "true"})
    assert "La note est vide." in refused.text
