"""The JSON API for lists: snoozing, following, blocking, saved views, tags, and acts on many."""

from __future__ import annotations

from typing import Any

import pytest
from house import mail
from team import Team

API = "/api/v1"


def call(team: Team, method: str, path: str, status: int = 200, **body: Any) -> Any:
    given: Any = {"json": body} if method == "POST" else {}
    headers = {"X-CSRF-Token": team.alice.csrf}
    answer = team.alice.client.request(method, f"{API}{path}", headers=headers, **given)
    assert answer.status_code == status, answer.text
    return answer.json()


def crowd(team: Team, size: int) -> list[int]:
    letters = [mail(f"P{n} <p{n}@x.example>", f"w{n}\n", subject=f"M{n}", message_id=f"n{n}@x") for n in range(size)]
    team.house.receive(team.account, *letters)
    return [one.id or 0 for one in team.house.conversations()]


def listed(team: Team, view: str) -> set[int]:
    return {one["id"] for one in call(team, "GET", f"/conversations?view={view}")["conversations"]}


def test_what_a_screen_can_do_with_one(team: Team) -> None:
    [talk] = crowd(team, 1)
    here = f"/conversations/{talk}"
    refused = call(team, "POST", f"{here}/snooze", 422, until="2026-11-09T09:00:00Z")
    assert refused["error"]["code"] == "refused"
    call(team, "POST", f"{here}/snooze", until="2026-11-09T09:00:00Z", past_deadline=True)
    assert listed(team, "snoozed") == {talk}
    call(team, "POST", f"{here}/wake")
    call(team, "POST", f"{here}/follow")
    call(team, "POST", f"{here}/seen", version=1)
    [row] = call(team, "GET", "/conversations?view=following")["conversations"]
    assert (row["following"], row["unread"], row["snoozed_until"]) == (True, False, None)
    call(team, "POST", f"{here}/unfollow")
    assert listed(team, "following") == set()
    assert call(team, "POST", f"{here}/assign-on-duty", 422)["error"]["message"] == "Nobody is on duty."
    call(team, "POST", f"{here}/tags", name="vip")
    assert call(team, "GET", "/tags") == [{"name": "vip", "count": 1}]
    assert {one["id"] for one in call(team, "GET", "/search?q=is:mine")["conversations"]} == set()


def test_senders_and_views(team: Team) -> None:
    number = call(team, "POST", "/senders", 201, what="bad.example")["id"]
    [sender] = call(team, "GET", "/senders")
    assert (sender["id"], sender["kind"], sender["verdict"], sender["hits"]) == (number, "domain", "blocked", 0)
    call(team, "DELETE", f"/senders/{number}")
    call(team, "DELETE", f"/senders/{number}", 404)
    view = call(team, "POST", "/views", 201, name="Urgent", query="is:unassigned", sorting="urgent")["id"]
    assert [one["name"] for one in call(team, "GET", "/views")] == ["Urgent"]
    call(team, "DELETE", f"/views/{view}")
    assert call(team, "GET", "/views") == []


def test_many_at_once(team: Team) -> None:
    talks = crowd(team, 60)
    told = call(team, "POST", "/bulk", 201, kind="assign", conversation_ids=talks, given={"to": team.alice.id})
    assert (told["finished"], told["done"], told["total"]) == (False, 50, 60)
    told = call(team, "POST", f"/bulk/{told['id']}/go")
    assert (told["finished"], told["done"], told["refused"]) == (True, 60, 0)
    assert len(listed(team, "mine")) == 50
    call(team, "POST", f"/bulk/{told['id']}/undo")
    assert call(team, "POST", f"/bulk/{told['id']}/go")["state"] == "undone"
    assert listed(team, "mine") == set()
    refused = call(team, "POST", "/bulk", 201, kind="close", conversation_ids=talks[:2])
    assert refused["reasons"] == {"Somebody still waits for an answer here: say why no reply is needed.": 2}


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "burn", "conversation_ids": [1]},
        {"kind": "tag", "conversation_ids": []},
        {"kind": "snooze", "conversation_ids": [1]},
        {"kind": "tag", "conversation_ids": [1], "given": {"what": "x"}},
    ],
)
def test_nonsense_is_refused(team: Team, body: dict[str, Any]) -> None:
    crowd(team, 1)
    call(team, "POST", "/bulk", 422, **body)
