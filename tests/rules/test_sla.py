from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import sla

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone is given


def test_the_promise_is_24_hours_from_when_the_message_was_received() -> None:
    span = sla.open_span(NOON - HOUR / 2, NOON)

    assert (span.started_at, span.due_at, span.late) == (NOON - HOUR / 2, NOON + 23.5 * HOUR, False)


@given(moments, moments)
def test_no_wait_begins_in_the_future_or_is_due_at_another_time_than_24_hours_on(
    received: datetime, now: datetime
) -> None:
    span = sla.open_span(received, now)

    assert span.started_at == min(received, now)
    assert span.due_at - span.started_at == timedelta(hours=24)
    assert span.late == (now - span.started_at > HOUR)


@pytest.mark.parametrize(
    ("hours_left", "rung", "expected"),
    [
        (24.0, set(), []),
        (8.01, set(), []),
        (8.0, set(), ["warning"]),
        (7.0, {"warning"}, []),
        (0.0, {"warning"}, ["breach"]),
        (-50.0, set(), ["warning", "breach"]),  # the app was off: both at once, the warning first
        (-50.0, {"warning", "breach"}, []),
    ],
)
def test_each_step_rings_at_its_time_and_once(hours_left: float, rung: set[str], expected: list[str]) -> None:
    ringing = sla.ringing(NOON + hours_left * HOUR, rung, NOON)

    assert [step.name for step in ringing] == expected


@given(moments, moments)
def test_nothing_rings_early_and_the_next_step_is_always_still_to_come(due: datetime, now: datetime) -> None:
    rung = {step.name for step in sla.ringing(due, (), now)}
    following = sla.next_step(due, rung)

    assert all(step.at <= now for step in sla.ringing(due, (), now))
    assert following is None or following > now
