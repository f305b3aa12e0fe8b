"""Business hours: told in cases, then against another way of reckoning, in all zones that change their clocks.

The other way walks the clock as it goes: it looks which local time it is at each moment of UTC, never which moment a
local time is, and adds up day by day. `make fuzz` asks a million questions, the tests a few thousand.
"""

from __future__ import annotations

import os
import random
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest

from rules import hours
from rules.hours import Hours, NeverOpenError, Span, add, between, is_open, opens_at, subtract

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
CASES = 1_050_000 if FULL else 4_000
HOUR = timedelta(hours=1)
NINE_TO_SIX = (Span(time(9), time(18)),)
OFFICE = Hours("Europe/Paris", (*[NINE_TO_SIX] * 5, (), ()))
NIGHT = Hours("Europe/Paris", ((Span(time(22), time(6)),),) * 7)
EARLY = Hours("Europe/Paris", ((Span(time(2, 30), time(4)),),) * 7)
LATE = Hours("Europe/Paris", ((Span(time(0, 30), time(2, 30)),),) * 7)
ALWAYS = Hours("America/New_York", ((Span(time(0), time(0)),),) * 7)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris")).astimezone(UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "span", "expected"),
    [
        (OFFICE, "2026-11-20T17:30", 1 * HOUR, "2026-11-23T09:30"),
        (OFFICE, "2026-11-20T17:00", 1 * HOUR, "2026-11-20T18:00"),  # what ends with the day ends on that day
        (OFFICE, "2026-11-21T12:00", 1 * HOUR, "2026-11-23T10:00"),
        (OFFICE, "2026-11-20T17:59:59", 2 * HOUR / 3600, "2026-11-23T09:00:01"),
        (OFFICE, "2026-01-01T00:00", 9 * 261 * HOUR, "2026-12-31T18:00"),
        (replace(OFFICE, holidays=frozenset({date(2026, 11, 23)})), "2026-11-20T17:30", 1 * HOUR, "2026-11-24T09:30"),
        (
            replace(OFFICE, exceptions={date(2026, 11, 21): (Span(time(10), time(12)), Span(time(14), time(15)))}),
            "2026-11-20T17:30",
            3 * HOUR,
            "2026-11-21T14:30",
        ),
        (
            replace(OFFICE, holidays=frozenset({date(2026, 11, 23)}), exceptions={date(2026, 11, 23): NINE_TO_SIX}),
            "2026-11-20T17:30",
            1 * HOUR,
            "2026-11-23T09:30",
        ),
        (NIGHT, "2026-03-28T22:00", 7 * HOUR, "2026-03-29T06:00"),  # the night the clocks go forward has seven hours
        (NIGHT, "2026-10-24T22:00", 9 * HOUR, "2026-10-25T06:00"),  # and the one they go back in, nine
        (EARLY, "2026-03-29T00:00", 1 * HOUR, "2026-03-29T04:00"),  # half past two is not there: open from three
        (EARLY, "2026-10-25T00:00", 2.5 * HOUR, "2026-10-25T04:00"),  # it is there twice: open from the first
        (LATE, "2026-03-29T00:00", 1.5 * HOUR, "2026-03-29T03:00"),  # closed at the jump, which is three
        (LATE, "2026-10-25T00:00", 3 * HOUR, "2026-10-25T02:30:00"),  # closed at the second half past two
    ],
)
def test_a_wait_in_business_hours_is_due_when_so_much_of_them_has_passed(
    calendar: Hours, start: str, span: timedelta, expected: str
) -> None:
    due = add(paris(start), span, calendar)
    wanted = paris(expected) if calendar is not LATE else last(expected)

    assert due == wanted
    assert between(paris(start), due, calendar) == span
    assert between(subtract(due, span, calendar), due, calendar) == span


