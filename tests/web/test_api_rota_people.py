"""A program says what people say of their own time: exchanges, public holidays, calendars, the note of a shift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from house import House
from program import program, served
from stores import MovedClock

from inbox.flow import tokens
from inbox.store.db import Store

V1 = "/api/v1"
ICS = """BEGIN:VCALENDAR\r
BEGIN:VEVENT\r
UID:rome\r
SUMMARY:Holiday in Rome\r
DTSTART;VALUE=DATE:20261116\r
DTEND;VALUE=DATE:20261118\r
END:VEVENT\r
BEGIN:VEVENT\r
UID:odd\r
SUMMARY:Dentist\r
DTSTART;VALUE=DATE:20261120\r
END:VEVENT\r
END:VCALENDAR\r
"""


class Programs:
    """Alice's, who is a founder, Bob's and Carol's; they take turns by the day from 9:00 UTC, which it is."""

    def __init__(self, house: House, address: str) -> None:
        self.house = house
        names = ("Alice", "founder"), ("Bob", "member"), ("Carol", "member")
        self.ids = [house.add_teammate(*one) for one in names]
        self.alice, self.bob, self.carol = (program(house, address, one) for one in self.ids)
        self.alice.put(f"{V1}/rota", json={"zone": "UTC"}).raise_for_status()
        seats = [{"teammate_id": one} for one in self.ids]
        layer = {"name": "Days", "seats": seats, "starts_on": "2026-11-02", "unit": "day"}
        self.alice.post(f"{V1}/rota/layers", json=layer).raise_for_status()

    def on_duty(self, day: int) -> list[int]:
        span = {"start": f"2026-11-{day:02}T12:00:00Z", "end": f"2026-11-{day:02}T13:00:00Z"}
        told: list[dict[str, Any]] = self.carol.get(f"{V1}/rota/slots", params=span).json()
        return list(told[0]["people"])


def day(first: int) -> dict[str, str]:
    return {"start": f"2026-11-{first:02}T09:00:00Z", "end": f"2026-11-{first + 1:02}T09:00:00Z"}


@pytest.fixture
def team(sqlite: Store, clock: MovedClock) -> Iterator[Programs]:
    house = House(sqlite, clock)
    with served(house) as address:
        made = Programs(house, address)
        yield made
        for one in (made.alice, made.bob, made.carol):
            one.close()


def test_programs_exchange_shifts(team: Programs) -> None:
    _alice, bob, carol = team.ids
    made = team.bob.post(f"{V1}/rota/swaps", json={**day(3), "in_return": True}).json()
    accept = f"{V1}/rota/swaps/{made['id']}/accept"
    assert team.carol.post(accept).status_code == 422  # which shift in return?
    assert team.carol.post(accept, json={"back": day(5)}).status_code == 409  # that one is Alice's
    assert team.carol.post(accept, json={"back": day(7)}).status_code == 200
    assert (team.on_duty(3), team.on_duty(7)) == ([carol], [bob])
    [told] = team.bob.get(f"{V1}/rota/swaps").json()
    assert (told["in_return"], told["back_starts_at"][:10], told["taker_id"]) == (True, "2026-11-07", carol)
    overrides = team.bob.get(f"{V1}/rota/overrides").json()
    assert [(one["teammate_id"], one["instead_of_id"]) for one in overrides] == [(carol, bob), (bob, carol)]
    assert team.alice.delete(f"{V1}/rota/overrides/{overrides[0]['id']}").status_code == 200
    assert (team.on_duty(3), team.on_duty(7)) == ([bob], [carol])


def test_a_founders_program_asks_and_accepts_for_others(team: Programs) -> None:
    _alice, bob, carol = team.ids
    given = {**day(3), "teammate_id": bob}
    assert team.carol.post(f"{V1}/rota/swaps", json=given).status_code == 422
    made = team.alice.post(f"{V1}/rota/swaps", json=given).json()
    accept = f"{V1}/rota/swaps/{made['id']}/accept"
    assert team.bob.post(accept, json={"teammate_id": carol}).status_code == 422
    assert team.alice.post(accept, json={"teammate_id": carol}).status_code == 200
    assert team.on_duty(3) == [carol]


