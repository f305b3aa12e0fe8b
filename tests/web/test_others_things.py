"""What is one's own: a colleague who knows its number cannot see, change or end it, in the browser or by program."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
import weeks
from house import mail
from team import Team, Visitor, give_password

from inbox.flow import absences, rota_swaps
from inbox.store import drafts
from inbox.store.tables import SavedDraft

REFUSED = {403, 404, 409, 422}
DAY = timedelta(days=1)


@pytest.fixture
def dan(team: Team) -> Visitor:
    """Dan works here, too, and is curious."""
    team.house.receive(team.account, mail())
    give_password(team.house, team.house.add_teammate("Dan"))
    found = team.visitor()
    found.sign_in("dan@example.com")
    return found


def api(visitor: Visitor, method: str, path: str, body: object = None) -> httpx.Response:
    return visitor.client.request(method, f"/api/v1{path}", json=body, headers={"X-CSRF-Token": visitor.csrf})


def last(text: str, pattern: str) -> str:
    return str(re.findall(pattern, text)[-1])


def test_a_view_of_ones_own_is_ones_own(team: Team, dan: Visitor) -> None:
    team.bob.post("/settings/views", name="Mine", query="tag:secret")
    assert dan.get("/settings/views/1").status_code == 404
    assert dan.get("/inbox/v1").status_code == 404
    assert "tag:secret" not in dan.get("/settings/views").text + dan.get("/inbox/all").text
    for path in ("/settings/views/1", "/settings/views/1/move", "/settings/views/1/delete"):
        assert dan.post(path, name="His", query="tag:x").status_code in REFUSED
    assert api(dan, "DELETE", "/views/1").status_code in REFUSED
    assert api(dan, "GET", "/views").json() == []
    assert team.bob.get("/inbox/v1").status_code == 200


def test_an_act_on_many_is_whose_it_is(team: Team, dan: Visitor) -> None:
    team.bob.post("/bulk", ids="1", do="tag", tag="vip", view="all")
    for path in ("/bulk/1/go", "/bulk/1/undo"):
        assert dan.post(path).status_code in REFUSED
        assert api(dan, "POST", path).status_code in REFUSED
    assert api(team.bob, "POST", "/bulk/1/undo").status_code == 200


def test_a_session_a_token_and_a_browser_end_by_their_owner(team: Team, dan: Visitor) -> None:
    other = team.visitor()
    other.sign_in("bob@example.com")
    session = last(team.bob.get("/settings/security").text, r"/settings/security/sessions/(\w+)/end")
    assert dan.post(f"/settings/security/sessions/{session}/end").status_code == 404
    team.bob.post("/settings/tokens", name="His", scope="read", days="30")
    token = last(team.bob.get("/settings/tokens").text, r"/settings/tokens/(\w+)/revoke")
    assert dan.post(f"/settings/tokens/{token}/revoke").status_code == 404
    assert token not in dan.get("/settings/tokens").text
    assert other.get("/notices").status_code == 200
    assert team.bob.post(f"/settings/tokens/{token}/revoke").status_code == 303
    assert team.bob.post(f"/settings/security/sessions/{session}/end").status_code == 303


def test_a_draft_is_read_by_nobody_else_until_it_is_shared(team: Team, dan: Visitor) -> None:
    team.bob.post("/conversations/1/draft", text="What only Bob knows.", kind="reply")
    file = {"file": ("plan.txt", b"secret", "text/plain")}
    number = team.bob.post("/conversations/1/draft/files", files=file).json()["id"]
    with team.house.store.unit_of_work() as work:
        draft = drafts.one(work, 1, team.bob.id, "reply")
        assert isinstance(draft, SavedDraft)
    assert dan.post(f"/drafts/{draft.id}/take").status_code in REFUSED
    assert dan.post(f"/draft-files/{number}/remove").status_code in REFUSED
    assert dan.post("/conversations/1/draft/restore").status_code in REFUSED
    dan.post("/conversations/1/draft/discard")
    assert "What only Bob knows." not in dan.get("/inbox/all/1").text
    assert "What only Bob knows." in team.bob.get("/inbox/all/1").text


def test_who_serves_and_who_is_away_is_said_by_themselves(team: Team, dan: Visitor) -> None:
    weeks.take_turns(team)
    slot = weeks.next_shift(team, team.bob.id)
    with team.house.store.unit_of_work() as work:
        away = absences.add(work, team.bob.id, work.now + 40 * DAY, work.now + 42 * DAY, team.bob.id)
        swap = rota_swaps.ask(work, rota_swaps.Asked(slot.start, slot.end, team.alice.id), team.bob.id)
    for path in (f"/rota/absences/{away}/remove", f"/rota/swaps/{swap}/cancel", f"/rota/swaps/{swap}/decline"):
        assert dan.post(path).status_code in REFUSED, path
    for act in ("cancel", "decline"):
        assert api(dan, "POST", f"/rota/swaps/{swap}/{act}").status_code in REFUSED
    assert api(dan, "DELETE", f"/rota/absences/{away}").status_code in REFUSED
    span = {"start": "2026-11-20T09:00:00Z", "end": "2026-11-21T09:00:00Z"}
    for path, more in (("absences", {}), ("overrides", {"kind": "add"})):
        assert api(dan, "POST", f"/rota/{path}", {**span, **more, "teammate_id": team.bob.id}).status_code in REFUSED
    keeps = {"country": "FR", "teammate_id": team.bob.id}
    assert api(dan, "PUT", "/rota/holidays", keeps).status_code in REFUSED
    serves = {"serves": True, "teammate_id": team.bob.id}
    assert api(dan, "PUT", "/rota/holidays/2026-12-25", serves).status_code in REFUSED
    assert api(team.bob, "PUT", "/rota/holidays", keeps).status_code == 200
    assert api(team.bob, "DELETE", f"/rota/absences/{away}").status_code == 200
    assert api(team.bob, "POST", f"/rota/swaps/{swap}/cancel").status_code == 200


def test_figures_of_one_person_are_theirs_and_founders(team: Team, dan: Visitor) -> None:
    weeks.look_back(team)
    asked = f"week=2026-W44&of=settled&person={team.bob.id}"
    assert dan.get(f"/promise/team/waits?{asked}").status_code == 404
    assert api(dan, "GET", f"/promise/waits?{asked}").status_code in REFUSED
    assert {one["person"] for one in api(dan, "GET", "/promise/waits?week=2026-W44&of=settled").json()["waits"]} == {0}
    assert team.bob.get(f"/promise/team/waits?{asked}").status_code == 200
