"""Taking on who waits: in the conversation, from the bell, by a link in a message, and by a program."""

from __future__ import annotations

from datetime import timedelta

import pytest
from house import mail
from team import Team

from connectors import fake
from inbox.flow import claims, merge, outages, team, telling, tick
from inbox.store import claims as rows
from inbox.store import teammates
from inbox.store.tables import Account


@pytest.fixture
def waiting(team: Team) -> Team:
    """Carol waits, and eight hours are left; Bob is on duty and was told."""
    reader = telling.reader(team.house.store)
    reader.step()
    team.bob.post("/settings/notices/duty", on="yes")
    team.house.receive(team.account, mail(subject="<b>Export</b>", text="My password is hunter2"))
    team.clock.move(hours=16)
    tick.tick(team.house.store)
    while reader.step():
        pass
    telling.tell_due(team.house.store)
    for one in (team.alice, team.bob):
        one.sign_in(f"{'alice' if one is team.alice else 'bob'}@example.com")
    return team


def link(team: Team, who: int | None = None) -> str:
    return "/claim/" + claims.token(team.house.context.vault, 1, who or team.bob.id, team.clock.now)


def held(team: Team) -> tuple[str, timedelta] | None:
    with team.house.store.reading() as session:
        found = rows.live(session, 1, team.clock.now)
    return (found.name, found.until - team.clock.now) if found else None


def test_a_conversation_is_taken_on_and_let_go(waiting: Team) -> None:
    assert 'action="/conversations/1/claim"' in waiting.bob.get("/inbox/all/1").text
    waiting.bob.post("/conversations/1/claim", view="waiting")
    assert held(waiting) == ("Bob", timedelta(hours=2))
    shown = waiting.alice.get("/inbox/waiting/1").text
    assert shown.count("Bob is on it until") == 2  # in the list and at the head
    assert "Take over from Bob" in shown
    assert "You are on it until" in waiting.bob.get("/inbox/all/1").text
    waiting.bob.post("/conversations/1/release")
    assert held(waiting) is None
    waiting.clock.move(hours=1)
    assert "is on it until" not in waiting.alice.get("/inbox/waiting").text


def test_a_claim_that_is_over_is_shown_no_more(waiting: Team) -> None:
    waiting.bob.post("/conversations/1/claim")
    waiting.clock.move(hours=2)
    waiting.alice.sign_in("alice@example.com")
    assert "is on it until" not in waiting.alice.get("/inbox/waiting/1").text


def test_the_bell_tells_of_a_step_with_the_act_beside_it(waiting: Team) -> None:
    shown = waiting.bob.get("/notices").text
    assert "Carol Diaz has waited 16 h. 8 h are left." in shown
    assert 'action="/conversations/1/claim"' in shown
    assert "Carol Diaz" not in waiting.alice.get("/notices").text
    waiting.alice.post("/conversations/1/claim")
    shown = waiting.bob.get("/notices").text
    assert "Alice is on it" in shown
    assert 'action="/conversations/1/claim"' not in shown


def test_looking_at_a_link_changes_nothing_and_says_little(waiting: Team) -> None:
    for _ in range(2):
        shown = waiting.mallory.get(link(waiting))
        assert shown.status_code == 200
    assert "Carol Diaz" in shown.text
    assert "&lt;b&gt;Export&lt;/b&gt;" in shown.text
    assert "hunter2" not in shown.text
    assert held(waiting) is None


def test_the_button_of_a_link_works_for_somebody_who_is_signed_out(waiting: Team) -> None:
    answer = waiting.mallory.post(link(waiting))
    assert "You are on it until" in answer.text
    assert held(waiting) == ("Bob", timedelta(hours=2))
    assert waiting.mallory.get("/inbox/all/1").status_code == 303  # and it opens no other door


