"""Send me a test: by the real way, with what came of it, and not too often; who could not be reached is named."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from hook_server import HookServer
from house import House
from program import program, served
from stores import MovedClock
from team import Team

from connectors import fake
from connectors.errors import Permanent
from inbox.flow import pruning, reach
from inbox.store.db import Store
from inbox.store.tables import Account, Teammate

MINE, HOUSE = "/settings/notices", "/settings/promise"
SUPPORT = "desk@house.example"


@pytest.fixture
def mailing(team: Team) -> Team:
    """An account made of lists can send; Alice and Bob are reached by mail."""
    fake.forget()
    with team.house.store.unit_of_work() as work:
        work.session.add(Account(kind="fake", address=SUPPORT, settings={}, created_at=work.now))
    return team


@pytest.fixture
def room(team: Team) -> Iterator[HookServer]:
    with HookServer() as server:
        settings = team.house.context.settings.model_copy(update={"webhooks_loopback": True})
        object.__setattr__(team.house.context, "settings", settings)
        with team.house.store.unit_of_work() as work:
            reach.set_hook(work, team.house.context.vault, server.url, team.alice.id, loopback=True)
        yield server


def test_bob_tries_his_mail_and_the_page_says_what_came_of_it(mailing: Team) -> None:
    assert mailing.bob.post(f"{MINE}/test", means="mail").status_code == 303
    page = mailing.bob.get(MINE).text
    assert "is on its way." in page
    assert 'hx-trigger="every 2s"' in page
    mailing.house.deliver()
    page = mailing.bob.get(MINE).text
    assert "was accepted." in page
    assert 'hx-trigger="every 2s"' not in page
    [letter] = fake.box(SUPPORT).sent
    assert (letter.subject, letter.to[0].value) == ("A test from Under24", "bob@example.com")
    assert "accepted" not in mailing.alice.get(MINE).text


def test_a_test_of_long_ago_is_not_on_its_way(mailing: Team) -> None:
    mailing.bob.post(f"{MINE}/test", means="mail")
    mailing.house.deliver()
    mailing.clock.move(days=pruning.LETTERS.days + 1)
    pruning.prune(mailing.house.store)
    mailing.bob.sign_in("bob@example.com")
    page = mailing.bob.get(MINE).text
    assert ("is on its way." in page, "every 2s" in page) == (False, False)
    assert mailing.bob.post(f"{MINE}/test", means="mail").status_code == 303


def test_a_refusal_is_told_in_the_servers_words(mailing: Team) -> None:
    fake.box(SUPPORT).fail_next(Permanent("550 No such <b>user</b> here."))
    mailing.bob.post(f"{MINE}/test", means="mail")
    mailing.house.deliver()
    assert "did not get through: 550 No such &lt;b&gt;user&lt;/b&gt; here." in mailing.bob.get(MINE).text


def test_tests_keep_apart_and_each_means_has_its_own(mailing: Team) -> None:
    assert mailing.bob.post(f"{MINE}/test", means="mail").status_code == 303
    refused = mailing.bob.post(f"{MINE}/test", means="mail")
    assert (refused.status_code, "A test left a moment ago." in refused.text) == (422, True)
    assert mailing.alice.post(f"{MINE}/test", means="mail").status_code == 303
    mailing.clock.move(minutes=1)
    assert mailing.bob.post(f"{MINE}/test", means="mail").status_code == 303
    for _ in range(5):
        mailing.house.deliver()
    assert len(fake.box(SUPPORT).sent) == 3


def test_what_is_not_set_up_has_no_button_and_says_why(team: Team) -> None:
    page = team.bob.get(MINE).text
    assert "Not set up. No browser of theirs may be told." in page
    assert 'value="push" aria-label' not in page
    for means in ("push", "sms", "webhook", "pigeon"):
        assert team.bob.post(f"{MINE}/test", means=means).status_code == 422


def test_a_founder_tries_the_teams_room_and_sees_its_answer(team: Team, room: HookServer) -> None:
    assert team.alice.post(f"{HOUSE}/test").status_code == 303
    [call] = room.calls
    said = json.loads(call.body)
    assert said["text"].startswith("Alice sends a test from Under24")
    assert said["id"] == call.headers["webhook-id"]
    assert "was accepted." in team.alice.get(HOUSE).text
    room.answers.append((503, {}, b"later"))
    team.clock.move(minutes=1)
    team.alice.post(f"{HOUSE}/test")
    assert "did not get through: The webhook answered 503." in team.alice.get(HOUSE).text
    assert team.bob.post(f"{HOUSE}/test").status_code == 403
    assert len(room.calls) == 2


def test_who_could_not_be_reached_at_night_is_named_with_the_reason(mailing: Team) -> None:
    assert "Who could not be reached at night" not in mailing.alice.get(HOUSE).text
    with mailing.house.store.unit_of_work() as work:
        work.session.get_one(Teammate, mailing.bob.id).mail = SUPPORT
    page = mailing.alice.get(HOUSE).text
    said = "Bob would hear of this with the page open only: first warning, second warning, promise broken."
    assert said in page
    assert "By mail: Their address is one that this inbox reads." in page
    assert "Alice would hear" not in page
    assert said in mailing.bob.get(MINE).text
    assert said not in mailing.alice.get(MINE).text


def test_a_program_can_do_the_same(store: Store, clock: MovedClock) -> None:
    fake.forget()
    house = House(store, clock)
    alice = house.add_teammate("Alice", "founder")
    with store.unit_of_work() as work:
        work.session.add(Account(kind="fake", address=SUPPORT, settings={}, created_at=work.now))
    with served(house) as address, program(house, address, alice) as client:
        asked = client.post("/api/v1/me/reach/test", json={"means": "mail"})
        assert asked.status_code == 200, asked.text
        house.deliver()
        mine = {one["means"]: (one["wrong"], one["state"]) for one in client.get("/api/v1/me/reach").json()}
        assert mine["mail"] == ("", "sent")
        assert mine["sms"] == ("No account can send this.", "")
        assert client.post("/api/v1/me/reach/test", json={"means": "mail"}).status_code == 422
        assert client.post("/api/v1/ladder/webhook/test").status_code == 422
        assert client.get("/api/v1/ladder/out-of-reach").json() == []