def last(text: str) -> datetime:
    """Return the last moment that Paris calls so."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Paris"), fold=1).astimezone(UTC)


def test_without_a_calendar_every_second_counts() -> None:
    start = paris("2026-10-24T12:00")

    assert add(start, 24 * HOUR, None) == start + 24 * HOUR
    assert subtract(start, 24 * HOUR, None) == start - 24 * HOUR
    assert between(start, start + HOUR, None) == HOUR
    assert is_open(start, None)
    assert between(start, start + 400 * HOUR, ALWAYS) == 400 * HOUR


def test_what_counts_backward_begins_as_late_as_it_can() -> None:
    assert subtract(paris("2026-11-23T09:30"), HOUR, OFFICE) == paris("2026-11-20T17:30")
    assert subtract(paris("2026-11-23T10:00"), HOUR, OFFICE) == paris("2026-11-23T09:00")


def test_the_door_opens_at_its_hour_and_is_closed_at_the_closing_hour() -> None:
    assert is_open(paris("2026-11-20T09:00"), OFFICE)
    assert not is_open(paris("2026-11-20T18:00"), OFFICE)
    assert opens_at(paris("2026-11-20T18:00"), OFFICE) == paris("2026-11-23T09:00")


def test_a_calendar_without_open_time_says_so_and_does_not_search_for_ever() -> None:
    never = Hours("UTC", ((),) * 7)

    assert not hours.open_in_the_next_year(never, paris("2026-11-20T09:00"))
    assert hours.open_in_the_next_year(OFFICE, paris("2026-11-20T09:00"))
    for ask in (add, subtract):
        with pytest.raises(NeverOpenError):
            ask(paris("2026-11-20T09:00"), HOUR, never)
    with pytest.raises(NeverOpenError):
        opens_at(paris("2026-11-20T09:00"), never)


def test_a_calendar_is_read_as_it_was_written() -> None:
    odd = replace(NIGHT, exceptions={date(2026, 12, 24): NINE_TO_SIX}, holidays=frozenset({date(2026, 12, 25)}))

    assert hours.load(hours.dump(odd)) == odd


# The other way of reckoning -------------------------------------------------------------------------------------------

SIX_ODD = (
    "Europe/Paris",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "America/St_Johns",
    "Asia/Gaza",
    "Africa/Cairo",
    "America/Santiago",
    "Antarctica/Troll",
)
FIRST, LAST = datetime(2023, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
DAY = 86_400


class Walk:
    """The clock of one zone as it goes: from when on it is so many seconds ahead of UTC."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)
        low, high = (int(at.timestamp()) for at in (FIRST - timedelta(days=9), LAST + timedelta(days=9)))
        self.pieces = [(low, self.ahead(low))]
        for at in range(low, high, 7200):
            if self.ahead(at + 7200) != self.ahead(at):
                self.pieces.append(self.jump(at, at + 7200))
        self.jumps = [at for at, _ in self.pieces[1:]]
        self.ends = [*self.jumps, high]

    def ahead(self, at: int) -> int:
        local = datetime.fromtimestamp(at, UTC).astimezone(self.zone)
        return int((local.replace(tzinfo=UTC) - datetime.fromtimestamp(at, UTC)).total_seconds())

    def jump(self, low: int, high: int) -> tuple[int, int]:
        for step in (600, 1):
            low = next(at for at in range(low, high, step) if self.ahead(at + step) != self.ahead(at))
            high = low + step
        return high, self.ahead(high)

    def reached(self, local: int) -> int:
        """Return the first moment at which the clock showed that time, or one after it."""
        pairs = zip(self.pieces, self.ends, strict=True)
        return next(max(begin, local - ahead) for (begin, ahead), end in pairs if local - ahead < end)

    def left(self, local: int) -> int:
        """Return the moment after which the clock never showed that time, or one before it, again."""
        pairs = reversed(list(zip(self.pieces, self.ends, strict=True)))
        return next(min(end, local - ahead) for (begin, ahead), end in pairs if local - ahead >= begin)


