"""The rota on the screen: who answers, swaps, absences, holes."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from house import mail
from team import Team, Visitor

from inbox.flow import handover, rota, shifts
from inbox.flow.rota import Frame, Given, Place

MONDAY = date(2026, 11, 2)


@pytest.fixture
def rota_id(team: Team) -> int:
    """Alice and Bob take turns, a week each, from Monday at 9:00 UTC on: Alice begins, and it is 9:00 now."""
    with team.house.store.unit_of_work() as work:
        number = rota.set_up(work, Frame("UTC"), team.alice.id)
        places = (Place(team.alice.id), Place(team.bob.id))
        rota.save_layer(work, number, Given("Weeks", places, MONDAY), team.alice.id)
    return number


def spans(visitor: Visitor) -> list[tuple[str, str]]:
    """Return from when to when the visitor's shifts are that can be swapped."""
    shown = visitor.get("/rota").text
    asks = re.findall(r'action="/rota/swaps">.*?</form>', shown, re.DOTALL)
    return [tuple(re.findall(r'name="(?:start|end)" value="([^"]+)"', one)) for one in asks]


def test_the_first_sentence_says_who_answers_until_when_and_who_then(team: Team, rota_id: int) -> None:
    assert "Alice is on duty until Mon 9 Nov 09:00; then Bob." in team.bob.get("/rota").text
    team.clock.move(days=4)
    team.bob.sign_in("bob@example.com")
    assert "Alice is on duty until Mon 09:00; then Bob." in team.bob.get("/rota").text
    team.clock.move(days=2, hours=23)
    team.bob.sign_in("bob@example.com")
    assert "Alice is on duty until 09:00; then Bob." in team.bob.get("/rota").text
    team.clock.move(hours=1)
    assert "Bob is on duty until Mon 16 Nov 09:00; then Alice." in team.bob.get("/rota").text


def test_without_a_rota_it_says_so_and_only_a_founder_sets_one_up(team: Team) -> None:
    assert "There is no rota yet" in team.bob.get("/rota").text
    assert "Set up a rota" in team.alice.get("/rota").text
    assert "Set up a rota" not in team.bob.get("/rota").text


def test_a_swap_is_asked_accepted_and_seen_by_both(team: Team, rota_id: int) -> None:
    start, end = spans(team.bob)[0]
    assert team.bob.post("/rota/swaps", start=start, end=end, whom=str(team.alice.id)).status_code == 303
    assert "You asked Alice for a swap." in team.bob.get("/rota").text
    shown = team.alice.get("/rota").text
    assert "You are asked to swap" in shown
    assert team.alice.get("/rota/swaps/1/accept").status_code == 405  # a link that a scanner follows changes nothing
    assert "You are asked to swap" in team.alice.get("/rota").text
    assert team.alice.post("/rota/swaps/1/accept").status_code == 303
    for one in (team.alice, team.bob):
        shown = one.get("/rota").text
        assert "taken by Alice" in shown
        assert "by a swap" in shown
    assert [one for one in spans(team.bob) if one[0] == start] == []


def test_anyone_may_accept_what_anyone_was_asked_but_only_the_first_does(team: Team, rota_id: int) -> None:
    start, end = spans(team.bob)[0]
    team.bob.post("/rota/swaps", start=start, end=end, whom="")
    assert "anyone is asked" in team.alice.get("/rota").text
    assert team.alice.post("/rota/swaps/1/accept").status_code == 303
    again = team.alice.post("/rota/swaps/1/accept")
    assert (again.status_code, "A colleague was quicker" in again.text) == (409, True)


def test_a_swap_is_declined_or_taken_back(team: Team, rota_id: int) -> None:
    first, second = spans(team.bob)[:2]
    team.bob.post("/rota/swaps", start=first[0], end=first[1], whom=str(team.alice.id))
    team.alice.post("/rota/swaps/1/decline")
    assert "declined" in team.bob.get("/rota").text
    team.bob.post("/rota/swaps", start=second[0], end=second[1])
    team.bob.post("/rota/swaps/2/cancel")
    assert "taken back" in team.bob.get("/rota").text
    assert "You are asked to swap" not in team.alice.get("/rota").text


@pytest.mark.parametrize("odd", ["", "soon", "2026-11-09T09:00:00", "0001-01-01T00:00:00+14:00"])
def test_an_odd_time_is_refused_with_a_sentence(team: Team, rota_id: int, odd: str) -> None:
    for path in ("/rota/swaps", "/rota/fill"):
        assert team.bob.post(path, start=odd, end=odd).status_code == 422


def test_who_is_away_is_seen_and_the_turn_goes_round_them(team: Team, rota_id: int) -> None:
    answer = team.bob.post("/rota/absences", first="2026-11-10", last="2026-11-11")
    assert answer.status_code == 303
    shown = team.alice.get("/rota").text
    assert "Tue 10 Nov to Wed 11 Nov" in shown
    assert "stands in for somebody who is away" in shown
    assert team.bob.post("/rota/absences", first="x", last="").status_code == 422
    assert team.bob.post("/rota/absences/1/remove").status_code == 303
    assert "Nobody is away" in team.alice.get("/rota").text


