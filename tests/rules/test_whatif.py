"""What would have been: other deadlines, other hours of duty, on tables and against a minute-by-minute count."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from rules.hours import Hours, Span
from rules.whatif import Case, Cover, answer, other_cover, other_policy, summary, weekly

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
NOW = MONDAY + timedelta(days=21)
OFFICE = Hours("UTC", (*[(Span(time(9), time(17)),)] * 5, (), ()))


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def number(hours: float) -> int:
    """The same as a case has it."""
    return (at(hours) - EPOCH) // timedelta(microseconds=1)


def case(start: float, answered: float | None, *, promise: float = 24, number: int = 1) -> Case:
    return Case.of(number, at(start), at(start + promise), None if answered is None else at(answered))


def cover(*spans: tuple[float, float]) -> Cover:
    return Cover((at(start), at(end)) for start, end in spans)


# Another policy -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "answered", "hours", "calendar", "was", "would"),
    [
        (9, 12, 4, None, "kept", "kept"),
        (9, 14, 4, None, "kept", "broken"),
        (9, 13, 4, None, "kept", "kept"),  # to the second
        (0, 30, 48, None, "broken", "kept"),
        (0, None, 48, None, "broken", "broken"),
        (16, 36, 4, OFFICE, "kept", "kept"),  # Monday 16:00, four business hours: Tuesday 12:00
        (16, 36.1, 4, OFFICE, "kept", "broken"),
        (5 * 24, 7 * 24 + 12, 4, OFFICE, "broken", "kept"),  # Saturday, answered on Monday
        (20 * 24 + 23, None, 24, None, "open", "open"),
        (20 * 24 + 23, None, 0.5, None, "open", "broken"),
    ],
)
def test_another_deadline_with_the_same_answers(
    start: float, answered: float | None, hours: float, calendar: Hours | None, was: str, would: str
) -> None:
    [found] = other_policy([case(start, answered)], timedelta(hours=hours), calendar, NOW)
    assert (found.was, found.would) == (was, would)


# Other hours of duty --------------------------------------------------------------------------------------------------

DAYS = cover((9, 17), (33, 41), (57, 65))


@pytest.mark.parametrize(
    ("start", "answered", "would", "expected"),
    [
        (10, 12, DAYS, 12),  # the same hours, the same answer
        (20, 34, DAYS, 34),
        (20, 34, DAYS.plus(cover((18, 24))), 21),  # one hour of duty was needed; now it begins at once
        (20, 34, DAYS.plus(cover((23.5, 24))), 33.5),  # half an hour in the evening, the rest next morning
        (10, 12, DAYS.minus(cover((10, 12))), 14),
        (10, 12, DAYS.minus(cover((0, 48))), 59),
        (10, 22, DAYS.plus(cover((17, 24))), 22),  # answered while nobody was on duty: nobody's rota did that
        (10, None, DAYS.plus(cover((17, 24))), None),
        (10, 12, cover((0, 5)), None),  # nobody comes on duty any more
    ],
)
def test_the_same_time_on_duty_at_other_hours(
    start: float, answered: float | None, would: Cover, expected: float | None
) -> None:
    found = answer(case(start, answered), DAYS, would)
    assert found == (None if expected is None else number(expected))


@given(
    some.lists(some.tuples(some.integers(0, 300), some.integers(1, 40)), max_size=12),
    some.integers(0, 300),
    some.integers(0, 300),
)
def test_cover_counts_as_minute_by_minute(spans: list[tuple[int, int]], start: int, needed: int) -> None:
    """The reference walks every quarter of an hour."""
    made = Cover((at(a / 4), at((a + length) / 4)) for a, length in spans)
    on_duty = [any(a <= place < a + length for a, length in spans) for place in range(400)]
    for end in (start, start + 7, 399):
        assert made.between(at(start / 4), at(end / 4)) == sum(on_duty[start:end]) * timedelta(minutes=15)
    done, place = 0, start
    while place < 400 and done < needed:
        done += on_duty[place]
        place += 1
    if needed:
        assert made.after(at(start / 4), needed * timedelta(minutes=15)) == (at(place / 4) if done == needed else None)


@given(
    some.lists(some.tuples(some.integers(0, 300), some.integers(1, 40)), min_size=1, max_size=12),
    some.integers(0, 300),
    some.integers(0, 100),
)
@example([(0, 1), (2, 1)], 0, 2)  # answered as the next hours of duty begin
def test_the_same_hours_change_nothing(spans: list[tuple[int, int]], start: int, took: int) -> None:
    made = Cover((at(a / 4), at((a + length) / 4)) for a, length in spans)
    waited = case(start / 4, (start + took) / 4)
    if waited.answered is not None and made.spent(waited.started, waited.answered) > 0:
        assert answer(waited, made, made) == waited.answered


@given(
    some.lists(some.tuples(some.integers(0, 300), some.integers(1, 40)), min_size=1, max_size=8),
    some.lists(some.tuples(some.integers(0, 300), some.integers(1, 40)), max_size=8),
    some.integers(0, 300),
    some.integers(0, 100),
)
def test_more_hours_never_make_an_answer_later(
    spans: list[tuple[int, int]], more: list[tuple[int, int]], start: int, took: int
) -> None:
    was = Cover((at(a / 4), at((a + length) / 4)) for a, length in spans)
    would = was.plus(Cover((at(a / 4), at((a + length) / 4)) for a, length in more))
    waited = case(start / 4, (start + took) / 4)
    found = answer(waited, was, would)
    assert found is not None
    assert waited.answered is not None
    assert found <= max(waited.answered, was.reached(waited.started, 0) or found)


def test_a_week_of_a_calendar_is_cover_through_a_change_of_the_clock() -> None:
    """In Paris the clock is put back on Sunday, 25 October 2026: that night on duty has one hour more."""
    nights = Hours("Europe/Paris", (((Span(time(22), time(6)),)),) * 7)
    saturday = datetime(2026, 10, 24, 12, tzinfo=ZoneInfo("Europe/Paris"))
    found = weekly(nights, saturday, saturday + timedelta(days=2))
    assert [end - start for start, end in found.intervals] == [timedelta(hours=9), timedelta(hours=8)]


# What is shown --------------------------------------------------------------------------------------------------------


def test_what_differs_is_named_and_counted_by_the_hour_of_arrival() -> None:
    cases = [
        case(9, 10, number=1),
        case(17, 58, number=2),  # broken: answered on Wednesday at 10
        case(17.5, None, number=3),
        case(34, 35, number=4),
        case(20 * 24 + 23, None, number=5),
    ]
    would = DAYS.plus(cover((17, 24))).minus(cover((34, 65)))
    result = summary(other_cover(cases, DAYS, would, at(66)), UTC)
    assert (result.was.kept, result.was.broken, result.was.percent) == (2, 2, 50)
    assert [one.case.id for one in result.avoided] == []
    assert [one.case.id for one in result.created] == [4]
    assert result.hours[17][0].broken == 2
    assert result.week[1][10] == 1
    assert sum(map(sum, result.week)) == len(result.created) - len(result.avoided)
