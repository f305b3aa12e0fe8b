"""The doors that need no sign-in: guesses are slowed, and nobody can fill the house from outside."""

from __future__ import annotations

import re

import pytest
from team import Team

from inbox.flow import claims

LINKS = ("/claim/1-1-zzzzzz-none", "/rota/calendar/none.ics", "/setup/none")


@pytest.mark.parametrize("path", LINKS)
def test_whoever_guesses_links_soon_waits_and_whoever_has_one_does_too_for_a_minute(
    team: Team, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr("inbox.web.pace.STRANGERS", 5)
    answers = [team.mallory.get(path) for _ in range(7)]
    assert [one.status_code for one in answers] == [404] * 5 + [429] * 2
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
    team.clock.move(minutes=1)
    assert team.mallory.get(path).status_code == 404


def test_a_link_that_is_right_costs_no_try(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.web.pace.STRANGERS", 2)
    [calendar] = re.findall(r"(/rota/calendar/[\w-]+\.ics)", team.bob.post("/rota/calendars/link").text)
    old = "/claim/" + claims.token(team.house.context.vault, 1, team.bob.id, team.clock.now)
    assert {team.mallory.get(path).status_code for _ in range(4) for path in (calendar, old)} == {200}


def test_no_stranger_fills_the_house_with_beginnings(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.web.pace.KNOCKS", 3)
    codes = [team.mallory.post("/login/passkey/ask").status_code for _ in range(5)]
    assert codes == [200] * 3 + [429] * 2
    team.clock.move(minutes=1)
    assert team.mallory.post("/login/passkey/ask").status_code == 200


def test_a_link_is_asked_for_by_head_and_by_a_scanner_without_effect(team: Team) -> None:
    address = "/claim/" + claims.token(team.house.context.vault, 1, team.bob.id, team.clock.now)
    before = team.changes()
    assert team.mallory.client.head(address).status_code in {200, 405}
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        assert team.mallory.client.request(method, address).status_code == 405
    scanner = {"Purpose": "prefetch", "User-Agent": "SafeLinks"}
    assert team.mallory.client.get(address, headers=scanner).status_code == 200
    assert team.mallory.client.post(address, headers={"Origin": "null"}).status_code == 403
    assert team.changes() == before