def test_a_member_speaks_for_nobody_else(team: Team, rota_id: int) -> None:
    team.bob.post("/rota/absences", first="2026-11-10", last="2026-11-11", whom=str(team.alice.id))
    assert "<strong>Bob</strong>: Tue 10 Nov" in team.bob.get("/rota").text
    team.alice.post("/rota/absences", first="2026-11-20", last="2026-11-20", whom=str(team.bob.id))
    assert "<strong>Bob</strong>: Fri 20 Nov" in team.bob.get("/rota").text
    team.mallory.post("/rota/absences", first="2026-11-24", last="2026-11-25")
    assert "Tue 24 Nov to" not in team.bob.get("/rota").text


def test_a_teammate_who_cannot_be_is_nobody_in_particular(team: Team, rota_id: int) -> None:
    answer = team.alice.post("/rota/absences", first="2026-12-01", last="2026-12-02", whom="9" * 30)
    assert answer.status_code == 303
    assert team.alice.post("/rota/absences", first="2026-12-01", last="2026-12-02", whom="9" * 18).status_code == 422


def test_a_hole_is_shown_before_it_happens_with_how_many_write_then_and_is_filled(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        number = rota.set_up(work, Frame("UTC"), team.alice.id)
        weekdays = Given("Days", (Place(team.bob.id),), MONDAY, unit="week", weekdays=frozenset(range(5)))
        rota.save_layer(work, number, weekdays, team.alice.id)
    for number in range(16):  # two each Saturday at noon, for eight weeks
        when = team.clock.now - timedelta(weeks=1 + number // 2) + timedelta(days=5, hours=3)
        team.house.receive(team.account, mail(f"P{number} <p{number}@c.example>", message_id=f"s{number}@x"), at=when)
    shown = team.bob.get("/rota").text
    assert "Bob (has the least)" in team.alice.get("/rota").text  # of those who take turns
    assert "Nobody from Sat 7 Nov 09:00 to Mon 9 Nov 09:00; about 2 people usually write then." in shown
    start, end = re.findall(r'name="(?:start|end)" value="([^"]+)"', shown.split('action="/rota/fill"')[1])[:2]
    assert team.bob.post("/rota/fill", start=start, end=end, whom=str(team.alice.id)).status_code == 303
    shown = team.alice.get("/rota").text
    assert "Nobody from Sat 7 Nov" not in shown
    assert shown.count("added") >= 1


def test_who_carries_how_much_is_said_with_how_evenly(team: Team, rota_id: int) -> None:
    shown = re.sub(r"<[^>]+>", " ", team.bob.get("/rota").text)
    assert "The load is shared evenly: 100 % among 2 people." in shown
    [alices] = re.findall(r"Alice\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s", shown)
    assert alices[:3] == ("336", "112", "64")
    team.alice.post("/rota/absences", first="2026-11-16", last="2026-11-30")
    assert "The load is not shared evenly" in team.bob.get("/rota").text


def test_taking_over_and_handing_back(team: Team, rota_id: int) -> None:
    team.bob.post("/rota/take-over")
    assert "Bob is on duty until" in team.alice.get("/rota").text
    assert team.bob.post("/rota/take-over").status_code == 422
    team.clock.move(hours=1)
    team.bob.post("/rota/hand-back")
    assert "Alice is on duty until" in team.alice.get("/rota").text


# The note from one shift to the next ----------------------------------------------------------------------------------


def test_the_note_is_seen_before_it_goes_and_takes_words_along(team: Team, rota_id: int) -> None:
    reader = handover.reader(team.house.context)
    while reader.step():
        pass
    team.house.receive(team.account, mail("Carol <b>Diaz</b> <carol@c.example>", subject="<i>Board</i>"))
    team.clock.move(hours=20)
    team.alice.sign_in("alice@example.com")
    team.bob.sign_in("bob@example.com")
    shown = team.alice.get("/rota/handover").text
    assert "Alice hands over to Bob, Mon 9 Nov 09:00." in shown
    assert "&lt;i&gt;Board&lt;/i&gt;" in shown
    assert team.alice.post("/rota/handover", words="Carol <b>rings</b> at ten.").status_code == 303
    assert "Carol &lt;b&gt;rings&lt;/b&gt; at ten." in team.bob.get("/rota/handover").text
    team.clock.move(days=6, hours=5)
    shifts.ring(team.house.store)
    while reader.step():
        pass
    team.bob.sign_in("bob@example.com")
    shown = team.bob.get("/rota/handover").text
    assert "Nobody has taken over yet. On duty: Bob." in shown
    assert "rings&lt;/b&gt; at ten." in shown
    [number] = re.findall(r"/rota/handover/(\d+)/take", shown)
    assert team.bob.post(f"/rota/handover/{number}/take").status_code == 303
    shown = team.bob.get("/rota/handover").text
    assert "taken over by Bob" in shown
    assert "/take" not in shown


def test_words_that_are_too_long_are_refused_and_not_lost(team: Team, rota_id: int) -> None:
    answer = team.alice.post("/rota/handover", words="x" * 4001)
    assert (answer.status_code, "x" * 4001 in answer.text) == (422, True)
