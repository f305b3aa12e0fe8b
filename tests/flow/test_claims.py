"""Somebody is on it: the climbing is put off, never the breach, and goes on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from climbing import Desk
from house import House

from inbox.flow import act, claims, team, telling, telling_again, tick
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
    assert desk.letters("cy")[-1].subject == "Bo was on it until 08:30. Carol still waits. Time left: 30 min."


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


def test_whoever_takes_it_on_while_it_is_told_and_whoever_tells_do_not_wait_for_each_other(desk: Desk) -> None:
    carol, store = desk.write(), desk.house.store
    desk.clock.move(hours=16)
    tick.tick(store)
    desk.readers[0].step()
    with ThreadPoolExecutor(1) as another, store.unit_of_work() as work:
        act.find(work, carol)
        told = another.submit(telling.tell_due, store)
        if store.dialect == "postgresql":  # where one writes after the other, the claim comes first
            assert told.result(timeout=20) == 1
        claims.claim(work, carol, desk.bo)
    assert {step for step, *_ in desk.told()} == ({"warning"} if told.result() else set())


WAS = "Bo was on it until 05:00. Carol still waits. Time left: 4 h."
"""It is 9 in the morning when people write here, so 20 hours later it is 5."""


def test_a_claim_that_runs_out_lets_the_newest_step_ring_again_once(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=16)  # whoever is on duty is told: Bo
    desk.after(hours=2)
    desk.claim(carol, desk.bo)
    desk.after(hours=1, minutes=59)
    assert WAS not in desk.bell(desk.bo)
    desk.after(minutes=1)
    assert [one.subject for one in desk.letters("bo")][-1] == WAS
    assert desk.bell(desk.bo).count(WAS) == 1
    for _ in range(3):
        desk.after(minutes=20)
    assert desk.bell(desk.bo).count(WAS) == 1
    assert {step for step, *_ in desk.told()} == {"warning", "warning.then", "warning.again.1"}


def test_each_claim_that_runs_out_rings_once_and_nobody_claims_for_long_is_told_anew(desk: Desk) -> None:
    desk.ladder(claim_within=timedelta(minutes=30), then=("founders",))
    carol = desk.write()
    desk.after(hours=16)
    for _ in range(2):
        desk.claim(carol, desk.bo)
        desk.after(hours=2)
    assert {step for step, *_ in desk.told()} == {"warning", "warning.again.1", "warning.again.2"}
    assert desk.letters("alice") == []
    desk.after(minutes=30)
    assert [one.subject for one in desk.letters("alice")] == ["Carol has waited 20 h 30. 3 h 30 are left."]


def test_an_answer_before_the_claim_is_over_keeps_the_ladder_still(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=16)
    desk.claim(carol, desk.bo)
    desk.after(hours=1)
    desk.answer(carol, desk.bo)
    desk.after(hours=5)
    assert {step for step, *_ in desk.told()} == {"warning"}


def test_whoever_takes_over_from_somebody_keeps_the_ladder_still(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=16)
    desk.claim(carol, desk.bo)
    desk.after(hours=1)
    desk.claim(carol, desk.cy)
    desk.after(hours=1)
    assert {step for step, *_ in desk.told()} == {"warning"}
    desk.after(hours=1)
    assert desk.bell(desk.bo)[0].startswith("Cy was on it until 04:00.")


def test_whoever_is_quick_keeps_back_what_was_to_ring_again(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=16)
    desk.claim(carol, desk.bo)
    desk.clock.move(hours=2)
    with desk.house.store.unit_of_work() as work:
        telling_again.ring(work, 10)
    desk.claim(carol, desk.cy)
    desk.turn()
    assert len(desk.letters("bo")) == 1
    assert {step for step, *_ in desk.told()} == {"warning"}


def test_whoever_let_it_run_out_is_not_the_only_one_to_hear_of_it(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=16)
    desk.claim(carol, desk.cy)  # it is Cy's now, who is not on duty
    desk.after(hours=2)
    said = "Cy was on it until 03:00. Carol still waits. Time left: 6 h."
    assert [desk.bell(who)[:1] for who in (desk.bo, desk.cy)] == [[said], [said]]
    assert desk.bell(desk.alice) == []


def test_after_a_breach_a_claim_that_runs_out_is_said_to_the_founders(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=24)
    desk.claim(carol, desk.bo)
    desk.after(hours=2)
    said = "Bo was on it until 11:00. Carol still waits. The promise was 24 h."
    assert desk.letters("alice")[-1].subject == said
    assert desk.bell(desk.bo)[0] == said


def test_of_a_claim_made_before_anything_rang_nothing_is_said(desk: Desk) -> None:
    carol = desk.write()
    desk.claim(carol, desk.bo)
    desk.after(hours=3)
    assert desk.told() == set()


def test_ten_claims_that_run_out_together_are_one_message(desk: Desk) -> None:
    talks = [desk.write(f"Person{number}") for number in range(10)]
    desk.after(hours=16)
    for one in talks:
        desk.claim(one, desk.bo)
    desk.after(hours=2)
    assert [one.subject for one in desk.letters("bo")][1:] == [
        "10 people wait for an answer. Time left for the first: 6 h"
    ]


def test_a_claim_that_ends_rings_once_however_many_processes_look_and_whoever_dies(desk: Desk) -> None:
    talks = [desk.write(f"Person{number}") for number in range(6)]
    desk.after(hours=16)
    for one in talks:
        desk.claim(one, desk.bo)
    desk.clock.move(hours=2)
    with pytest.raises(KeyboardInterrupt):
        _ring_and_die(desk)
    with ThreadPoolExecutor(4) as processes:
        list(processes.map(lambda _: telling.tell_due(desk.house.store), range(12)))
    desk.turn()
    assert len(desk.letters("bo")) == 2
    for wait in range(1, 7):
        again = [one for one in desk.told(wait) if "again" in one[0]]
        assert sorted((who, means) for _, who, means, state in again if state == "sent") == [
            (desk.bo, "app"),
            (desk.bo, "mail"),
        ]


def _ring_and_die(desk: Desk) -> None:
    with desk.house.store.unit_of_work() as work:
        assert telling_again.ring(work, 10) == 6
        raise KeyboardInterrupt
