"""Who is on duty when: turns, layers, absences, overrides, and what a change of the clocks does to them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from rules.rota import Absence, Layer, Override, Rota, Seat, Slot, holes, resolve, who

ALICE, BOB, CAROL, DANA = 1, 2, 3, 4
PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 3, 2)
WEEKDAYS = frozenset(range(5))
DAY = timedelta(days=1)


def at(text: str, zone: ZoneInfo = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def layer(*people: int, **more: object) -> Layer:
    given: dict[str, object] = {"id": 1, "start": MONDAY, "seats": tuple(Seat(one) for one in people)}
    return Layer(**given | more)  # type: ignore[arg-type]


def rota(*layers: Layer, **more: object) -> Rota:
    return Rota("Europe/Paris", layers, **more)  # type: ignore[arg-type]


def people(slots: list[Slot]) -> list[tuple[int, ...]]:
    return [slot.people for slot in slots]


def on(asked: Rota, text: str) -> Slot:
    return who(asked, at(text), at(text) + timedelta(seconds=1))[0]


@pytest.mark.parametrize(
    ("local", "zone", "first", "last"),
    [
        ("2026-06-01T02:30", "Europe/Paris", "2026-06-01T00:30", "2026-06-01T00:30"),
        ("2026-03-29T02:30", "Europe/Paris", "2026-03-29T01:00", "2026-03-29T01:00"),  # skipped
        ("2026-10-25T02:30", "Europe/Paris", "2026-10-25T00:30", "2026-10-25T01:30"),  # comes twice
        ("2026-10-04T02:15", "Australia/Lord_Howe", "2026-10-03T15:30", "2026-10-03T15:30"),  # half an hour
        ("2011-12-30T12:00", "Pacific/Apia", "2011-12-30T10:00", "2011-12-30T10:00"),  # a day that never was
    ],
)
def test_a_local_time_is_one_moment_whatever_the_clocks_do(local: str, zone: str, first: str, last: str) -> None:
    found = [resolve(datetime.fromisoformat(local), ZoneInfo(zone), last=late) for late in (False, True)]
    assert found == [datetime.fromisoformat(f"{first}+00:00"), datetime.fromisoformat(f"{last}+00:00")]


def test_weeks_change_hands_at_nine_local_time_also_when_the_clocks_change() -> None:
    slots = who(rota(layer(ALICE, BOB)), at("2026-03-16T09:00"), at("2026-04-06T09:00"))
    assert people(slots) == [(ALICE,), (BOB,), (ALICE,)]
    assert [slot.end - slot.start for slot in slots] == [7 * DAY, 7 * DAY - timedelta(hours=1), 7 * DAY]


def test_fourteen_people_on_weekdays_all_serve() -> None:
    team = range(1, 15)
    asked = rota(layer(*team, unit="business_day", weekdays=WEEKDAYS))
    served = {one for slot in who(asked, at("2026-03-02T09:00"), at("2026-04-01T09:00")) for one in slot.people}
    by_the_calendar = rota(layer(*team, unit="day", weekdays=WEEKDAYS))
    slots = who(by_the_calendar, at("2026-03-02T09:00"), at("2027-03-01T09:00"))
    assert served == set(team)
    assert len({one for slot in slots for one in slot.people}) == 10  # what counting calendar days does


def test_a_public_holiday_takes_nobodys_turn_away() -> None:
    easter = date(2026, 4, 6)
    asked = rota(layer(ALICE, BOB, unit="business_day", weekdays=WEEKDAYS, skips=frozenset({easter})))
    assert on(asked, "2026-04-03T10:00").people != on(asked, "2026-04-07T10:00").people
    assert on(asked, "2026-04-06T10:00").people == ()


def test_months_end_where_months_end() -> None:
    slots = who(
        rota(layer(ALICE, BOB, unit="month", start=date(2026, 1, 31))), at("2026-01-31T09:00"), at("2026-05-01T09:00")
    )
    assert [slot.start.astimezone(PARIS).date().isoformat() for slot in slots] == [
        "2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30",
    ]  # fmt: skip


def test_the_sun_is_followed_round_the_world_without_a_gap() -> None:
    def hours(start: int, end: int) -> dict[str, object]:
        return {"spans": ((time(start), time(end)),), "handover": time(0)}

    asked = rota(
        layer(ALICE, id=1, **hours(0, 8)), layer(BOB, id=2, **hours(8, 16)), layer(CAROL, id=3, **hours(16, 0))
    )
    slots = who(asked, at("2026-03-28T00:00"), at("2026-03-30T00:00"))
    assert people(slots) == [(ALICE,), (BOB,), (CAROL,)] * 2
    assert slots[3].end - slots[3].start == timedelta(hours=7)
    assert holes(asked, at("2026-10-24T00:00"), at("2026-10-27T00:00")) == []


def test_the_higher_layer_serves_and_the_lower_when_it_does_not() -> None:
    office = layer(BOB, id=2, priority=1, weekdays=WEEKDAYS, spans=((time(9), time(18)),))
    asked = rota(layer(ALICE), office)
    assert [on(asked, f"2026-03-06T{hour}").people for hour in ("08:59", "09:00", "17:59", "18:00")] == [
        (ALICE,), (BOB,), (BOB,), (ALICE,),
    ]  # fmt: skip
    assert on(asked, "2026-03-07T12:00").people == (ALICE,)
    assert on(rota(layer(ALICE), layer(BOB, id=2, priority=1, beside=True)), "2026-03-06T12:00").people == (BOB, ALICE)


def test_a_night_shift_belongs_to_the_day_it_begins_on() -> None:
    asked = rota(layer(ALICE, weekdays=WEEKDAYS, spans=((time(22), time(6)),), handover=time(12)))
    assert on(asked, "2026-03-07T05:59").people == (ALICE,)
    assert on(asked, "2026-03-07T22:30").people == ()
    assert on(asked, "2026-03-09T05:00").people == ()


def test_who_is_away_is_stood_in_for_by_another_colleague_each_round() -> None:
    away = Absence(ALICE, at("2026-03-01T00:00"), at("2026-04-30T00:00"))
    asked = rota(layer(ALICE, BOB, CAROL, unit="day"), absences=(away,))
    turns = [on(asked, f"2026-03-{day:02}T12:00") for day in (2, 5, 8, 11)]
    assert people(turns) == [(BOB,), (CAROL,), (BOB,), (CAROL,)]
    assert turns[0].why == ("turn:1:0", f"away:{ALICE}", f"stand_in:{BOB}")


def test_a_public_holiday_is_said_as_one_unless_they_are_away_besides() -> None:
    day = at("2026-03-02T00:00"), at("2026-03-04T00:00")
    holiday = Absence(ALICE, *day, "holiday")
    [seen, away] = [
        on(rota(layer(ALICE, BOB, unit="day"), absences=found), "2026-03-02T12:00")
        for found in ((holiday,), (holiday, Absence(ALICE, *day)))
    ]
    assert (seen.people, seen.why) == ((BOB,), ("turn:1:0", f"holiday:{ALICE}", f"stand_in:{BOB}"))
    assert (away.people, away.why[1]) == ((BOB,), f"away:{ALICE}")


def test_where_a_whole_layer_is_away_the_one_below_serves_or_a_hole_is_seen() -> None:
    away = tuple(Absence(one, at("2026-03-03T00:00"), at("2026-03-04T00:00")) for one in (ALICE, BOB))
    top = layer(ALICE, BOB, id=2, priority=1)
    assert on(rota(layer(CAROL), top, absences=away), "2026-03-03T12:00").people == (CAROL,)
    [hole] = holes(rota(top, absences=away), at("2026-03-02T09:00"), at("2026-03-09T09:00"))
    assert (hole.start, hole.end) == (away[0].start, away[0].end)


def test_holes_are_only_where_somebody_is_wanted() -> None:
    office = layer(BOB, weekdays=WEEKDAYS, spans=((time(9), time(18)),))
    week = at("2026-03-09T00:00"), at("2026-03-16T00:00")
    assert len(holes(rota(office), *week)) == 6  # five nights and the weekend
    assert holes(rota(office, always=False), *week) == []
    away = Absence(BOB, at("2026-03-10T12:00"), at("2026-03-11T12:00"))
    found = holes(rota(office, always=False, absences=(away,)), *week)
    assert [(hole.start, hole.end) for hole in found] == [
        (away.start, at("2026-03-10T18:00")),
        (at("2026-03-11T09:00"), away.end),
    ]


def test_who_joins_disturbs_nobodys_order() -> None:
    seats = (Seat(ALICE), Seat(BOB), Seat(DANA, since=date(2026, 3, 5)), Seat(CAROL, until=date(2026, 3, 9)))
    asked = rota(layer(unit="day", seats=seats))
    served = people(who(asked, at("2026-03-02T09:00"), at("2026-03-13T09:00")))
    assert [one for (one,) in served] == [
        ALICE, BOB, CAROL,  # then Dana joins, and it goes on after Carol
        ALICE, BOB, DANA, CAROL,  # then Carol leaves
        ALICE, BOB, DANA, ALICE,
    ]  # fmt: skip


def given(number: int, kind: str, person: int, instead_of: int | None = None) -> Override:
    return Override(number, kind, person, at("2026-03-03T12:00"), at("2026-03-03T15:00"), instead_of)


@pytest.mark.parametrize(
    ("overrides", "served"),
    [
        ([given(1, "add", BOB)], (ALICE, BOB)),
        ([given(1, "add", BOB), given(2, "swap", CAROL, BOB)], (ALICE, CAROL)),  # what Bob was added for, too
        ([given(1, "swap", CAROL, BOB), given(2, "add", BOB)], (ALICE, BOB)),  # that was about another shift
        ([given(1, "remove", ALICE)], (DANA,)),
        ([given(1, "replace", BOB, ALICE)], (BOB,)),
        ([given(1, "replace", BOB, CAROL)], (ALICE,)),  # Carol is not on: nothing to replace
        ([given(1, "swap", BOB, ALICE), given(2, "swap", CAROL, BOB)], (CAROL,)),
        ([given(1, "take_over", BOB), given(2, "add", CAROL)], (BOB,)),
        ([given(1, "take_over", BOB), given(2, "take_over", CAROL)], (CAROL,)),
        ([given(1, "remove", ALICE), given(2, "remove", DANA)], ()),
    ],
)
def test_what_was_agreed_holds_for_its_time_and_no_longer(overrides: list[Override], served: tuple[int, ...]) -> None:
    asked = rota(layer(ALICE, id=2, priority=1), layer(DANA), overrides=tuple(overrides))
    slots = who(asked, at("2026-03-03T11:00"), at("2026-03-03T16:00"))
    assert [on(asked, f"2026-03-03T{hour}").people for hour in ("11:59", "12:00", "14:59", "15:00")] == [
        (ALICE,), served, served, (ALICE,),
    ]  # fmt: skip
    assert (slots[0].start, slots[-1].end) == (at("2026-03-03T11:00"), at("2026-03-03T16:00"))


def test_what_names_somebody_who_is_away_has_no_effect() -> None:
    ill = Absence(BOB, at("2026-03-03T00:00"), at("2026-03-04T00:00"))
    asked = rota(layer(ALICE), overrides=(given(1, "swap", BOB, ALICE), given(2, "add", BOB)), absences=(ill,))
    assert on(asked, "2026-03-03T13:00").people == (ALICE,)
    swapped = rota(
        layer(ALICE, CAROL),
        overrides=(given(1, "swap", BOB, ALICE),),
        absences=(Absence(ALICE, ill.start, ill.end),),
    )
    added = rota(layer(CAROL), overrides=(given(1, "add", BOB), given(2, "swap", ALICE, BOB)), absences=(ill,))
    assert on(added, "2026-03-03T13:00").people == (CAROL, ALICE)
    assert on(swapped, "2026-03-03T13:00").people == (BOB,)  # a turn that was given away before leaving stays given
