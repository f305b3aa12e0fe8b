"""A program writes rules, reads what its owner is told, and goes on duty."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from house import House, mail
from program import program, served
from stores import MovedClock

from inbox.flow import notices, rule_runs
from inbox.store.db import Store

V1 = "/api/v1"
BILLING = {"name": "Billing", "trigger": "arrived", "query": "invoice", "acts": {"assign": "duty", "tag": ["bills"]}}


@pytest.fixture
def house(store: Store, clock: MovedClock) -> House:
    return House(store, clock)


@pytest.fixture
def bob(house: House) -> Iterator[httpx.Client]:
    house.add_account()
    house.add_teammate("Alice", "founder")
    with served(house) as address, program(house, address, house.add_teammate("Bob")) as client:
        yield client


def run(house: House) -> None:
    readers = [rule_runs.reader(house.store), notices.reader(house.store)]
    while sum(reader.step() for reader in readers):
        pass


def test_a_rule_by_a_program_gives_its_owner_what_they_are_then_told(house: House, bob: httpx.Client) -> None:
    run(house)
    assert bob.put(f"{V1}/duty", json={"on": True}).status_code == 200
    made = bob.post(f"{V1}/rules", json=BILLING)
    assert made.status_code == 201, made.text
    house.receive(1, mail(text="My invoice"))
    run(house)
    found = bob.post(f"{V1}/rules/preview", json={**BILLING, "name": "Other"}).json()
    assert found == {"count": 1, "more": False, "conversations": [1]}
    [told] = bob.get(f"{V1}/notices").json()
    assert told["text"] == "The rule “Billing” gave you the conversation with Carol Diaz."
    assert bob.post(f"{V1}/notices/{told['id']}/read").status_code == 200
    assert bob.get(f"{V1}/notices").json()[0]["read_at"] is not None


def test_rules_are_listed_changed_ordered_switched_and_deleted(bob: httpx.Client) -> None:
    for name in ("One", "Two"):
        bob.post(f"{V1}/rules", json={**BILLING, "name": name})
    bob.post(f"{V1}/rules/2/up")
    bob.post(f"{V1}/rules/2/enabled", json={"on": False})
    bob.put(f"{V1}/rules/1", json={**BILLING, "name": "Uno", "trigger": "waiting", "hours": 4})
    rules = bob.get(f"{V1}/rules").json()
    assert [(one["name"], one["enabled"], one["hours"]) for one in rules] == [("Two", False, 0), ("Uno", True, 4)]
    assert bob.delete(f"{V1}/rules/2").status_code == 200
    assert [one["name"] for one in bob.get(f"{V1}/rules").json()] == ["Uno"]
    assert bob.delete(f"{V1}/rules/2").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [{"trigger": "never"}, {"acts": {}}, {"query": "before:nonsense"}, {"acts": {"end": "delete"}}, {"name": ""}],
)
def test_a_rule_that_cannot_work_is_refused(bob: httpx.Client, wrong: dict[str, object]) -> None:
    assert bob.post(f"{V1}/rules", json={**BILLING, **wrong}).status_code == 422
    assert bob.get(f"{V1}/rules").json() == []
