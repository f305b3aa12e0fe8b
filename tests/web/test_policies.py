"""No answer allows code or styles inside a page, and no script of ours makes code or markup out of words."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from house import mail
from team import Team

import inbox.web
from inbox.web.deps import _routes

HERE = Path(inbox.web.__file__).parent
# A drawing that stands whole in the script is no markup made of words.
MAKES_CODE = re.compile(
    r"\beval\(|new Function|\.(?:inner|outer)HTML\s*=(?!=|\s*'[^'+]*';)|insertAdjacentHTML"
    r"|document\.write|setAttribute\(\s*[\"']style"
    r"|set(?:Timeout|Interval)\(\s*[\"'`]|setHTMLUnsafe|createContextualFragment"
)


def _paths(team: Team, message: int, talk: int) -> list[str]:
    """Return an address for every route that answers GET, its parts filled in with what is there, or with nonsense."""
    known = {"message_id": str(message), "conversation_id": str(talk), "view": "all"}
    found = sorted({route.path for route in _routes(team.app) if "GET" in (route.methods or ())})
    return [
        re.sub(r"\{(\w+)(?::\w+)?\}", lambda part: known.get(part[1], "1"), path) for path in found if path != "/live"
    ]


def test_no_answer_allows_code_or_styles_inside_a_page(team: Team) -> None:
    team.house.receive(team.account, mail("Carol <carol@c.example>", "Hello"))
    talk = team.house.conversations()[0].id or 0
    message = team.house.messages(talk)[0].id or 0
    paths = [*_paths(team, message, talk), f"/messages/{message}/body?images=yes", "/static/img/ring.svg", "/nowhere"]
    assert len(paths) > 60
    for who in (team.alice, team.mallory):
        for path in paths:
            answer = who.get(path)
            policy = answer.headers.get("content-security-policy", "")
            assert answer.status_code < 500, path
            assert policy, path
            assert "unsafe" not in policy, path
            assert "script-src" in policy or "default-src 'none'" in policy, path
            if "text/html" in answer.headers.get("content-type", ""):
                assert not re.search(r"<[^>]*\s(style|on\w+)=", answer.text), path
                assert not re.search(r"<script(?![^>]*\ssrc=)", answer.text), path


def test_scripts_make_neither_code_nor_markup_of_words() -> None:
    for script in (HERE / "static/js").rglob("*.js"):
        assert MAKES_CODE.findall(script.read_text(encoding="utf-8")) == [], script.name


def test_no_page_works_with_the_store_while_all_others_wait(team: Team) -> None:
    on_the_loop = {route.path for route in _routes(team.app) if inspect.iscoroutinefunction(route.endpoint)}
    # A stream, and two that take in a body and then work in a thread.
    assert on_the_loop == {"/live", "/settings/imports/file", "/api/v1/read"}
