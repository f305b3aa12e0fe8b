"""A day and a bit: somebody writes, time runs, the ladder climbs, and what each of the team hears of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from house import House
from office import Office


@pytest.fixture
def office(house: House) -> Office:
    """Alice and Ann are founders, Bob is on duty, Léa is not."""
    made = Office(house)
    made.hire("Alice", "founder")
    made.hire("Bob", on_duty=True)
    made.hire("Lea")
    return made


def test_whoever_answers_in_time_hears_no_alarm(office: Office) -> None:
    carol = office.write("Carol", "My board is empty.")
    office.pass_time(hours=3)
    office.answer(carol, "Bob", "It is back.")
    office.pass_time(hours=48)
    assert office.steps(carol) == {}
    assert office.wait_of(carol).cause == "replied"
    assert office.wait_of(carol).closed_at == office.wait_of(carol).started_at + timedelta(hours=3)