def test_a_link_is_useless_to_whom_it_was_not_sent(waiting: Team) -> None:
    refused = waiting.alice.post(link(waiting))
    assert refused.status_code == 422
    assert "sent to somebody else" in refused.text
    forged = link(waiting).replace("-", "-1", 1)
    assert waiting.mallory.get(forged).status_code == 404
    assert waiting.mallory.post(forged).status_code == 404
    foreign = waiting.mallory.post(link(waiting), headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    waiting.clock.move(days=4)
    assert waiting.mallory.post(link(waiting).replace("/claim/", "/claim/x")).status_code == 404
    assert held(waiting) is None


def test_a_link_of_somebody_who_left_or_to_whom_nobody_waits_does_nothing(waiting: Team) -> None:
    address = link(waiting)
    with waiting.house.store.unit_of_work() as work:
        bob = teammates.get(work.session, waiting.bob.id)
        assert bob is not None
        bob.disabled_at = work.now
    assert waiting.mallory.post(address).status_code == 422
    waiting.house.reply(1, waiting.alice.id)
    waiting.alice.post("/conversations/1/no-reply-needed", reason="They only said thanks.")
    shown = waiting.mallory.get(link(waiting, waiting.alice.id)).text
    assert "There is nothing to do." in shown
    assert held(waiting) is None


def test_a_link_leads_to_whoever_waits_still_when_conversations_were_merged(waiting: Team) -> None:
    waiting.house.receive(waiting.account, mail(subject="Once more", sender="carol@elsewhere.example"))
    address = "/claim/" + claims.token(waiting.house.context.vault, 2, waiting.bob.id, waiting.clock.now)
    with waiting.house.store.unit_of_work() as work:
        merge.merge(work, 2, 1, waiting.alice.id)
    assert 'href="/inbox/all/1"' in waiting.mallory.get(address).text
    assert "You are on it until" in waiting.mallory.post(address).text
    assert held(waiting) == ("Bob", timedelta(hours=2))


def test_a_link_shows_nothing_to_somebody_who_left(waiting: Team) -> None:
    with waiting.house.store.unit_of_work() as work:
        team.disable(work, waiting.bob.id, waiting.alice.id)
    shown = waiting.mallory.get(link(waiting))
    assert shown.status_code == 422
    assert "Carol" not in shown.text


def test_a_program_can_take_on_and_ask_who_was_told(waiting: Team) -> None:
    api, mine = "/api/v1/conversations/1", {"X-CSRF-Token": waiting.bob.csrf}
    until = waiting.bob.client.post(f"{api}/claim", headers=mine).json()["until"]
    assert until.startswith("2026-11-03T03:00")
    assert waiting.bob.client.post(f"{api}/release", headers=mine).json() == {"ok": True}
    assert waiting.bob.client.post(f"{api}/release", headers=mine).status_code == 422
    told = waiting.bob.get(f"{api}/told").json()
    assert {(one["step"], one["person"], one["means"], one["state"]) for one in told} >= {
        ("warning", waiting.bob.id, "app", "sent")
    }


def test_where_the_ladder_reaches_one_is_kept_when_it_can_be_dialled(team: Team) -> None:
    wrong = team.bob.post("/settings/notices", phone="06 12 34")
    assert wrong.status_code == 422
    assert "Give the number with its country" in wrong.text
    team.bob.post("/settings/notices", phone="+33 6 12 34 56 78", telegram="@bob_example")
    shown = team.bob.get("/settings/notices").text
    assert 'value="+33612345678"' in shown
    assert 'value="@bob_example"' in shown


def test_founders_alone_say_where_the_team_is_told_and_the_address_stays_sealed(team: Team) -> None:
    address = "https://hooks.example.com/services/T0/B0/secret-part"
    assert team.bob.post("/settings/notices/webhook", url=address).status_code == 403
    assert team.alice.post("/settings/notices/webhook", url="http://10.0.0.1/").status_code == 422
    team.alice.post("/settings/notices/webhook", url=address)
    shown = team.alice.get("/settings/notices").text
    assert "Messages go to hooks.example.com." in shown
    assert "secret-part" not in shown
    assert "A channel of the team" not in team.bob.get("/settings/notices").text
    team.alice.post("/settings/notices/webhook", url="")
    assert "Messages go to" not in team.alice.get("/settings/notices").text


def test_an_account_that_is_silent_stands_in_the_list_and_leads_to_the_accounts(team: Team) -> None:
    fake.forget()
    with team.house.store.unit_of_work() as work:
        work.session.add(Account(kind="fake", address="x@example.com", created_at=work.now, error="It was refused."))
    team.clock.move(minutes=30)
    outages.sweep(team.house.context)
    shown = team.alice.get("/notices").text
    assert "x@example.com has received nothing for 30 min. It was refused." in shown
    assert 'href="/settings/accounts"' in shown
    assert team.alice.get("/notices/fresh?after=0").json()["fresh"][0]["path"] == "/settings/accounts"
    told = team.alice.get("/api/v1/notices").json()
    assert told[0]["conversation_id"] is None