class Diary:
    """The open seconds of one calendar, by the day of UTC; the days are cut at midnight."""

    def __init__(self, walk: Walk, calendar: Hours) -> None:
        edges: dict[int, int] = defaultdict(int)
        day = FIRST.date() - timedelta(days=5)
        while day < LAST.date() + timedelta(days=5):
            midnight = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
            weekly = () if day in calendar.holidays else calendar.week[day.weekday()]
            for span in calendar.exceptions.get(day, weekly):
                start, end = (at.hour * 3600 + at.minute * 60 + at.second for at in (span.start, span.end))
                edges[walk.reached(midnight + start)] += 1
                edges[walk.left(midnight + end + (DAY if end <= start else 0))] -= 1
            day += timedelta(days=1)
        self.days: dict[int, list[tuple[int, int]]] = defaultdict(list)
        depth, since = 0, 0
        for at in sorted(edges):
            if depth == 0:
                since = at
            depth += edges[at]
            if depth == 0:
                self.keep(since, at)

    def keep(self, start: int, end: int) -> None:
        while start < end:
            until = min(end, (start // DAY + 1) * DAY)
            self.days[start // DAY].append((start, until))
            start = until

    def between(self, start: int, end: int) -> int:
        parts = (part for day in range(start // DAY, end // DAY + 1) for part in self.days.get(day, ()))
        return sum(max(0, min(finish, end) - max(begin, start)) for begin, finish in parts)

    def add(self, at: int, left: int) -> int:
        for day in range(at // DAY, at // DAY + 4000):
            for start, end in self.days.get(day, ()):
                length = max(0, end - max(start, at))
                if length >= left:
                    return max(start, at) + left
                left -= length
        raise AssertionError

    def subtract(self, at: int, left: int) -> int:
        for day in range(at // DAY, at // DAY - 4000, -1):
            for start, end in reversed(self.days.get(day, ())):
                length = max(0, min(end, at) - start)
                if length >= left:
                    return min(end, at) - left
                left -= length
        raise AssertionError

    def is_open(self, at: int) -> bool:
        return any(start <= at < end for start, end in self.days.get(at // DAY, ()))


def changing_zones() -> list[str]:
    """Return the zones that change their clocks within the five years."""
    looks = [int(FIRST.timestamp()) + week * 7 * DAY for week in range(262)]
    moments = [datetime.fromtimestamp(at, UTC) for at in looks]
    return sorted(
        name for name in available_timezones() if len({at.astimezone(ZoneInfo(name)).utcoffset() for at in moments}) > 1
    )


def some_spans(chance: random.Random) -> tuple[Span, ...]:
    """Return intervals such as people have, and such as meet the hours at which clocks jump."""
    edge = [time(0), time(0, 30), time(1), time(1, 59, 59), time(2), time(2, 30), time(3), time(3, 0, 1)]
    plain = [time(7), time(9), time(12), time(14), time(18), time(22), time(23, 59, 59)]
    kinds = [(), (Span(time(0), time(0)),), (Span(time(8), time(12)), Span(time(14), time(19))), NINE_TO_SIX]
    if chance.random() < 0.3:
        return chance.choice(kinds)
    return tuple(Span(chance.choice(edge + plain), chance.choice(edge + plain)) for _ in range(chance.randint(1, 3)))


def some_calendar(zone: str, walk: Walk, chance: random.Random) -> Hours:
    week = tuple(some_spans(chance) for _ in range(7))
    if not any(week):
        week = (NINE_TO_SIX, *week[1:])
    days = [FIRST.date() + timedelta(days=chance.randrange(1826)) for _ in range(40)]
    days += [(datetime.fromtimestamp(at, UTC) + timedelta(hours=chance.randint(-20, 20))).date() for at in walk.jumps]
    chance.shuffle(days)
    half = len(days) // 2
    return Hours(zone, week, {day: some_spans(chance) for day in days[:half]}, frozenset(days[half:]))


def some_moment(walk: Walk, chance: random.Random, first: int, last_one: int) -> int:
    """Return a moment of the five years, as often as not within a day and a half of a jump."""
    if chance.random() < 0.5:
        return min(max(chance.choice(walk.jumps) + chance.randint(-130_000, 130_000), first), last_one)
    return chance.randrange(first, last_one)


@pytest.mark.fuzz
@pytest.mark.timeout(0 if FULL else 60)
def test_the_hours_agree_with_a_walk_along_the_clock(capsys: pytest.CaptureFixture[str]) -> None:
    zones = changing_zones() if FULL else SIX_ODD
    assert len(zones) > 100 or not FULL
    chance, asked, different = random.Random(24), 0, []
    first, last_one = int(FIRST.timestamp()) + 300 * DAY, int(LAST.timestamp()) - 300 * DAY
    for zone in zones:
        walk = Walk(zone)
        calendar = some_calendar(zone, walk, chance)
        diary = Diary(walk, calendar)
        for _ in range(-(-CASES // len(zones))):
            asked += 1
            at = some_moment(walk, chance, first, last_one)
            reach = chance.choice((3, 10, 10, 40)) if chance.random() < 0.97 else 1200
            then = min(last_one, at + chance.randrange(reach * DAY))
            if not agree(diary, calendar, at, then, chance.randrange(1, 60 * 3600)):
                different.append((zone, at, then))
    with capsys.disabled():
        print(f"\n  hours: {asked} questions in {len(zones)} zones, {len(different)} answered differently")
    assert different == []


def agree(diary: Diary, calendar: Hours, at: int, then: int, span: int) -> bool:
    """Whether both ways answer alike: what is open in between, when so much is over, since when it is, and the door."""
    now, later = datetime.fromtimestamp(at, UTC), datetime.fromtimestamp(then, UTC)
    length = timedelta(seconds=span)
    return (
        between(now, later, calendar) == timedelta(seconds=diary.between(at, then))
        and add(now, length, calendar).timestamp() == diary.add(at, span)
        and subtract(now, length, calendar).timestamp() == diary.subtract(at, span)
        and is_open(now, calendar) == diary.is_open(at)
    )
