"""What would have been in the last 30 days: asked of a real past, on both databases; it changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from time import process_time

import pytest
from house import House
from past import Past

from inbox.flow import rota, whatif
from inbox.flow.errors import RefusedError
from inbox.flow.whatif import Answer, Asked


@pytest.fixture
def past(house: House) -> Past:
    """Carol waits on three days: answered after two hours, after six, and never."""
    past = Past(house.store)
    start = house.clock.now - timedelta(days=14)  # a Monday, 9:00
    past.wait(start, 2, by="Bob")
    past.wait(start + timedelta(days=1), 6, by="Bob")
    past.wait(start + timedelta(days=2), None)
    past.wait(start, 1, cause="spam")
    past.wait(start - timedelta(days=40), 1, by="Bob")
    return past


def ask(house: House, asked: Asked) -> Answer:
    with house.store.reading() as session:
        return whatif.ask(session, asked, house.clock.now)


def test_four_hours_would_have_been_kept_once(house: House, past: Past) -> None:
    found = ask(house, Asked(hours=4))
    assert (found.cases, found.looked_at, found.one_in) == (3, 3, 1)
    assert (found.result.was.kept, found.result.would.kept) == (2, 1)
    [created] = found.created
    assert (created.contact, found.avoided) == ("Carol Diaz", [])


def test_business_hours_are_those_of_the_zone_that_is_named(house: House, past: Past) -> None:
    """Bob answered at 15:00 UTC. Four hours of New York's morning ended at 17:00 UTC, those of Paris at 12:00."""
    office = Asked(hours=4, clock="hours", days=(0, 1, 2, 3, 4), zone="America/New_York", start=time(8), end=time(16))
    assert ask(house, office).result.would.kept == 2
    assert ask(house, replace(office, zone="Europe/Paris")).result.would.kept == 1


def test_without_a_rota_nobody_can_say_when_somebody_was_on_duty(house: House, past: Past) -> None:
    with pytest.raises(RefusedError, match="no rota yet"):
        ask(house, Asked(kind="cover"))


def test_more_hours_of_duty_would_have_answered_earlier(house: House, past: Past) -> None:
    """Weekdays from 14:00 to 22:00. Who wrote on a Saturday was answered on Monday, after an hour of duty."""
    alice = house.add_teammate("Alice", "founder")
    afternoons = rota.Given(
        "Afternoons",
        (rota.Place(alice),),
        date(2026, 9, 7),
        weekdays=frozenset(range(5)),
        spans=((time(14), time(22)),),
    )
    with house.store.unit_of_work() as work:
        rota.save_layer(work, rota.set_up(work, rota.Frame("UTC"), alice), afternoons, alice)
    saturday = house.clock.now - timedelta(days=9, hours=-6)  # 15:00
    past.wait(saturday, 48, by="Bob")
    found = ask(house, Asked(kind="cover", how="add", days=(5, 6), start=time(9), end=time(18)))
    assert (found.result.was.kept, found.result.would.kept) == (2, 3)
    assert [one.started_at for one in found.avoided] == [saturday]
    assert found.off_duty == 1  # the one who was answered on a Monday at 11:00
    nobody = ask(house, Asked(kind="cover", how="remove", days=tuple(range(7)), start=time(0), end=time(0)))
    assert nobody.result.would.kept == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Asked(hours=0), "more than none"),
        (Asked(hours=721), "at most 720 hours"),
        (Asked(kind="policy", clock="hours", days=()), "at least one day"),
        (Asked(kind="cover", days=(7,)), "at least one day"),
        (Asked(zone="Mars/Olympus"), "Mars/Olympus"),
        (Asked(kind="magic"), "those that are listed"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(house: House, asked: Asked, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        ask(house, asked)


def test_of_very_many_cases_one_in_so_many_is_looked_at_quickly(house: House, past: Past) -> None:
    past.crowd(house.clock.now - timedelta(days=20), 10_500, timedelta(minutes=2))
    began = process_time()
    found = ask(house, Asked(hours=4, clock="hours", days=(0, 1, 2, 3, 4)))
    took = process_time() - began
    assert (found.cases, found.one_in) == (10_503, 2)
    assert 5_000 <= found.looked_at <= 5_500
    assert took < 1, f"{took:.2f} s"
