"""Policies and opening hours on the screen and by the API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from house import House, mail
from program import program, served
from stores import MovedClock
from team import Team

from inbox.flow.errors import RefusedError
from inbox.store.db import Store
from inbox.web import policy_form

WEEK = {**{f"day{day}": "09:00-12:00, 14:00-18:00" for day in range(5)}, "day5": "", "day6": "closed"}
HOURS: dict[str, Any] = {"name": "Office", "zone": "Europe/Paris", "country": "FR", "subdivision": "", **WEEK}
HERE, V1 = "/settings/promise", "/api/v1"


@pytest.fixture
def house(store: Store, clock: MovedClock) -> House:
    return House(store, clock)


def fields(page: str) -> dict[str, Any]:
    """Return what the form of a page would send as it stands."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is None or ("checkbox" in tag and " checked" not in tag):
            continue
        if "checkbox" in tag:
            found.setdefault(name[1], []).append(value[1] if value else "on")
        else:
            found[name[1]] = value[1] if value else ""
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    return found


def test_alice_writes_hours_and_a_policy_and_the_conversation_says_so(team: Team) -> None:
    assert team.alice.post(f"{HERE}/hours/write", **HOURS).status_code == 303
    form = {**fields(team.alice.get(f"{HERE}/new").text), "name": "Schools", "channel": "mail", "hours": "1"}
    shown = team.alice.post(f"{HERE}/write", **form, preview="yes")
    assert shown.status_code == 200
    assert "Nothing was changed" in shown.text
    assert "A message on Friday 17:30 is due Monday" in shown.text
    assert team.alice.post(f"{HERE}/write", **form).status_code == 303

    listed = team.alice.get(HERE).text
    assert listed.index(">Schools<") < listed.index(">Everybody<")
    assert "It came by mail" in listed
    assert "4 h of the hours “Office”" in listed
    team.house.receive(team.account, mail())
    assert "Reply within 4 h of opening time: policy Schools" in team.bob.get("/inbox/all/1").text


def test_what_a_form_shows_is_what_it_saves(team: Team) -> None:
    page = team.alice.get(f"{HERE}/1").text
    assert "24 hours at most" in page
    assert team.alice.post(f"{HERE}/write", **fields(page)).status_code == 303
    assert fields(team.alice.get(f"{HERE}/1").text) == fields(page)
    assert "8 h before" in page
    policy = team.alice.client.get("/api/v1/policies").json()[-1]
    assert [step["name"] for step in policy["ladder"]["steps"]] == ["warning", "soon", "last_call", "breach"]


def test_a_ladder_is_changed_on_the_form(team: Team) -> None:
    form = fields(team.alice.get(f"{HERE}/1").text)
    blank = next(name[:-4] for name, value in form.items() if name.endswith("-name") and value.startswith("step_"))
    added = {f"{blank}before": "12", f"{blank}before-unit": "hours", f"{blank}whom": ["duty"], f"{blank}means": ["app"]}
    form = {**form, **added, "s1-whom": []}
    assert team.alice.post(f"{HERE}/write", **form).status_code == 303
    steps = team.alice.client.get("/api/v1/policies").json()[-1]["ladder"]["steps"]
    assert [(step["name"], step["before"]) for step in steps] == [
        ("step_1", 720),
        ("warning", 480),
        ("last_call", 30),
        ("breach", 0),
    ]


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(team: Team) -> None:
    refused = team.alice.post(f"{HERE}/hours/write", **{**HOURS, "day2": "nine to <five>"})
    assert refused.status_code == 422
    assert "“nine to &lt;five&gt;” is no opening time" in refused.text
    assert 'value="nine to &lt;five&gt;"' in refused.text
    form = {**fields(team.alice.get(f"{HERE}/new").text), "name": "<b>Nobody</b>"}
    refused = team.alice.post(f"{HERE}/write", **form, attributes="plan")
    assert (refused.status_code, "name = value" in refused.text) == (422, True)
    assert "&lt;b&gt;Nobody&lt;/b&gt;" in refused.text
    refused = team.alice.post(f"{HERE}/write", **{**form, "time": "999999999", "tags": "vip"})
    assert (refused.status_code, "between 1 minute and 90 days" in refused.text) == (422, True)
    assert "&lt;b&gt;Nobody&lt;/b&gt;" in refused.text


