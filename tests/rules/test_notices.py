"""Who is told, by which means, and when."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from rules.notices import MAIL_WAITS, Person, Quiet, audience, person, quiet_until, telling

PARIS = ZoneInfo("Europe/Paris")
NIGHT = Quiet(time(20), time(8))
NOON = datetime(2026, 11, 4, 12, tzinfo=UTC)
LATE = datetime(2026, 11, 4, 22, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHT, "2026-11-04T12:00", None),
        (NIGHT, "2026-11-04T19:59:59", None),
        (NIGHT, "2026-11-04T20:00", "2026-11-05T08:00"),
        (NIGHT, "2026-11-05T03:00", "2026-11-05T08:00"),
        (NIGHT, "2026-11-05T08:00", None),
        (Quiet(time(12), time(14)), "2026-11-04T12:30", "2026-11-04T14:00"),
        (Quiet(time(12), time(14)), "2026-11-04T22:30", None),
        # From Friday night to Monday morning is one quiet, made of several.
        (Quiet(time(20), time(8), weekends=True), "2026-11-06T21:00", "2026-11-09T08:00"),
        (Quiet(time(0), time(0), weekends=True), "2026-11-08T10:00", "2026-11-09T00:00"),
        (Quiet(time(0), time(0), weekends=True), "2026-11-09T00:00", None),
        (None, "2026-11-04T23:00", None),
        # The clock goes forward at 02:00 on 29 March and back at 03:00 on 25 October: eight is eight.
        (NIGHT, "2026-03-28T23:00", "2026-03-29T08:00"),
        (NIGHT, "2026-10-24T23:00", "2026-10-25T08:00"),
        # An end that does not exist that night comes when the clock has jumped over it.
        (Quiet(time(22), time(2, 30)), "2026-03-28T23:00", "2026-03-29T03:30"),
    ],
)
def test_quiet_ends_by_the_persons_own_clock(quiet: Quiet | None, now: str, until: str | None) -> None:
    assert quiet_until(at(now), PARIS, quiet) == (at(until) if until else None)


def test_an_hour_that_comes_twice_does_not_end_the_quiet_in_the_past() -> None:
    second_half_past_two = datetime(2026, 10, 25, 1, 15, tzinfo=UTC)  # 02:15 in Paris, for the second time
    until = quiet_until(second_half_past_two, PARIS, Quiet(time(22), time(2, 30)))
    assert until == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "who", "now", "browser", "sends"),
    [
        ("mentioned", Person(1), NOON, True, {"mail": NOON + MAIL_WAITS, "push": NOON}),
        ("assigned", Person(1), NOON, True, {"push": NOON}),
        ("assigned", Person(1, means={"assigned": frozenset()}), NOON, False, {}),
        (
            "mentioned",
            Person(1, quiet=NIGHT),
            LATE,
            False,
            {"mail": datetime(2026, 11, 5, 8, tzinfo=UTC), "push": datetime(2026, 11, 5, 8, tzinfo=UTC)},
        ),
    ],
)
def test_means_follow_preferences_and_quiet_hours(
    kind: str, who: Person, now: datetime, browser: bool, sends: dict[str, datetime]
) -> None:
    told = telling(who, kind, now)
    assert (told.browser, dict(told.sends)) == (browser, sends)


@pytest.mark.parametrize(
    ("named", "by", "nobodys", "told"),
    [
        ([2], 1, False, [2]),
        ([2], 2, False, []),  # nobody is told what they did themselves
        ([None], 1, False, []),
        ([], None, True, [1, 2]),  # three is not on duty
        ([3], None, True, [3]),
        ([9], None, False, []),
    ],
)
def test_the_right_people_are_told(named: list[int | None], by: int | None, nobodys: bool, told: list[int]) -> None:
    team = [Person(1, on_duty=True), Person(2, on_duty=True), Person(3)]
    assert [one.id for one in audience(team, named=named, by=by, nobodys=nobodys)] == told


def test_everybody_watches_while_nobody_is_on_duty() -> None:
    team = [Person(1), Person(2)]
    assert [one.id for one in audience(team, nobodys=True)] == [1, 2]


@pytest.mark.parametrize(
    "nonsense", [{}, {"notices": 3, "quiet": "night", "unclaimed_hours": "x"}, {"quiet": {"from": 1}}]
)
def test_preferences_that_are_not_understood_were_never_said(nonsense: dict[str, object]) -> None:
    assert person(7, "Mars/Olympus", nonsense) == Person(7)


def test_preferences_are_read() -> None:
    said = {
        "notices": {"woke": ["mail", "pigeon"]},
        "quiet": {"from": "20:00", "to": "08:00"},
        "unclaimed_hours": 2,
    }
    read = person(7, "Europe/Paris", said)
    assert (read.means["woke"], read.quiet, read.unclaimed_after) == (frozenset({"mail"}), NIGHT, 2)
    assert str(read.zone) == "Europe/Paris"