def test_a_program_keeps_the_holidays_of_a_country_and_serves_on_one(team: Programs) -> None:
    alice, bob, _carol = team.ids
    assert team.on_duty(11) == [alice]
    assert team.alice.put(f"{V1}/rota/holidays", json={"country": "fr"}).status_code == 200
    assert team.on_duty(11) != [alice]
    assert team.alice.put(f"{V1}/rota/holidays/2026-11-11", json={"serves": True}).status_code == 200
    assert team.on_duty(11) == [alice]
    [first, *_] = team.bob.get(f"{V1}/rota/holidays").json()
    assert (first["teammate_id"], first["day"], first["serves"]) == (alice, "2026-11-11", True)
    assert team.alice.put(f"{V1}/rota/holidays", json={"country": "DE", "teammate_id": bob}).status_code == 200
    told = team.bob.get(f"{V1}/rota/holidays/places").json()
    assert [(one["teammate_id"], one["country"]) for one in told] == [(alice, "FR"), (bob, "DE")]
    for path, given in (("", {"country": "FR", "teammate_id": alice}), ("/2026-12-25", {"serves": True})):
        assert team.bob.put(f"{V1}/rota/holidays{path}", json={**given, "teammate_id": alice}).status_code == 422
    for odd in ("2026-11-12", "9999-12-31", "0001-01-01", "soon"):
        assert team.alice.put(f"{V1}/rota/holidays/{odd}", json={"serves": True}).status_code == 422


def test_a_program_takes_a_calendar_over_and_lets_it_go(team: Programs) -> None:
    _alice, bob, _carol = team.ids
    given = {"calendar": ICS, "containing": "holiday"}
    looked = team.bob.post(f"{V1}/rota/calendar/look", json=given).json()
    assert (len(looked["away"]), looked["passed"], looked["changed"]) == (1, 1, 0)
    assert team.bob.get(f"{V1}/rota/absences").json() == []
    assert team.bob.post(f"{V1}/rota/absences/import", json=given).json()["changed"] == 1
    [away] = team.bob.get(f"{V1}/rota/absences").json()
    assert (away["teammate_id"], away["source"], away["starts_at"][:10]) == (bob, "ical", "2026-11-16")
    assert team.bob.get(f"{V1}/rota/calendar").json()["containing"] == "holiday"
    assert team.bob.delete(f"{V1}/rota/calendar").status_code == 200
    assert team.bob.get(f"{V1}/rota/absences").json() == []
    assert team.bob.delete(f"{V1}/rota/calendar").status_code == 404


