"""Who is told depends on whose turn it is, who is away, what was agreed, and whether anybody answered meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from house import House
from office import Office
from stores import MovedClock

from connectors.errors import BadCredentials
from inbox.flow import merge, notices, rota_swaps
from inbox.store.db import Store

HOUR = timedelta(hours=1)


def staffed(house: House, processes: int = 1) -> Office:
    """Alice is a founder; Bob and Lea are members."""
    made = Office(house, processes)
    made.hire("Alice", "founder")
    made.hire("Bob")
    made.hire("Lea")
    return made


@pytest.fixture
def office(sqlite: Store, clock: MovedClock) -> Office:
    return staffed(House(sqlite, clock))


@pytest.fixture
def turns(office: Office) -> Office:
    """Bob is on duty today, Lea tomorrow."""
    office.rota("Bob", "Lea")
    return office


def test_whoever_holds_the_conversation_is_told_even_off_duty_and_then_who_is_on_duty(turns: Office) -> None:
    carol = turns.write("Carol")
    turns.assign(carol, "Lea", by="Bob")
    turns.pass_time(hours=16)
    assert turns.told(carol) == {"warning": {"Lea"}}
    turns.pass_time(hours=2)
    assert turns.told(carol)["warning.then"] == {"Bob", "Lea"}, "nobody claimed: on duty, and next"


def test_an_early_step_lets_who_is_off_duty_sleep_and_the_last_call_does_not(turns: Office) -> None:
    with turns.house.store.unit_of_work() as work:
        for name in turns.team:
            notices.prefer(work, turns.team[name], quiet={"from": "20:00", "to": "09:00"})
    carol = turns.write("Carol")
    turns.assign(carol, "Lea", by="Bob")
    turns.pass_time(hours=18, minutes=5)
    assert turns.alarms("Lea") == [], "it is 3 o'clock, and she is off duty"
    assert len(turns.alarms("Bob")) == 1, "he is on duty: quiet hours are not for now"
    turns.pass_time(hours=5, minutes=25)
    assert len(turns.alarms("Alice")) == 1, "the last call comes through, at half past eight"


def test_when_nobody_is_on_duty_the_next_step_is_told_at_once_and_it_is_said(office: Office) -> None:
    carol = office.write("Carol")
    office.pass_time(hours=16, minutes=2)
    assert office.told(carol) == {"warning": {"Alice", "Bob", "Lea"}}
    assert "Nobody is on duty" in office.alarms("Bob")[0].markdown


def test_a_swap_changes_who_is_told(turns: Office) -> None:
    tomorrow = turns.now + timedelta(days=1)
    with turns.house.store.unit_of_work() as work:
        asked = rota_swaps.Asked(tomorrow, tomorrow + timedelta(days=1), turns.team["Bob"])
        swap = rota_swaps.ask(work, asked, turns.team["Lea"])
        rota_swaps.take(work, swap, turns.team["Bob"])
    turns.pass_time(hours=25)
    carol = turns.write("Carol")
    turns.pass_time(hours=16)
    assert turns.told(carol) == {"warning": {"Bob"}}, "Lea's turn is Bob's"


def test_an_exchange_changes_who_is_told_on_both_days(turns: Office) -> None:
    day = timedelta(days=1)
    tomorrow, after, later = (turns.now + number * day for number in (1, 2, 3))
    with turns.house.store.unit_of_work() as work:
        asked = rota_swaps.Asked(tomorrow, after, in_return=True)
        swap = rota_swaps.ask(work, asked, turns.team["Lea"])
        rota_swaps.take(work, swap, turns.team["Bob"], back=(after, later))
    turns.pass_time(hours=25)
    carol = turns.write("Carol")
    turns.pass_time(hours=16)
    assert turns.told(carol) == {"warning": {"Bob"}}, "Lea's turn is Bob's"
    turns.pass_time(hours=8)  # it is an hour into the third day
    dana = turns.write("Dana")
    turns.pass_time(hours=16)
    assert turns.told(dana) == {"warning": {"Lea"}}, "and the next one, Bob's, is Lea's"
    notes = [one for one in turns.letters("Lea") if "You are on duty now" in one.subject]
    assert len(notes) == 1


def test_one_note_goes_from_one_shift_to_the_next(sqlite: Store, clock: MovedClock) -> None:
    office = staffed(House(sqlite, clock), processes=2)
    office.rota("Bob", "Lea")
    office.write("Carol")
    office.pass_time(hours=24, minutes=5)
    notes = [one for one in office.letters("Lea") if "You are on duty now" in one.subject]
    assert len(notes) == 1
    assert "Carol" in notes[0].markdown


def test_an_answer_from_another_mail_program_stops_the_ladder(turns: Office) -> None:
    carol = turns.write("Carol")
    turns.pass_time(hours=20)
    ours = {"sender": "support@example.com", "to": ["carol@customer.example"], "direction": "out"}
    turns.write("Bob", "It is back.", references=["m1@customer.example"], **ours)
    told = turns.told(carol)
    turns.pass_time(hours=30, hop=6 * HOUR)
    assert turns.told(carol) == told
    assert turns.wait_of(carol).cause == "replied"


def test_a_reply_that_comes_back_opens_the_wait_again_and_the_ladder_goes_on(turns: Office) -> None:
    carol = turns.write("Carol")
    turns.pass_time(hours=20)
    turns.box.bounce_next()
    turns.answer(carol, "Bob")
    turns.pass_time(minutes=10)
    assert turns.wait_of(carol).closed_at is None
    turns.pass_time(hours=2)
    assert turns.told(carol)["soon"] == {"Bob", "Lea"}


def test_of_two_that_become_one_the_earlier_deadline_stays(turns: Office) -> None:
    first = turns.write("Carol")
    turns.pass_time(hours=5)
    second = turns.write("Carol", "Are you there?")
    assert first != second
    with turns.house.store.unit_of_work() as work:
        merge.merge(work, first, second, turns.team["Bob"])
    turns.pass_time(hours=11)
    assert turns.told(second) == {"warning": {"Bob"}}, "16 h after the first letter"
    turns.pass_time(hours=8)
    assert turns.steps(second)["breach"] == 24 * HOUR


def test_after_two_days_without_power_everybody_gets_one_letter(turns: Office) -> None:
    for who in ("Carol", "Dana", "Sam"):
        turns.write(who)
    turns.house.clock.move(days=2, hours=1)
    turns.pull()
    turns.settle()
    turns.pass_time(hours=1)
    [letter] = turns.alarms("Alice")
    assert all(who in letter.markdown for who in ("Carol", "Dana", "Sam"))


def test_an_account_that_is_refused_climbs_a_ladder_of_its_own(turns: Office) -> None:
    turns.box.sign_in_fails = BadCredentials("The password was refused.")
    turns.pass_time(minutes=40)
    assert [len(trouble(turns, who)) for who in ("Alice", "Bob", "Lea")] == [0, 1, 0]
    turns.pass_time(hours=1, minutes=10)
    assert [len(trouble(turns, who)) for who in ("Alice", "Bob", "Lea")] == [0, 2, 1]
    turns.pass_time(hours=1)
    assert "The password was refused." in trouble(turns, "Alice")[0]
    turns.box.sign_in_fails = None
    turns.pass_time(minutes=40)
    assert "works again" in trouble(turns, "Alice")[0]


def trouble(office: Office, who: str) -> list[str]:
    """Return what somebody was told of the account, the newest first."""
    return [one for one in office.bell(who) if one.startswith("support@")]


def test_two_workers_tell_everybody_once(store: Store, clock: MovedClock) -> None:
    office = staffed(House(store, clock), processes=2)
    carol, dana = office.write("Carol"), office.write("Dana")
    office.pass_time(hours=25, hop=2 * HOUR)
    steps = ["warning", "warning.then", "soon", "last_call", "breach"]
    assert [*office.told(carol)] == [*office.told(dana)] == steps
    letters = [one.markdown for one in office.alarms("Alice")]
    assert len(letters) == len(set(letters)) == len(steps), "both people in each"
    assert all("Carol" in one and "Dana" in one for one in letters)
