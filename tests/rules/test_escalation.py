from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import escalation
from rules.escalation import DEFAULT, Ladder, Step
from rules.hours import Hours, Span

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone is given
ALL = {"warning", "soon", "last_call", "breach"}


@pytest.mark.parametrize(
    ("hours_left", "rung", "expected"),
    [
        (24.0, set(), []),
        (8.01, set(), []),
        (8.0, set(), ["warning"]),
        (7.0, {"warning"}, []),
        (2.0, {"warning"}, ["soon"]),
        (0.5, {"warning", "soon"}, ["last_call"]),
        (0.0, {"warning", "soon", "last_call"}, ["breach"]),
        (-5.0, set(), ["warning", "soon", "last_call", "breach"]),  # the app was off: all at once, in their order
        (-23.99, ALL, []),
        (-24.0, ALL, ["late_1"]),
        (-24.5, ALL | {"late_1"}, []),
        (-48.0, ALL | {"late_1"}, ["late_2"]),
        (-100.0, ALL | {"late_1"}, ["late_4"]),  # of the days that passed in silence, the last
        (-50.0, set(), ["warning", "soon", "last_call", "breach", "late_2"]),
        (-50.0, ALL | {"late_2"}, []),
    ],
)
def test_each_step_rings_at_its_time_and_once(hours_left: float, rung: set[str], expected: list[str]) -> None:
    ringing = escalation.ringing(DEFAULT, NOON + hours_left * HOUR, None, rung, NOON)

    assert [step.name for step in ringing] == expected


@given(moments, moments)
def test_nothing_rings_early_and_there_is_always_a_next_step_still_to_come(due: datetime, now: datetime) -> None:
    ringing = escalation.ringing(DEFAULT, due, None, (), now)

    assert all(step.at <= now for step in ringing)
    assert escalation.next_at(DEFAULT, due, None, {step.name for step in ringing}) > now


def test_steps_before_the_deadline_count_in_the_hours_of_the_policy_and_days_after_it_all_count() -> None:
    office = Hours("UTC", (*[(Span(time(9), time(18)),)] * 5, (), ()))
    times = {ring.name: ring.at for ring in escalation.timetable(DEFAULT, NOON, office)}

    assert times["warning"] == datetime(2026, 10, 30, 13, tzinfo=UTC), "five hours on Friday, three on Monday"
    assert times["breach"] == NOON
    assert escalation.next_at(DEFAULT, NOON, office, ALL) == NOON + timedelta(days=1)


def test_a_ladder_is_read_as_it_was_written() -> None:
    odd = replace(DEFAULT, steps=(*DEFAULT.steps, Step("step_5", -90 * HOUR / 60, ("teammate:7",), ("sms",), None)))
    assert escalation.load(json.loads(json.dumps(escalation.dump(odd)))) == odd


def test_a_day_after_the_breach_tells_those_of_the_breach() -> None:
    daily = escalation.step_of(DEFAULT, "late_3")

    assert daily is not None
    assert (daily.name, daily.whom, daily.before) == ("late_3", ("founders", "assignee"), timedelta(days=-3))
    assert escalation.step_of(DEFAULT, "warning") == DEFAULT.steps[0]
    assert escalation.step_of(DEFAULT, "unheard_of") is None


BREACH = DEFAULT.steps[-1]


@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        (DEFAULT.steps, ""),
        (DEFAULT.steps[:-1], "breach"),
        ((replace(BREACH, before=HOUR),), "breach"),
        ((Step("warning", HOUR, ("duty",)), Step("warning", 2 * HOUR, ("duty",)), BREACH), "names"),
        ((Step("late_1", HOUR, ("duty",)), BREACH), "names"),
        ((*(Step(f"step_{n}", n * HOUR, ("duty",)) for n in range(1, 13)), BREACH), "many"),
        ((Step("soon", HOUR, ()), BREACH), "whom"),
        ((Step("soon", HOUR, ("mallory",)), BREACH), "whom"),
        ((Step("soon", HOUR, ("duty",), then=("teammate:x",)), BREACH), "whom"),
        ((Step("soon", HOUR, ("duty",), ("pigeon",)), BREACH), "means"),
        ((Step("soon", 9000 * HOUR, ("duty",)), BREACH), "times"),
        ((Step("soon", HOUR, ("duty",), claim_within=0 * HOUR), BREACH), "times"),
    ],
)
def test_a_ladder_that_cannot_work_is_named(steps: tuple[Step, ...], wrong: str) -> None:
    assert escalation.problem(Ladder(steps)) == wrong


def test_a_ladder_that_rings_all_the_time_is_named() -> None:
    assert escalation.problem(replace(DEFAULT, again=HOUR / 2)) == "again"
