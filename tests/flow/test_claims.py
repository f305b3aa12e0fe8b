"""Somebody is on it: the climbing is put off, never the breach, and goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from climbing import Desk
from house import House

from inbox.flow import claims, team
from inbox.flow.errors import RefusedError
from inbox.store import claims as claim_rows


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def test_a_claim_puts_the_climbing_off_and_then_it_goes_on(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=21, minutes=30)
    until = desk.claim(carol, desk.bo)
    assert until == desk.clock.now + timedelta(hours=2)
    assert desk.house.conversations()[0].assignee_id == desk.bo
    before = len(desk.letters("cy"))
    desk.after(minutes=30)  # two hours are left: the rota would be told
    assert len(desk.letters("cy")) == before
    desk.after(hours=1, minutes=30)  # the claim is over, and nobody answered
    assert desk.letters("cy")[-1].subject == "Carol has waited 23 h 30. 30 min are left."


def test_a_claim_does_not_put_off_the_breach(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=23, minutes=40)
    desk.claim(carol, desk.bo)
    desk.after(minutes=20)
    assert desk.letters("alice")[-1].subject == "Carol has waited 24 h. The promise was 24 h."


def test_a_second_claim_takes_over_and_says_so(desk: Desk) -> None:
    carol = desk.write()
    desk.claim(carol, desk.bo)
    desk.claim(carol, desk.cy)
    with desk.house.store.reading() as session:
        held = claim_rows.of_conversations(session, [carol])[carol]
    assert (held.teammate_id, held.name) == (desk.cy, "Cy")
    said = [one.details for one in desk.house.messages(carol) if one.kind == "event"]
    assert {one["event"]: one.get("other") for one in said}["claim_taken"] == "Bo"
    assert desk.house.conversations()[0].assignee_id == desk.bo  # a claim takes nothing from anybody


def test_a_released_claim_lets_the_ladder_climb_at_once(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=21, minutes=30)
    desk.claim(carol, desk.bo)
    desk.after(minutes=30)
    before = len(desk.letters("cy"))
    with desk.house.store.unit_of_work() as work:
        claims.release(work, carol, desk.bo)
    desk.turn()
    assert len(desk.letters("cy")) == before + 1


def test_an_answer_ends_a_claim_and_where_nobody_waits_there_is_nothing_to_claim(desk: Desk) -> None:
    carol = desk.write()
    desk.claim(carol, desk.bo)
    desk.answer(carol, desk.bo)
    with desk.house.store.reading() as session:
        assert claim_rows.of_conversations(session, [carol]) == {}
    with pytest.raises(RefusedError):
        desk.claim(carol, desk.cy)


def test_where_nobody_claims_in_time_the_next_are_told_once(desk: Desk) -> None:
    desk.ladder(claim_within=timedelta(minutes=30), then=("founders",))
    first, _second = desk.write("Carol"), desk.write("Dana")
    desk.after(hours=16)
    desk.claim(first, desk.bo)
    desk.after(minutes=29)
    assert desk.letters("alice") == []
    desk.after(minutes=1)
    desk.after(minutes=30)
    assert [one.subject for one in desk.letters("alice")] == ["Dana has waited 16 h 30. 7 h 30 are left."]


@pytest.mark.parametrize("change", ["x", "swap", "late"])
def test_a_link_is_for_one_wait_one_person_and_a_while(desk: Desk, change: str) -> None:
    desk.write()
    vault = desk.house.context.vault
    token = claims.token(vault, 1, desk.bo, desk.clock.now)
    assert claims.linked(vault, token, desk.clock.now).teammate_id == desk.bo
    if change == "late":
        desk.clock.move(days=4)
    wait, who, ends, signature = token.split("-")
    wrong = {"x": f"{token}x", "swap": f"{wait}-{desk.cy}-{ends}-{signature}", "late": token}[change]
    assert wait
    assert who
    with pytest.raises(Exception, match="link"):
        claims.linked(vault, wrong, desk.clock.now)


def test_whoever_leaves_is_on_nothing_any_more(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=21, minutes=30)
    desk.claim(carol, desk.bo)
    with desk.house.store.unit_of_work() as work:
        team.disable(work, desk.bo, desk.alice)
    desk.after(minutes=30)  # two hours are left: the rota is told
    assert len(desk.letters("cy")) == 1
