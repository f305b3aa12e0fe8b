"""API tokens and the audit log, as founders, members and their programs meet them."""

from __future__ import annotations

import csv
import io
import re

import httpx
import pytest
from house import mail
from logbook import kinds
from team import Team, Visitor

from inbox.flow import audit
from inbox.store import teammates

TOKENS = "/settings/tokens"
LOG = "/settings/audit"


def call(team: Team, token: str, method: str = "GET", path: str = "/api/v1/me", **body: bool) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.request(method, f"{team.url}{path}", headers=headers, json=body or None).status_code


def made_token(who: Visitor, name: str, scope: str, days: str) -> str:
    answer = who.post(TOKENS, name=name, scope=scope, days=days)
    found = re.search(r">(u24_[\w-]{43})<", answer.text)
    assert found
    return found[1]


def test_a_token_may_do_what_it_was_made_for(team: Team) -> None:
    team.house.receive(team.account, mail())
    close = "/api/v1/conversations/1/reopen"
    reads = made_token(team.alice, name="Dashboard", scope="read", days="30")
    writes = made_token(team.alice, name="Robot", scope="write", days="never")
    admin = made_token(team.alice, name="Terraform", scope="admin", days="never")
    assert [call(team, one) for one in (reads, writes, admin)] == [200, 200, 200]
    assert [call(team, one, "POST", close) for one in (reads, writes)] == [403, 200]
    rule = {"name": "Billing", "trigger": "arrived", "acts": {"end": "close"}}
    made = [
        httpx.post(f"{team.url}/api/v1/rules", headers={"Authorization": f"Bearer {one}"}, json=rule).status_code
        for one in (reads, writes, admin)
    ]
    assert made == [403, 403, 201]
    pause = "/api/v1/accounts/1/enabled"
    assert [call(team, one, "POST", pause, enabled=False) for one in (reads, writes, admin)] == [403, 403, 200]
    team.clock.move(days=31)
    assert [call(team, one) for one in (reads, writes)] == [401, 200]
    team.clock.move(days=400)
    assert [call(team, one) for one in (reads, writes)] == [401, 200]
    team.alice.sign_in("alice@example.com")
    assert "you revoke it" in team.alice.get(TOKENS).text


def test_a_token_that_writes_does_not_decide_who_is_told_or_what_strangers_see(team: Team) -> None:
    writes = made_token(team.alice, name="Robot", scope="write", days="never")
    admin = made_token(team.alice, name="Terraform", scope="admin", days="never")
    asked: dict[str, dict[str, object]] = {
        "ladder/webhook": {"url": ""},
        "me/reach": {"phone": "+33612345678"},
        "customers": {"accounts": [], "a_day": 2, "zone": "UTC", "public": True},
        "routing": {"to_duty": False},
        "rota": {"zone": "UTC"},
    }
    for path, given in asked.items():
        codes = [
            httpx.put(f"{team.url}/api/v1/{path}", headers={"Authorization": f"Bearer {one}"}, json=given).status_code
            for one in (writes, admin)
        ]
        assert codes == [403, 200], path


def test_tokens_show_when_they_were_used_and_are_revoked(team: Team) -> None:
    token = made_token(team.bob, name="my script", scope="read", days="90")
    page = team.bob.get(TOKENS).text
    assert token not in page
    assert f"…{token[-4:]}" in page
    assert "not yet" in page
    assert call(team, token) == 200
    assert "not yet" not in team.bob.get(TOKENS).text
    (revoke,) = re.findall(rf'action="({TOKENS}/\w+/revoke)"', team.alice.get(TOKENS).text)
    assert team.mallory.post(revoke).status_code == 401
    assert team.alice.post(revoke).status_code == 303
    assert call(team, token) == 401
    assert kinds(team, "api_token") == ["api_token.revoked", "api_token.added"]
    assert "Name the token" in team.bob.post(TOKENS, name=" ").text
    team.clock.move(minutes=11)
    assert team.bob.post(TOKENS, name="x").headers["location"] == f"/settings/security/prove?next={TOKENS}"


def test_a_program_that_runs_wild_is_slowed(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.web.pace.CALLS", 5)
    token = made_token(team.bob, name="wild", scope="read", days="never")
    assert [call(team, token) for _ in range(7)] == [200] * 5 + [429] * 2
    team.clock.move(minutes=1)
    assert call(team, token) == 200


def test_founders_read_the_log_and_members_do_not(team: Team) -> None:
    assert team.bob.get(LOG).status_code == 403
    team.visitor().post("/login", mail="alice@example.com", password="wrong password")
    team.alice.post(f"/settings/teammates/{team.bob.id}/role", role="founder")
    page = team.alice.get(LOG).text
    assert "made Bob a founder" in page
    assert "A sign-in failed" in page
    assert "127.0.0.1" in page
    only = team.alice.get(f"{LOG}?kind=sign_in&who={team.bob.id}").text
    assert "made Bob a founder" not in only
    assert "signed in (by password)" in only
    day = team.clock.now.date()
    assert "made Bob" in team.alice.get(f"{LOG}?since={day}&until={day}").text
    assert "made Bob" not in team.alice.get(f"{LOG}?until=2026-10-31").text
    for odd in ("kind=%00", "who=x", "since=nonsense", "until=9999-12-31", "before=0", "kind=%27--"):
        assert team.alice.get(f"{LOG}?{odd}").status_code == 200


def test_the_log_pages_on_without_a_gap(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        for number in range(120):
            audit.record(work, None, "numbered.act", n=number)
    seen: list[str] = []
    path = f"{LOG}?kind=numbered.act"
    while path:
        page = team.alice.get(path).text
        seen += re.findall(r"n=(\d+)", page)
        older = re.search(rf'href="({LOG}\?[^"]*before=\d+)"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen == [str(number) for number in reversed(range(120))]


def test_the_table_of_the_log_holds_no_formula(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        teammates.get(work.session, team.bob.id).name = '=HYPERLINK("https://evil.example")'  # type: ignore[union-attr]
    team.bob.post("/settings/security/sessions/end")
    answer = team.alice.post(f"{LOG}/csv?kind=sign_in.ended_elsewhere")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][:4] == ["number", "time", "kind", "teammate"]
    assert [row[3] for row in rows[1:]] == ['\'=HYPERLINK("https://evil.example")']
    assert "audit.exported" in kinds(team)


def test_a_founders_program_reads_the_log_page_by_page(team: Team) -> None:
    admin = made_token(team.alice, name="Archive", scope="admin", days="never")
    reads = made_token(team.alice, name="Dashboard", scope="read", days="never")
    assert [call(team, one, path="/api/v1/audit") for one in (admin, reads)] == [200, 403]
    headers = {"Authorization": f"Bearer {admin}"}
    seen: list[dict[str, object]] = []
    following: int | None = None
    while following is not None or not seen:
        asked = {"limit": 2} | ({"before": following} if following is not None else {})
        answer = httpx.get(f"{team.url}/api/v1/audit", params=asked, headers=headers).json()
        assert len(answer["acts"]) <= 2
        seen += answer["acts"]
        following = answer["next"]
    assert [act["kind"] for act in seen] == kinds(team)
    assert seen[0]["details"] == {"name": "Dashboard", "scope": "read", "ending": reads[-4:]}
    assert admin not in str(seen)
    only = httpx.get(f"{team.url}/api/v1/audit", params={"kind": "sign_in", "teammate": team.bob.id}, headers=headers)
    assert [act["kind"] for act in only.json()["acts"]] == ["sign_in.done"]
    assert httpx.get(f"{team.url}/api/v1/audit", params={"kind": "'--"}, headers=headers).status_code == 422
