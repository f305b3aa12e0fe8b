"""The page "What if": a founder asks, sees what would have been and what was assumed; the API answers the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from past import Past
from team import Team

HERE = "/promise/what-if"
FOUR_HOURS = {"kind": "policy", "hours": "4", "clock": "always"}


@pytest.fixture
def past(team: Team) -> Past:
    past = Past(team.house.store, {"Bob": team.bob.id}, account=team.account)
    start = team.clock.now - timedelta(days=10)
    for number in range(3):
        past.wait(start + timedelta(days=number), 2 + 3 * number, by="Bob")
    return past


def test_a_founder_asks_and_sees_the_rows_behind_the_difference(team: Team, past: Past) -> None:
    page = team.alice.get(HERE, params=FOUR_HOURS).text
    assert "1 of 3 people would have been answered in time; 3 of 3 were." in page
    assert "0 broken promises fewer, 2 more." in page
    assert "only the deadline is another" in page
    assert page.count('<a href="/conversations/') >= 2
    assert "It was worked out from 3 cases." in page


def test_the_page_asks_before_it_answers(team: Team, past: Past) -> None:
    page = team.alice.get(HERE).text
    assert "Another deadline" in page
    assert "would have been answered" not in page
    assert "There is no rota yet" in page


def test_a_question_that_makes_no_sense_is_said(team: Team) -> None:
    answer = team.alice.get(HERE, params={"kind": "policy", "hours": "0"})
    assert answer.status_code == 422
    assert "more than none" in answer.text


@pytest.mark.parametrize(
    "more",
    [
        {"hours": "720", "clock": "hours", "days": "6", "start": "09:00", "end": "09:01"},  # more than there ever is
        {"clock": "hours", "start": "09:00Z", "end": "18:00"},
        {"kind": "cover", "start": "09:00", "end": "18:00+02:00"},
    ],
)
def test_an_odd_question_has_an_answer_or_a_sentence(team: Team, past: Past, more: dict[str, str]) -> None:
    answer = team.alice.get(HERE, params={"kind": "policy", **more})
    assert answer.status_code in {200, 422}
    assert "Compare" in answer.text


def test_members_do_not_ask(team: Team) -> None:
    assert team.bob.get(HERE, params=FOUR_HOURS).status_code == 403


def test_programs_ask_the_same(team: Team, past: Past) -> None:
    headers = {"X-CSRF-Token": team.alice.csrf}
    asked = {"kind": "policy", "hours": 4}
    told = team.alice.client.post("/api/v1/promise/what-if", json=asked, headers=headers).json()
    assert (told["was"], told["would"]) == ({"kept": 3, "broken": 0}, {"kept": 1, "broken": 2})
    assert (told["cases"], told["avoided"], told["created"]) == (3, 0, 2)
    assert len(told["first_created"]) == 2
    refused = team.alice.client.post("/api/v1/promise/what-if", json={"kind": "cover", "days": [5]}, headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "refused")


def test_programs_set_what_customers_are_told(team: Team) -> None:
    headers = {"X-CSRF-Token": team.alice.csrf}
    given = {"public": True, "zone": "Europe/Paris", "a_day": 1}
    told = team.alice.client.put("/api/v1/customers", json=given, headers=headers).json()
    assert told == {"accounts": [], "a_day": 1, "zone": "Europe/Paris", "public": True}
    assert team.alice.get("/api/v1/customers").json() == told
    assert team.mallory.get("/promise.json").status_code == 200
    assert team.bob.get("/api/v1/customers").status_code == 403
