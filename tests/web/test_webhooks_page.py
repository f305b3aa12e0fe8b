"""Alice lets a program hear what happens; Bob may not; Mallory learns no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hook_server import HookServer
from house import mail
from team import Team, team_at_work

from inbox.flow import hooking
from inbox.settings import Settings

HERE = "/settings/webhooks"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_at_work(tmp_path) as made:
        made.house.context = replace(made.house.context, settings=Settings(webhooks_loopback=True))
        made.app.state.context = made.house.context
        yield made


def test_alice_adds_a_webhook_tests_it_and_sees_what_was_said_and_answered(team: Team) -> None:
    with HookServer() as receiver:
        assert "Nobody is told anything yet." in team.alice.get(HERE).text
        made = team.alice.post(f"{HERE}/new", url=receiver.url, name="Desk robot", kind=["message.in"])
        [secret] = re.findall(r"whsec_[A-Za-z0-9+/=]+", made.text)
        assert secret not in team.alice.get(f"{HERE}/1").text

        receiver.answers = [(200, {}, b"thank you <b>"), (500, {}, b"")]
        assert team.alice.post(f"{HERE}/1/test").status_code == 303
        team.house.receive(team.account, mail())
        hooking.tell(team.house.context)
        page = team.alice.get(f"{HERE}/1").text
        assert "thank you &lt;b&gt;" in page
        assert "answered 500" in page
        assert secret not in page
        assert "webhook-signature" not in page

        team.clock.move(days=4)
        team.alice.sign_in("alice@example.com")
        hooking.tell(team.house.context)
        assert team.alice.post(f"{HERE}/1/calls/2/again").status_code == 303
        hooking.tell(team.house.context)
        assert {call.headers["webhook-id"] for call in receiver.calls[1:]} == {receiver.calls[1].headers["webhook-id"]}

        fresh = team.alice.post(f"{HERE}/1/secret").text
        assert secret not in fresh
        assert len(re.findall(r"whsec_", fresh)) == 1
        assert team.alice.post(f"{HERE}/1/remove").status_code == 303
        assert team.alice.get(f"{HERE}/1").status_code == 404


def test_what_cannot_be_is_said_and_what_was_typed_stays(team: Team) -> None:
    refused = team.alice.post(f"{HERE}/new", url="https://192.168.1.1/in", kind=["message.in"])
    assert refused.status_code == 422
    assert "is not on the public internet" in refused.text
    assert 'value="https://192.168.1.1/in"' in refused.text
    none = team.alice.post(f"{HERE}/new", url="https://127.0.0.1/", kind=["teammate.added"])
    assert "Choose at least one kind of event." in none.text


def test_webhooks_are_for_founders(team: Team) -> None:
    assert team.bob.get(HERE).status_code == 403
    assert team.bob.post(f"{HERE}/new", url="https://127.0.0.1/", kind=["message.in"]).status_code == 403
    assert team.mallory.get(HERE).status_code == 303
