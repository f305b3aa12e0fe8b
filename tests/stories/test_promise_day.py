"""A day and a bit: somebody writes, time runs, the ladder climbs, and each of the team hears what concerns them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from house import House
from office import Office
from stores import MovedClock

from inbox.store.db import Store

HOUR = timedelta(hours=1)


def staffed(house: House) -> Office:
    """Alice is a founder, Bob is on duty, Lea is not."""
    made = Office(house)
    made.hire("Alice", "founder")
    made.hire("Bob", on_duty=True)
    made.hire("Lea")
    return made


@pytest.fixture
def office(sqlite: Store, clock: MovedClock) -> Office:
    return staffed(House(sqlite, clock))


def test_whoever_answers_in_time_hears_no_alarm(office: Office) -> None:
    carol = office.write("Carol", "My board is empty.")
    office.pass_time(hours=3)
    office.answer(carol, "Bob", "It is back.")
    office.pass_time(hours=48, hop=12 * HOUR)
    assert (office.steps(carol), office.told(carol)) == ({}, {})
    assert office.wait_of(carol).cause == "replied"
    assert office.wait_of(carol).closed_at == office.wait_of(carol).started_at + 3 * HOUR


def test_the_ladder_climbs_until_somebody_answers(house: House) -> None:
    office = staffed(house)
    carol = office.write("Carol", "My board is empty.")
    office.pass_time(hours=15, minutes=59)
    assert office.told(carol) == {}

    office.pass_time(minutes=1)
    assert office.told(carol) == {"warning": {"Bob"}}
    office.pass_time(minutes=2)
    [letter] = office.alarms("Bob")
    assert "Carol has waited 16 h. 8 h are left." in letter.markdown
    assert office.alarms("Lea") == office.alarms("Alice") == []

    until = office.claim(carol, "Bob")
    assert until == office.now + 2 * HOUR
    office.pass_time(hours=1, minutes=59)
    assert set(office.told(carol)) == {"warning"}, "a claim in time calls nobody else"
    office.pass_time(minutes=1)
    assert office.told(carol)["warning.again.1"] == {"Bob"}, "he let it run out: the ladder rings again"
    assert "Bob was on it until" in office.alarms("Bob")[-1].markdown
    office.pass_time(hours=3, minutes=57)
    assert set(office.told(carol)) == {"warning", "warning.again.1", "warning.again.1.then"}

    office.pass_time(minutes=1)
    assert office.told(carol)["soon"] == {"Alice", "Bob", "Lea"}
    office.pass_time(hours=1, minutes=30)
    assert office.told(carol)["last_call"] == {"Alice"}
    assert office.wait_of(carol).closed_at is None

    office.pass_time(minutes=30)
    assert office.steps(carol)["breach"] == 24 * HOUR
    assert office.told(carol)["breach"] == {"Alice", "Bob"}

    office.pass_time(hours=24)
    office.pass_time(hours=24)
    assert office.told(carol)["late_1"] >= {"Alice"}
    assert office.told(carol)["late_2"] >= {"Alice"}

    office.answer(carol, "Bob", "I am sorry. It is back.")
    told = office.told(carol)
    office.pass_time(hours=60, hop=12 * HOUR)
    assert office.told(carol) == told, "an answer ends it"
    wait = office.wait_of(carol)
    assert (wait.cause, wait.closed_at) == ("replied", wait.started_at + 72 * HOUR)
    assert set(office.steps(carol)) == {"warning", "soon", "last_call", "breach", "late_1", "late_2"}


def test_a_claim_puts_the_climbing_off_and_then_it_climbs_on(office: Office) -> None:
    carol = office.write("Carol")
    office.pass_time(hours=21)
    office.claim(carol, "Lea")
    office.pass_time(hours=1, minutes=59)
    assert "soon" not in office.told(carol)
    office.pass_time(minutes=1)
    assert office.told(carol)["soon"] == {"Alice", "Bob", "Lea"}, "at 23:00 the two hours are over"


def test_a_claim_never_puts_the_breach_off(office: Office) -> None:
    carol = office.write("Carol")
    office.pass_time(hours=23, minutes=20)
    office.claim(carol, "Bob")
    office.pass_time(minutes=39)
    assert "last_call" not in office.told(carol)
    office.pass_time(minutes=1)
    assert office.told(carol)["breach"] >= {"Alice"}
    assert office.steps(carol)["breach"] == 24 * HOUR
