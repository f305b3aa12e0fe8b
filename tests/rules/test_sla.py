from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import sla
from rules.escalation import DEFAULT, Step, within
from rules.hours import Hours, Span
from rules.sla import Condition, Facts, Offer, Terms

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - zone is given
OFFICE = Hours("Europe/Paris", (*[(Span(time(9), time(18)),)] * 5, (), ()))
SCHOOLS = Terms(7, 2, "Schools", 4 * HOUR, OFFICE, within(DEFAULT, 4 * HOUR), default=False)


def test_the_promise_is_24_hours_from_when_the_message_was_received() -> None:
    span = sla.open_span(NOON - HOUR / 2, NOON)

    assert (span.started_at, span.due_at, span.late) == (NOON - HOUR / 2, NOON + 23.5 * HOUR, False)
    assert span.next_step_at == span.due_at - 8 * HOUR


@given(moments, moments)
def test_no_wait_begins_in_the_future_or_is_due_at_another_time_than_24_hours_on(
    received: datetime, now: datetime
) -> None:
    span = sla.open_span(received, now)

    assert span.started_at == min(received, now)
    assert span.due_at - span.started_at == timedelta(hours=24)
    assert span.late == (now - span.started_at > HOUR)


def test_four_business_hours_from_friday_afternoon_end_on_monday_and_ring_in_business_hours() -> None:
    friday = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # 17:30 in Paris
    span = sla.open_span(friday, friday, SCHOOLS)

    assert span.due_at == datetime(2026, 11, 23, 11, 30, tzinfo=UTC)
    assert span.next_step_at == span.due_at - 2 * HOUR, "8 hours before, nobody had written"


def test_hours_that_have_run_out_of_open_time_give_the_wall_clock() -> None:
    closed = Hours("UTC", ((),) * 7, {NOON.date(): (Span(time(9), time(10)),)})
    span = sla.open_span(NOON, NOON, Terms(duration=2 * HOUR, hours=closed))

    assert (span.due_at, span.next_step_at <= span.due_at) == (NOON + 2 * HOUR, True)


OFFERS = [
    Offer(Condition(tags=frozenset({"vip"}), channels=frozenset({"mail"})), Terms(2, 2, "VIP")),
    Offer(Condition(attributes=(("Plan", "Pro"), ("language", "fr"))), Terms(3, 3, "Pro")),
    Offer(Condition(accounts=frozenset({5})), Terms(4, 4, "Schools")),
    Offer(Condition(), Terms(9, 1, "")),
]


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(1, "mail"), 9),
        (Facts(1, "mail", frozenset({"vip", "bug"})), 2),
        (Facts(1, "sms", frozenset({"vip"})), 9),  # every kind that is named must hold
        (Facts(1, "sms", frozenset(), {"plan": "PRO"}), 3),
        (Facts(1, "sms", frozenset(), {"plan": "free", "language": "fr"}), 3),  # of one kind, one is enough
        (Facts(5, "mail", frozenset({"vip"}), {"plan": "pro"}), 2),  # the first that fits counts
        (Facts(5, "mail"), 4),
    ],
)
def test_the_first_policy_that_fits_counts(facts: Facts, expected: int) -> None:
    assert sla.choose(OFFERS, facts).version_id == expected


def test_nobody_is_without_a_promise() -> None:
    assert sla.choose([], Facts(1, "mail")) == sla.PROMISE


@pytest.mark.parametrize("offer", OFFERS)
def test_a_condition_is_read_as_it_was_written(offer: Offer) -> None:
    assert Condition.load(offer.condition.dump()) == offer.condition


def test_a_ladder_leaves_out_what_would_ring_before_the_wait_begins() -> None:
    assert [step.name for step in within(DEFAULT, 2 * HOUR).steps] == ["last_call", "breach"]
    assert within(DEFAULT, 24 * HOUR) == DEFAULT
    assert isinstance(DEFAULT.steps[0], Step)


EVERYBODY = Offer(Condition(), Terms(1))
SCHOOL = Offer(Condition(tags=frozenset({"school"})), Terms(2))
VIP = Offer(Condition(tags=frozenset({"vip"})), Terms(3))


@pytest.mark.parametrize(
    ("offers", "opened", "ruled", "version"),
    [
        ((SCHOOL, EVERYBODY), "", "school", 2),
        ((SCHOOL, EVERYBODY), "", "other", None),
        ((SCHOOL, EVERYBODY), "school", "school", None),
        ((SCHOOL, EVERYBODY), "school", "", 1),
        ((SCHOOL, VIP, EVERYBODY), "vip", "vip school", 2),
        ((VIP, SCHOOL, EVERYBODY), "vip", "vip school", None),
        ((SCHOOL,), "", "", None),
    ],
    ids=["tagged", "of no policy", "tagged before", "taken off", "comes first", "comes after", "none is left"],
)
def test_what_rules_tag_a_message_with_names_other_terms_or_none(
    offers: tuple[Offer, ...], opened: str, ruled: str, version: int | None
) -> None:
    facts = Facts(1, "mail")
    before, after = (replace(facts, tags=frozenset(tags.split())) for tags in (opened, ruled))
    found = sla.settle(offers, before, after)
    assert (found.version_id if found else None) == version


def test_what_was_so_when_a_wait_opened_is_read_as_it_was_written() -> None:
    opened = sla.Opened(7, frozenset({"école", "a b"}), frozenset({1, 12}))
    assert sla.Opened.load(opened.dump()) == opened
