"""Who may use which route: derived from the app, written down in access.txt, and tried with every kind of caller.

A new route fails here until somebody has thought about who may use it and has written its line.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from doors import NAMES
from team import Team, give_password

from inbox.flow import sign_in, tokens
from inbox.flow import team as people
from inbox.web.api.route import api_founder, api_settings
from inbox.web.deps import _calls, _routes, anyone, api_user, founder, sure, teammate

WRITTEN = Path(__file__).with_name("access.txt")
WORDS: tuple[tuple[Any, str], ...] = (
    (api_user, "token"),
    (founder, "founder"),
    (sure, "surely"),
    (teammate, "teammate"),
    (anyone, "anyone"),
)
"""Strictest first; those of the API may add `founder` and `settings`."""
SAFE = ("GET", "HEAD")
"""Methods that change nothing."""
DENIED = {303, 401, 403}


def derived(team: Team) -> dict[str, str]:
    """Return who may use each route, as its dependencies say."""
    found = {}
    for route in _routes(team.app):
        calls = _calls(route.dependant)
        who = next(word for call, word in WORDS if call in calls)
        who += " founder" * (api_founder in calls) + " settings" * (api_settings in calls)
        found.update({f"{method} {route.path}": who for method in route.methods or ()})
    return found


def written() -> dict[str, str]:
    lines = [line for line in WRITTEN.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    found = {}
    for line in lines:
        who, _, route = line.partition(":")
        found[" ".join(route.split())] = who.strip()
    assert len(found) == len(lines)
    return found


@pytest.fixture(scope="module")
def callers(same_team: Team) -> dict[str, httpx.Client]:
    """Return everybody who calls: by tokens of each kind, and Erin, who worked here once."""
    by_token, alice = {"nobody": "u24_" + "x" * 40}, same_team.alice.id
    with same_team.house.store.unit_of_work() as work:
        erin = sign_in.add_teammate(work, "Erin", "erin@example.com", "founder", alice).id or 0
        for name, who in (("Alice", alice), ("Bob", same_team.bob.id), ("Erin", erin)):
            by_token |= {f"{name} {one}": tokens.new_api_token(work, who, one, one) for one in tokens.SCOPES}
    give_password(same_team.house, erin)
    gone = same_team.visitor()
    gone.sign_in("erin@example.com")
    assert gone.csrf
    with same_team.house.store.unit_of_work() as work:
        people.disable(work, erin, alice)
    gone.client.headers["X-CSRF-Token"] = gone.csrf
    found = {"Erin": gone.client}
    for name, token in by_token.items():
        found[name] = same_team.visitor().client
        found[name].headers["Authorization"] = f"Bearer {token}"
    return found


def may(caller: str, who: str, method: str) -> bool:
    """Whether a caller may come in, by what is written of the route."""
    name, _, scope = caller.partition(" ")
    if who == "anyone":
        return True
    if name in {"nobody", "Erin"} or not who.startswith("token"):
        return False
    if scope == "read" and method not in SAFE:
        return False
    return (scope == "admin" or ("settings" not in who and "founder" not in who)) and (
        name == "Alice" or "founder" not in who
    )


def concrete(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: NAMES.get(found[1], "1"), path)


def test_who_may_use_each_route_is_written_down(same_team: Team) -> None:
    there, told = derived(same_team), written()
    assert {route: who for route, who in there.items() if told.get(route) != who} == {}, f"think, then write {WRITTEN}"
    assert sorted(set(told) - set(there)) == []


def test_whoever_may_not_use_a_route_is_refused_and_changes_nothing(
    same_team: Team, callers: dict[str, httpx.Client]
) -> None:
    before, wrong = same_team.changes(), {}
    for route, who in written().items():
        method, _, path = route.partition(" ")
        for caller in (one for one in callers if not may(one, who, method)):
            status = callers[caller].request(method, concrete(path)).status_code
            if status not in DENIED:
                wrong[caller, route] = status
    assert wrong == {}
    assert same_team.changes() == before


def test_whoever_may_use_a_route_of_the_api_comes_in(same_team: Team, callers: dict[str, httpx.Client]) -> None:
    same_team.clock.move(minutes=2)  # a token has so many calls in a minute
    wrong = {}
    for route, who in written().items():
        method, _, path = route.partition(" ")
        for caller in (one for one in callers if who.startswith("token") and may(one, who, method)):
            answer = callers[caller].request(method, concrete(path))
            if answer.status_code in DENIED or answer.status_code >= 500:
                wrong[caller, route] = answer.status_code
    assert wrong == {}


def test_what_decides_who_comes_in_asks_again_who_it_is(same_team: Team) -> None:
    same_team.clock.move(minutes=11)
    for route in (route for route, who in written().items() if who == "surely"):
        method, _, path = route.partition(" ")
        answer = same_team.alice.client.request(method, concrete(path), headers={"X-CSRF-Token": same_team.alice.csrf})
        assert answer.headers["location"].startswith("/settings/security/prove"), route
