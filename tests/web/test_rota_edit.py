"""A founder changes the rota: what it would change is said first, and nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from team import Team

from inbox.store import rota_shifts
from inbox.web.rota_form import Form, Sitting, moved, sent

LAYER: dict[str, Any] = {
    "name": "Weeks",
    "starts_on": "2026-11-02",
    "handover": "09:00",
    "unit": "week",
    "length": "1",
    "priority": "0",
    "weekday": [*"0123456"],
}


@pytest.fixture
def framed(team: Team) -> Team:
    """A rota in Paris, without layers."""
    assert team.alice.post("/rota/edit", zone="Europe/Paris", country="FR", wanted="always").status_code == 303
    return team


def turns(team: Team, **more: Any) -> dict[str, Any]:
    return {**LAYER, "who": [str(team.alice.id), str(team.bob.id)], **more}


def test_a_founder_sets_a_rota_up_and_a_member_does_not(team: Team) -> None:
    assert team.bob.get("/rota/edit").status_code == 403
    assert team.bob.post("/rota/edit", zone="Europe/Paris").status_code == 403
    assert team.alice.get("/rota/edit/layers/new").status_code == 303  # the zone first
    assert team.alice.post("/rota/edit", zone="Mars/Base").status_code == 422
    assert team.alice.post("/rota/edit", zone="Europe/Paris", country="XX").status_code == 422
    assert team.alice.post("/rota/edit", zone="Europe/Paris").status_code == 303
    assert team.alice.post("/rota/edit/layers/write", **turns(team)).status_code == 303
    shown = team.alice.get("/rota/edit").text
    assert "Every week somebody else, every day; hand-over at 09:00" in shown
    assert "Alice → Bob" in re.sub(r"\s+", " ", shown)


def test_what_an_edit_changes_is_said_before_it_is_saved(framed: Team) -> None:
    framed.alice.post("/rota/edit/layers/write", **turns(framed))
    turned = turns(framed, layer="1", who=[str(framed.bob.id), str(framed.alice.id)], preview="yes")
    shown = framed.alice.post("/rota/edit/layers/write", **turned).text
    assert "It changes when these people serve: Alice, Bob." in shown
    assert re.search(r"Alice</span> → <strong>Bob</strong>", shown)
    assert "Alice is on duty" in framed.alice.get("/rota").text
    with framed.house.store.reading() as session:
        assert rota_shifts.between(session, 1, framed.clock.now, framed.clock.now.replace(day=5))[0].people == (1,)
    turned.pop("preview")
    framed.alice.post("/rota/edit/layers/write", **turned)
    assert "Bob is on duty" in framed.alice.get("/rota").text


def test_people_are_put_in_order_by_buttons_and_nothing_is_saved_meanwhile(framed: Team) -> None:
    shown = framed.alice.post("/rota/edit/layers/write", **turns(framed, name="<b>W</b>", move="down:0")).text
    assert re.findall(r'name="who" value="(\d+)"', shown) == [str(framed.bob.id), str(framed.alice.id)]
    assert 'value="&lt;b&gt;W&lt;/b&gt;"' in shown
    assert "There is no layer yet" in framed.alice.get("/rota/edit").text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"starts_on": "soon"}, "Give every day as a date"),
        ({"handover": "25:00"}, "Give every day as a date"),
        ({"handover": "09:00+02:00"}, "Give every day as a date"),
        ({"opens": ["09:00+02:00"], "closes": ["18:00"]}, "Give every day as a date"),
        ({"starts_on": "9999-12-31"}, "Choose a first day between"),
        ({"length": "0"}, "A shift lasts 1 to 365"),
        ({"who": []}, "people who take turns"),
        ({"weekday": []}, "Choose at least one day"),
        ({"who": ["99"]}, "not there any more"),
        ({"name": " "}, "Give the layer a name"),
    ],
)
def test_what_cannot_be_is_said_and_what_was_typed_stays(framed: Team, wrong: dict[str, Any], said: str) -> None:
    for more in ({}, {"preview": "yes"}):
        given = {**turns(framed), "name": "Kept name", **wrong, **more}
        answer = framed.alice.post("/rota/edit/layers/write", **given)
        assert (answer.status_code, said in answer.text) == (422, True)
        assert "name" in wrong or "Kept name" in answer.text


def test_a_layer_keeps_its_hours_days_and_dates_and_can_go(framed: Team) -> None:
    hours = turns(framed, weekday=[*"01234"], opens=["09:00", ""], closes=["18:00", ""], skip="yes")
    framed.alice.post("/rota/edit/layers/write", **{**hours, "since": ["", "2026-12-01"], "until": ["", ""]})
    shown = framed.alice.get("/rota/edit/layers/1").text
    assert 'value="18:00"' in shown
    assert 'value="2026-12-01"' in shown
    shown = framed.alice.get("/rota/edit").text
    assert "Monday to Friday, 09:00\u201318:00; hand-over at 09:00; not on public holidays" in shown
    assert framed.alice.post("/rota/edit/layers/1/remove").status_code == 303
    assert framed.alice.get("/rota/edit/layers/1").status_code == 404


def test_something_is_agreed_for_a_time_and_taken_back(framed: Team) -> None:
    framed.alice.post("/rota/edit/layers/write", **turns(framed))
    agreed = {"kind": "replace", "whom": str(framed.bob.id), "instead": str(framed.alice.id)}
    answer = framed.alice.post("/rota/edit/overrides", **agreed, start="2026-11-04T09:00", end="2026-11-05T09:00")
    assert answer.status_code == 303
    assert "Bob instead of Alice, Wed 4 Nov 09:00 to Thu 5 Nov 09:00" in framed.alice.get("/rota/edit").text
    assert "instead of a colleague" in framed.bob.get("/rota").text
    assert framed.alice.post("/rota/edit/overrides", **agreed, start="", end="x").status_code == 422
    framed.alice.post("/rota/edit/overrides/1/cancel")
    assert "instead of a colleague" not in framed.bob.get("/rota").text


THREE = Form(people=(Sitting(1), Sitting(2), Sitting(3)))


@pytest.mark.parametrize(
    ("act", "joins", "expected"),
    [
        ("up:1", "", [2, 1, 3]),
        ("up:0", "", [1, 2, 3]),
        ("down:2", "", [1, 2, 3]),
        ("down:0", "", [2, 1, 3]),
        ("out:1", "", [1, 3]),
        ("out:9", "", [1, 2, 3]),
        ("in", "7", [1, 2, 3, 7]),
        ("in", "²", [1, 2, 3]),
        ("sideways:1", "", [1, 2, 3]),
        ("up:-1", "", [1, 2, 3]),
    ],
)
def test_moving_people_about(act: str, joins: str, expected: list[int]) -> None:
    assert [one.teammate_id for one in moved(THREE, act, joins).people] == expected


def test_a_form_that_mallory_sends_is_read_without_harm() -> None:
    odd = sent({}, {"who": ["1", "x", "9" * 30, "2"], "since": ["2026-01-01"], "weekday": ["0", "9", "x"]})
    assert ([one.teammate_id for one in odd.people], odd.weekdays) == ([1, 2], frozenset({0}))


FIELDS = {
    "/rota/edit": ("zone", "country", "region", "preview"),
    "/rota/edit/overrides": ("kind", "whom", "instead", "start", "end"),
    "/rota/edit/layers/write": ("name", "who", "since", "until", "starts_on", "handover", "length", "opens", "closes"),
    "/rota/fill": ("start", "end", "whom"),
    "/rota/absences": ("first", "last", "opens", "closes", "whom"),
    "/rota/swaps": ("start", "end", "whom", "back", "shift"),
    "/rota/swaps/1/accept": ("whom", "back"),
    "/rota/holidays": ("whom", "country", "region"),
    "/rota/holidays/serve": ("whom", "day", "serves"),
    "/rota/calendars/look": ("url", "containing"),
}
ODD = (
    "x",
    "-1",
    "\u00b2",
    "9" * 18,
    "\x00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59-14:00",
    "9999-12-31",
    "09:00+02:00",
)


def test_no_forged_form_of_the_rota_breaks_anything(framed: Team) -> None:
    framed.alice.post("/rota/edit/layers/write", **turns(framed))
    for path, names in FIELDS.items():
        for odd in ODD:
            answer = framed.alice.post(path, **dict.fromkeys(names, odd))
            assert answer.status_code in {303, 404, 409, 422}, (path, odd)
    valid = {"kind": "add", "whom": str(framed.bob.id), "instead": "", "start": "2026-11-04T09:00"}
    for odd in ODD:
        assert framed.alice.post("/rota/edit/overrides", **valid, end=odd).status_code == 422, odd
        forged = framed.alice.post("/rota/edit/layers/write", **turns(framed, since=[odd, ""], until=["", ""]))
        assert forged.status_code in {303, 422}, odd
    assert "Alice is on duty" in framed.bob.get("/rota").text
