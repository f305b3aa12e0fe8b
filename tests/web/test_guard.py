"""Every route, whatever it is: strangers stay out, forgers too, headers are there, and looking changes nothing."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import httpx
import pytest
from fastapi import APIRouter
from house import mail
from team import Team

from inbox import web
from inbox.web import create_app, pages
from inbox.web.deps import UndeclaredRouteError, declared
from inbox.web.headers import ENOUGH, HEADERS

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


def routes(team: Team) -> list[tuple[str, str, str]]:
    """Return (method, path with numbers in it, policy) of every route."""
    found = declared(team.app)
    return [(method, concrete(path), policy) for (method, path), policy in sorted(found.items())]


def concrete(path: str) -> str:
    names = {"view": "waiting", "token": "none", "what": "again", "kind": "mail", "state": "quarantined"}
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda m: names.get(m[1], "1"), path)


def huge(team: Team) -> httpx.Response:
    """Announce a gigabyte, and send nothing of it."""
    host, _, port = team.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        head = line.recv(65536).split(b"\r\n\r\n")[0].decode().split("\r\n")
    headers = [tuple(one.split(": ", 1)) for one in head[1:]]
    request = httpx.Request("POST", f"{team.url}/login")
    return httpx.Response(int(head[0].split()[1]), headers=headers, request=request)  # type: ignore[arg-type]


def test_every_route_that_is_not_for_anyone_denies_strangers(same_team: Team) -> None:
    checked = 0
    for method, path, policy in routes(same_team):
        if policy != "anyone":
            answer = same_team.mallory.client.request(method, path)
            assert answer.status_code in {303, 401}, (method, path, answer.status_code)
            checked += 1
    assert checked >= 30


def test_what_is_for_anyone_is_only_the_door(same_team: Team) -> None:
    open_to_all = {path for _, path, policy in routes(same_team) if policy == "anyone"}
    door = {"/login", "/login/second", "/login/passkey", "/login/passkey/ask", "/forgot"}
    links = {"/setup/none", "/reset/none", "/join/none", "/claim/none", "/rota/calendar/none.ics"}
    public = {"/promise", "/promise.json", "/promise.svg"}
    assert open_to_all <= door | links | public | {"/healthz", "/api/v1/openapi.json", "/sw.js"}


def test_what_is_for_founders_denies_members(same_team: Team) -> None:
    for method, path, policy in routes(same_team):
        if policy == "founder":
            answer = same_team.bob.client.request(method, path, headers={"X-CSRF-Token": same_team.bob.csrf})
            assert answer.status_code == 403, (method, path)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": ""},
    ],
)
def test_no_foreign_page_changes_anything(same_team: Team, headers: dict[str, str]) -> None:
    before = same_team.changes()
    for method, path, _policy in routes(same_team):
        if method in UNSAFE:
            sent = {"X-CSRF-Token": same_team.alice.csrf, **headers}
            answer = same_team.alice.client.request(method, path, headers=sent)
            assert answer.status_code == 403, (method, path, answer.status_code)
    assert same_team.changes() == before


@pytest.mark.parametrize("token", ["", "x", "0" * 32])
def test_every_change_needs_the_sessions_own_token(same_team: Team, token: str) -> None:
    for method, path, policy in routes(same_team):
        if method in UNSAFE and policy != "anyone":
            answer = same_team.alice.client.request(method, path, headers={"X-CSRF-Token": token})
            assert answer.status_code == 403, (method, path, answer.status_code)


def test_one_sessions_token_is_no_use_in_another(same_team: Team) -> None:
    answer = same_team.bob.client.post("/preview", data={"csrf": same_team.alice.csrf, "text": "x"})
    assert answer.status_code == 403


def test_headers_are_on_every_answer(same_team: Team) -> None:
    answers = [same_team.alice.client.request(method, path) for method, path, _ in routes(same_team) if path != "/live"]
    answers += [
        same_team.mallory.get("/nowhere"),
        same_team.mallory.client.request("TRACE", "/login"),
        same_team.mallory.get("/static/img/ring.svg"),
        same_team.mallory.get("/static/nothing.css"),
        same_team.mallory.get("/login", headers={"HX-Request": "true"}),
        same_team.alice.get("/inbox/nowhere"),
        same_team.alice.get("/inbox/waiting/999999"),
        same_team.alice.get("/inbox/waiting/x"),
        huge(same_team),
    ]
    assert answers[-1].status_code == 413
    for answer in answers:
        missing = [name for name in HEADERS if name not in answer.headers]
        assert missing == [], (answer.request.url, missing)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy or "default-src 'none'" in policy
        assert "script-src 'unsafe" not in policy


def test_files_that_are_only_parts_of_a_page_carry_what_guards_them(same_team: Team) -> None:
    for path in ("css/base.css", "js/app.js", "vendor/inter-latin.woff2"):
        answer = same_team.mallory.get(f"/static/{path}")
        assert answer.status_code == 200
        assert {name: answer.headers[name] for name in ENOUGH} == {name: HEADERS[name] for name in ENOUGH}


def test_a_body_without_an_end_is_refused(team: Team) -> None:
    def long() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        for _ in range(60):
            yield b"x" * 1024 * 1024

    kind = {"Content-Type": "multipart/form-data; boundary=x", "X-CSRF-Token": team.alice.csrf}
    answer = team.alice.client.post("/conversations/1/reply", content=long(), headers=kind)
    assert answer.status_code == 413
    assert "This is too large." in answer.text


def test_a_broken_route_tells_nothing(team: Team) -> None:
    reader = team.house.store.reader
    team.house.store.reader = None  # type: ignore[assignment]
    answer = team.alice.get("/inbox/waiting")
    assert team.mallory.get("/healthz").json() == {"ok": False}
    team.house.store.reader = reader
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "Traceback" not in answer.text
    assert "bind" not in answer.text
    assert answer.headers["content-security-policy"]
    assert answer.headers["x-request-id"] in answer.text


def test_looking_changes_nothing(team: Team) -> None:
    team.house.receive(team.account, mail())
    before = team.changes()
    for _ in range(2):
        for method, path, _policy in routes(team):
            if method == "GET" and path != "/live":
                answer = team.alice.get(path, headers={"Purpose": "prefetch"})
                assert answer.status_code < 500, path
                team.alice.client.head(path)
    assert team.changes() == before


def test_a_number_that_no_row_can_have_leads_nowhere(same_team: Team) -> None:
    routes = [path for method, path in same_team.app.state.policies if method == "GET" and "_id}" in path]
    assert len(routes) > 10
    for path in routes:
        address = re.sub(r"\{\w*_id\}", "9" * 30, path).replace("{view}", "waiting")
        assert same_team.alice.get(re.sub(r"\{\w+\}", "x", address)).status_code == 404, address


def test_a_route_without_a_policy_stops_the_start(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    from inbox.web.pages import search

    careless = APIRouter()
    careless.add_api_route("/careless", lambda: "hello")
    monkeypatch.setattr(search, "router", careless)
    monkeypatch.setattr(web, "all_routes", web.all_routes.__wrapped__)
    with pytest.raises(UndeclaredRouteError, match="/careless does not say who may use it"):
        create_app(team.house.context)


def test_every_page_of_the_folder_is_there(team: Team) -> None:
    assert {"door", "conversations", "acts", "composer", "messages", "people", "search"} <= set(pages.PAGES)


def test_the_login_cookie_is_out_of_scripts_reach(team: Team) -> None:
    answer = team.visitor().sign_in("bob@example.com")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert httpx.Headers(answer.headers)["cache-control"] == "no-store"