def test_opening_hours_begin_on_monday_and_are_closed_at_the_weekend(team: Team) -> None:
    page = team.alice.get(f"{HERE}/hours/new").text
    labels = re.findall(r'<label for="f-day(\d)">\s*(\w+)', page)
    assert [name[:3] for _, name in labels] == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    assert [number for number, _ in labels if fields(page)[f"day{number}"] == ""] == ["5", "6"]


def test_only_founders_see_and_change_the_promise(team: Team) -> None:
    for path in (HERE, f"{HERE}/new", f"{HERE}/1", f"{HERE}/hours/new"):
        assert team.bob.get(path).status_code == 403
    assert team.bob.post(f"{HERE}/hours/write", **HOURS).status_code == 403
    assert team.bob.client.get("/api/v1/policies").status_code == 403
    assert f'href="{HERE}"' not in team.bob.get("/settings").text


def test_whatever_the_form_can_do_a_program_can(house: House) -> None:
    alice = house.add_teammate("Alice", "founder")
    with served(house) as address, program(house, address, alice) as api:
        hours = {"name": "Office", "zone": "Europe/Paris", "week": [[["09:00", "18:00"]]] * 5 + [[], []]}
        assert api.post(f"{V1}/opening-hours", json={**hours, "country": "FR"}).json() == {"id": 1}
        policy = {"name": "VIP", "tags": ["VIP"], "minutes": 240, "hours_id": 1}
        assert api.post(f"{V1}/policies/preview", json=policy).json()["fits"] == 0
        assert api.post(f"{V1}/policies", json=policy).status_code == 201
        vip, everybody = api.get(f"{V1}/policies").json()
        assert (vip["name"], vip["tags"], vip["version"], everybody["default"]) == ("VIP", ["vip"], 1, True)
        again = {**policy, "ladder": vip["ladder"], "minutes": 60}
        assert api.put(f"{V1}/policies/2", json=again).status_code == 200
        assert api.get(f"{V1}/policies").json()[0]["version"] == 2
        refused = [api.delete(f"{V1}/opening-hours/1"), api.delete(f"{V1}/policies/1"), api.post(f"{V1}/policies/1/up")]
        assert [one.status_code for one in refused] == [422, 422, 422]
        assert api.put(f"{V1}/opening-hours/1", json={**hours, "zone": "Mars/Base"}).status_code == 422
        assert api.delete(f"{V1}/policies/2").status_code == 200
        assert api.delete(f"{V1}/opening-hours/1").status_code == 200
        assert api.get(f"{V1}/opening-hours").json() == []
        assert api.get(f"{V1}/resolutions", params={"days": 7}).json()["began"] == 0
    with served(house) as address, program(house, address, house.add_teammate("Bob")) as bob:
        assert bob.get(f"{V1}/policies").status_code == 403
        assert bob.delete(f"{V1}/policies/1").status_code == 403


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("closed", []),
        ("09:00-18:00", ["09:00-18:00"]),
        ("9h00 - 12h00; 14:00 to 18:30", ["09:00-12:00", "14:00-18:30"]),
        ("22:00-06:00", ["22:00-06:00"]),
        ("00:00-24:00", ["00:00-00:00"]),
        ("25:00-26:00", None),
        ("09:61-10:00", None),
        ("9-18", None),
    ],
)
def test_opening_times_are_read_as_people_write_them(text: str, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(RefusedError):
            policy_form.spans(text)
    else:
        assert [f"{one.start:%H:%M}-{one.end:%H:%M}" for one in policy_form.spans(text)] == expected
