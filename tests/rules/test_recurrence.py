"""Days on which something recurs, held against another reckoning of the same rules."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from rules.recurrence import DAYS, days, read

FIRST = date(2026, 1, 5)


def found(text: str, first: date = FIRST, start: date = FIRST, span: int = 400) -> list[date]:
    rule = read(text)
    assert rule is not None, text
    return list(days(rule, first, start, start + timedelta(days=span)))


def reckoned(text: str, first: date, start: date, span: int) -> list[date]:
    """What dateutil makes of the rule; RFC 5545 counts the first day in, whether or not the rule names it."""
    begin = datetime.combine(first, datetime.min.time())
    low = datetime.combine(start, datetime.min.time())
    named = rrulestr(text, dtstart=begin)
    return [one.date() for one in named.between(low, low + timedelta(days=span, seconds=-1), inc=True)]


weekdays = st.sampled_from(DAYS)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """Rules whose days the other reckoning finds soon, and that it reads as RFC 5545 does."""
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    inside = draw(st.lists(st.integers(1, 12), max_size=3, unique=True))
    interval = 1 if inside and freq == "MONTHLY" else draw(st.integers(1, 5))
    parts = [f"FREQ={freq}", f"INTERVAL={interval}", f"WKST={draw(weekdays)}"]
    if inside:
        parts.append("BYMONTH=" + ",".join(map(str, inside)))
    counted = (freq == "MONTHLY" or (freq == "YEARLY" and inside)) and draw(st.booleans())
    named = draw(st.lists(st.tuples(st.sampled_from(["1", "2", "-1"]), weekdays), max_size=3, unique=True))
    if named:
        parts.append("BYDAY=" + ",".join(nth + day if counted else day for nth, day in named))
    elif freq != "WEEKLY" and draw(st.booleans()):
        chosen = draw(st.lists(st.sampled_from([1, 2, 15, 28, -1, -2, -28]), min_size=1, max_size=3, unique=True))
        parts.append("BYMONTHDAY=" + ",".join(map(str, chosen)))
    ends = draw(st.sampled_from(["", "COUNT", "UNTIL"]))
    if ends == "UNTIL":
        parts.append(f"UNTIL={draw(st.dates(date(2026, 1, 1), date(2028, 1, 1))):%Y%m%d}")
    return ";".join(parts)


@given(rules(), st.dates(date(2025, 1, 1), date(2027, 1, 1)), st.dates(date(2026, 1, 1), date(2027, 1, 1)))
def test_the_days_are_those_of_another_reckoning(text: str, first: date, start: date) -> None:
    """But for the first day, which begins it even where the rule does not name it."""
    ours = [one for one in found(text, first, start, 300) if one != first]
    theirs = [one for one in reckoned(text, first, start, 300) if one != first]
    assert ours == theirs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FREQ=WEEKLY;COUNT=3", ["2026-01-05", "2026-01-12", "2026-01-19"]),
        ("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3", ["2026-01-05", "2026-01-07", "2026-01-12"]),
        ("FREQ=DAILY;UNTIL=20260107T235959Z", ["2026-01-05", "2026-01-06", "2026-01-07"]),
        ("FREQ=YEARLY;COUNT=2", ["2026-01-05", "2027-01-05"]),
        ("FREQ=MONTHLY;BYDAY=-1FR;COUNT=3", ["2026-01-05", "2026-01-30", "2026-02-27"]),
    ],
)
def test_a_rule_that_ends_ends(text: str, expected: list[str]) -> None:
    assert [str(one) for one in found(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ=SECONDLY",
        "FREQ=HOURLY;COUNT=9",
        "FREQ=DAILY;BYSETPOS=1",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;COUNT=x",
        "FREQ=DAILY;COUNT=" + "9" * 99,
        "FREQ=DAILY;UNTIL=soon",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=WEEKLY;BYDAY=1MO",
        "FREQ=MONTHLY;BYDAY=XX",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYWEEKNO=3",
    ],
)
def test_what_is_not_understood_is_said_and_never_guessed(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    "text", ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;INTERVAL=9999", "FREQ=DAILY;COUNT=9999"]
)
def test_mallorys_rules_cost_no_more_than_ten_years_of_days(text: str) -> None:
    began = time.process_time()
    for _ in range(20):
        assert len(found(text, date(1, 1, 1), date(2026, 1, 1))) <= 400
    assert time.process_time() - began < 2
