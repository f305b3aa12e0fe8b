"""Clocks jump: they are put right, laptops sleep, two machines disagree. No step is lost by it, none rings twice."""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from apscheduler.schedulers.base import STATE_STOPPED
from apscheduler.triggers.date import DateTrigger
from house import House, mail
from loopback import eventually
from sqlmodel import select
from stores import MovedClock

from inbox.clock import utc_now
from inbox.flow.tick import next_at, tick
from inbox.jobs import DEADLINES, Deadlines
from inbox.store.db import Store
from inbox.store.tables import Change, WaitStep

HOUR = timedelta(hours=1)


@pytest.fixture
def carol_waits(house: House) -> House:
    house.receive(house.add_account(), mail())
    return house


def rung(house: House) -> list[str]:
    with house.store.reading() as session:
        steps = session.exec(select(WaitStep).order_by(WaitStep.id)).all()  # type: ignore[arg-type]
    assert all(step.rung_at >= step.due_at for step in steps), "a step rang early"
    return [step.step for step in steps]


def breaches_told(house: House) -> int:
    with house.store.reading() as session:
        return len(session.exec(select(Change).where(Change.kind == "wait.breach")).all())


def test_a_clock_that_is_put_back_rings_nothing_twice(carol_waits: House) -> None:
    house = carol_waits
    house.clock.move(hours=24)
    tick(house.store)
    before = rung(house)
    assert before[-1] == "breach"

    house.clock.move(hours=-12)
    tick(house.store)
    house.clock.move(hours=12, minutes=1)
    tick(house.store)

    assert rung(house) == before
    assert breaches_told(house) == 1


def test_a_clock_that_is_put_back_before_a_step_rings_it_at_its_time(carol_waits: House) -> None:
    house = carol_waits
    house.clock.move(hours=15, minutes=59)
    tick(house.store)
    house.clock.move(hours=-3)
    tick(house.store)
    assert rung(house) == []

    house.clock.move(hours=3, minutes=1)
    tick(house.store)
    assert rung(house) == ["warning"]


def test_after_a_long_sleep_every_step_that_was_slept_through_rings_once(carol_waits: House) -> None:
    house = carol_waits
    house.clock.move(hours=23, minutes=59)
    tick(house.store)
    slept = rung(house)
    assert slept[0] == "warning"
    assert "breach" not in slept

    house.clock.move(minutes=1)
    tick(house.store)
    tick(house.store)
    assert rung(house) == [*slept, "breach"]


def test_two_processes_whose_clocks_differ_ring_each_step_once(carol_waits: House) -> None:
    house = carol_waits
    ahead = MovedClock(house.clock.now + timedelta(seconds=7))
    other = Store(house.store.url, ahead)
    try:
        for _ in range(25 * 4):
            house.clock.move(minutes=15)
            ahead.move(minutes=15)
            tick(other)
            tick(house.store)
    finally:
        other.close()
    steps = rung(house)
    assert len(steps) == len(set(steps))
    assert breaches_told(house) == 1
    with house.store.reading() as session:
        following = next_at(session)
    assert following is None or following > house.clock.now


def test_the_timer_is_set_for_the_next_step_and_what_is_due_rings_at_once(carol_waits: House) -> None:
    house = carol_waits
    deadlines = Deadlines(house.context)
    assert deadlines.step() == DEADLINES
    assert rung(house) == []

    house.clock.move(hours=16)
    deadlines.step()
    assert rung(house) == ["warning"]


def test_a_timer_that_misses_a_jump_of_the_clock_makes_nothing_late(carol_waits: House) -> None:
    """The timer of the process goes by a clock that stands eight hours before the step, and stays there."""
    house = carol_waits
    deadlines = Deadlines(house.context)
    deadlines.start()
    try:
        house.clock.move(hours=16)
        assert eventually(lambda: rung(house) == ["warning"], DEADLINES + 3, 0.05)
    finally:
        deadlines.stop()


class Ringing(DateTrigger):  # type: ignore[misc]  # APScheduler has no types
    """A timer that is caught in the act: it has rung, and is not put away before it may."""

    def __init__(self, rang: Event, go_on: Event) -> None:
        super().__init__(run_date=utc_now(), timezone="UTC")
        self.rang, self.go_on = rang, go_on

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        if previous_fire_time is not None:
            self.rang.set()
            self.go_on.wait(10)
        following: datetime | None = super().get_next_fire_time(previous_fire_time, now)
        return following


def test_a_process_that_ends_while_its_timer_rings_ends_in_peace(house: House) -> None:
    deadlines, rang, go_on = Deadlines(house.context), Event(), Event()
    deadlines.start()
    deadlines._scheduler.add_job(deadlines._bell.ring, Ringing(rang, go_on))
    assert rang.wait(10)
    ending = Thread(target=deadlines.stop)
    ending.start()
    stopped_too_soon = eventually(lambda: deadlines._scheduler.state == STATE_STOPPED, 1, 0.02)
    go_on.set()
    ending.join(20)
    assert not stopped_too_soon
    assert not ending.is_alive()
