"""A program arranges the rota, swaps, and says who is away; a member's does no more than a member may."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from house import House
from program import program, served

from inbox.store.db import Store

V1 = "/api/v1"


@pytest.fixture
def programs(sqlite: Store, clock: Any) -> Iterator[tuple[httpx.Client, httpx.Client]]:
    """Alice's, who is a founder, and Bob's; they take turns by the week, Alice first, from 9:00 UTC, which it is."""
    house = House(sqlite, clock)
    house.add_account()
    people = house.add_teammate("Alice", "founder"), house.add_teammate("Bob")
    with served(house) as address:
        alice, bob = (program(house, address, one) for one in people)
        with alice, bob:
            alice.put(f"{V1}/rota", json={"zone": "UTC"}).raise_for_status()
            alice.post(f"{V1}/rota/layers", json=layer()).raise_for_status()
            yield alice, bob


def layer(*people: int, **more: Any) -> dict[str, Any]:
    seats = [{"teammate_id": one} for one in people or (1, 2)]
    return {"name": "Weeks", "seats": seats, "starts_on": "2026-11-02", **more}


def test_it_says_who_is_on_duty_and_who_is_next(programs: tuple[httpx.Client, httpx.Client]) -> None:
    _alice, bob = programs
    told = bob.get(f"{V1}/rota/now").json()
    assert (told["on_duty"], told["next"]["people"], told["by_rota"]) == ([1], [2], True)
    span = {"start": "2026-11-02T09:00:00Z", "end": "2026-11-16T09:00:00Z"}
    assert [one["people"] for one in bob.get(f"{V1}/rota/slots", params=span).json()] == [[1], [2]]
    assert bob.get(f"{V1}/rota/slots", params={**span, "end": "2028-01-01T00:00:00Z"}).status_code == 422
    [held] = bob.get(f"{V1}/rota").json()["layers"]
    assert ([one["teammate_id"] for one in held["seats"]], held["weekdays"]) == ([1, 2], [*range(7)])


def test_a_founders_program_tries_a_layer_and_then_keeps_it(programs: tuple[httpx.Client, httpx.Client]) -> None:
    alice, bob = programs
    turned = layer(2, 1)
    [first, *_] = alice.post(f"{V1}/rota/layers/preview?layer_id=1", json=turned).json()
    assert (first["before"], first["after"]) == ([1], [2])
    assert bob.get(f"{V1}/rota/now").json()["on_duty"] == [1]
    for path, how in (("/rota/layers", bob.post), ("/rota/layers/1", bob.put), ("/rota/layers/preview", bob.post)):
        assert how(f"{V1}{path}", json=turned).status_code == 403
    assert alice.put(f"{V1}/rota/layers/1", json=turned).status_code == 200
    assert bob.get(f"{V1}/rota/now").json()["on_duty"] == [2]
    assert alice.put(f"{V1}/rota/layers/1", json=layer(handover="24:61")).status_code == 422
    assert alice.delete(f"{V1}/rota/layers/1").status_code == 200
    assert bob.get(f"{V1}/rota/now").json()["by_rota"] is False


def test_programs_swap_and_say_who_is_away(programs: tuple[httpx.Client, httpx.Client]) -> None:
    alice, bob = programs
    span = {"start": "2026-11-09T09:00:00Z", "end": "2026-11-16T09:00:00Z"}
    made = bob.post(f"{V1}/rota/swaps", json={**span, "wanted_id": 1}).json()
    assert bob.post(f"{V1}/rota/swaps/{made['id']}/accept").status_code == 422
    assert alice.post(f"{V1}/rota/swaps/{made['id']}/accept").status_code == 200
    assert alice.post(f"{V1}/rota/swaps/{made['id']}/decline").status_code == 409
    [told] = bob.get(f"{V1}/rota/swaps").json()
    assert (told["state"], told["taker_id"]) == ("taken", 1)
    assert bob.post(f"{V1}/rota/absences", json={**span, "teammate_id": 1}).status_code == 422
    away = bob.post(f"{V1}/rota/absences", json=span).json()
    assert [one["teammate_id"] for one in alice.get(f"{V1}/rota/absences").json()] == [2]
    assert bob.delete(f"{V1}/rota/absences/{away['id']}").status_code == 200


def test_a_member_adds_only_themselves_and_takes_over(programs: tuple[httpx.Client, httpx.Client]) -> None:
    alice, bob = programs
    span = {"start": "2026-11-03T09:00:00Z", "end": "2026-11-04T09:00:00Z"}
    assert bob.post(f"{V1}/rota/overrides", json={**span, "kind": "add", "teammate_id": 1}).status_code == 422
    made = bob.post(f"{V1}/rota/overrides", json={**span, "kind": "add", "teammate_id": 2})
    assert made.status_code == 201
    assert alice.delete(f"{V1}/rota/overrides/{made.json()['id']}").status_code == 200
    assert bob.post(f"{V1}/rota/take-over").status_code == 200
    assert bob.get(f"{V1}/rota/now").json()["on_duty"] == [2]
    assert bob.post(f"{V1}/rota/hand-back").status_code == 200


def test_the_note_and_the_link_by_a_program(programs: tuple[httpx.Client, httpx.Client]) -> None:
    _alice, bob = programs
    assert bob.put(f"{V1}/rota/handover/words", json={"words": "Carol rings at ten."}).status_code == 200
    assert bob.get(f"{V1}/rota/handovers").json() == []
    assert bob.post(f"{V1}/rota/handovers/1/take").status_code == 404
    url = bob.post(f"{V1}/rota/calendar-link").json()["url"]
    assert bob.get(f"/rota/calendar/{url.rpartition('/')[2]}").text.startswith("BEGIN:VCALENDAR")
    assert bob.delete(f"{V1}/rota/calendar-link").status_code == 200