CANNOT_BE: list[tuple[str, str, dict[str, Any] | None]] = [
    ("POST", "/rota/absences/import", {"calendar": "hello"}),
    ("POST", "/rota/absences/import", {"calendar": "x" * 1_100_000}),
    ("POST", "/rota/absences/import", {"url": "https://calendar.example/x"}),
    ("POST", "/rota/absences/import", {}),
    ("PUT", "/rota/calendar", {"url": "http://127.0.0.1:1/"}),
    ("PUT", "/rota/calendar", {"calendar": ICS}),
    ("POST", "/rota/swaps", {**day(3), "back": {"start": "x", "end": "y"}}),
    ("POST", "/rota/swaps", {"start": "9998-01-01T00:00:00Z", "end": "9998-01-02T00:00:00Z"}),
    ("POST", "/rota/swaps", {"start": "2199-01-01T00:00:00Z", "end": "2199-01-02T00:00:00Z"}),
    ("POST", "/rota/absences", {"start": "9999-12-31T23:00:00-14:00", "end": "9999-12-31T23:59:59-14:00"}),
    ("POST", "/rota/absences", {"start": "2026-11-05T00:00:00Z", "end": "2026-11-04T00:00:00Z"}),
    ("POST", "/rota/absences", {**day(5), "teammate_id": 10**18}),
    ("POST", "/rota/overrides", {**day(5), "kind": "add", "teammate_id": 10**18}),
    ("POST", "/rota/overrides", {**day(5), "kind": "replace", "teammate_id": 1}),
    ("POST", "/rota/layers", {"name": "x", "seats": [{"teammate_id": 1}], "starts_on": "9999-12-31"}),
    ("POST", "/rota/layers", {"name": "x", "seats": [{"teammate_id": 1}], "starts_on": "2026-11-02", "length": -1}),
    ("POST", "/rota/layers", {"name": "x", "seats": [], "starts_on": "2026-11-02", "handover": "09:00+02:00"}),
    ("PUT", "/rota", {"zone": ""}),
    ("PUT", "/rota", {"zone": "../../../etc/passwd"}),
    ("PUT", "/rota", {"zone": "Europe"}),
    ("PUT", "/rota", {"zone": "UTC", "country": "FR", "region": "ZZZ"}),
    ("GET", "/rota/slots?start=9998-01-01T00:00:00Z&end=9998-01-02T00:00:00Z", None),
    ("GET", "/rota/slots?start=0001-01-01T00:00:00%2B14:00&end=0001-01-02T00:00:00Z", None),
    ("GET", "/rota/slots?start=2150-01-01T00:00:00Z&end=2150-01-02T00:00:00Z", None),
]


def test_what_cannot_be_is_answered_with_one_sentence(team: Programs) -> None:
    for how, path, given in CANNOT_BE:
        answer = team.alice.request(how, f"{V1}{path}", json=given)
        assert (answer.status_code, "error" in answer.json()) == (422, True), (how, path, given)
        assert answer.json()["error"]["message"]


def test_a_token_without_settings_follows_no_calendar(team: Programs) -> None:
    with team.house.store.unit_of_work() as work:
        token = tokens.new_api_token(work, team.ids[1], "a helper", scope="write")
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.put(f"{team.bob.base_url}{V1}/rota/calendar", json={"url": "https://x.example"}, headers=headers)
    assert answer.status_code == 403


def test_a_program_sees_holes_the_load_and_the_note_as_it_would_go(team: Programs) -> None:
    alice, bob, carol = team.ids
    seats = [{"teammate_id": one} for one in team.ids]
    layer = {"name": "Days", "seats": seats, "starts_on": "2026-11-02", "unit": "day", "weekdays": [0, 1, 2, 3, 4]}
    keeps = {**layer, "skip_holidays": True, "country": "FR"}
    changed = team.alice.post(f"{V1}/rota/layers/preview?layer_id=1", json=keeps).json()
    assert changed[0]["after"] == []
    assert team.alice.put(f"{V1}/rota/layers/1", json=keeps).status_code == 200
    [held] = team.bob.get(f"{V1}/rota").json()["layers"]
    assert (held["country"], held["holidays"]) == ("FR", "skip")
    holes = team.bob.get(f"{V1}/rota/holes").json()
    assert (holes[0]["start"][:10], holes[0]["best"] in team.ids) == ("2026-11-07", True)
    load = team.bob.get(f"{V1}/rota/load").json()
    assert {one["person"] for one in load["loads"]} == {alice, bob, carol}
    assert 0 <= load["balance"] <= 1
    assert team.bob.put(f"{V1}/rota/handover/words", json={"words": "Carol rings."}).status_code == 200
    note = team.bob.get(f"{V1}/rota/handover").json()
    assert (note["on_duty"], note["next"]["people"], note["words"]) == ([alice], [bob], "Carol rings.")
    seen = team.alice.post(f"{V1}/rota/preview", json={"zone": "Europe/Paris"}).json()
    assert (seen[0]["before"], seen[0]["after"]) == ([alice], [bob])  # a day ends an hour earlier there
    assert team.bob.post(f"{V1}/rota/preview", json={"zone": "Europe/Paris"}).status_code == 403
    assert team.bob.get(f"{V1}/rota").json()["zone"] == "UTC"
