"""The rota of a team: layers, take-overs, absences, swaps; what is published, announced, and passed on, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from crew import Crew
from house import House, mail
from sqlmodel import select

from inbox.flow import absences, duty, notices, reading, rota, rota_swaps, shifts, team
from inbox.flow.errors import ConflictError, FlowError, NotFoundError, RefusedError
from inbox.flow.tick import next_at, tick
from inbox.flow.verify import verify
from inbox.store import rota_shifts
from inbox.store.tables import RotaOverride, RotaSwap

WEEKDAYS = frozenset(range(5))


@pytest.fixture
def crew(house: House) -> Crew:
    return Crew(house)


def test_without_a_rota_those_are_on_duty_who_switched_themselves_on(house: House) -> None:
    bob = house.add_teammate("Bob")
    with house.store.unit_of_work() as work:
        reading.set_duty(work, bob, on=True)
    with house.store.reading() as session:
        assert duty.on_duty(session, house.clock.now) == [bob]
        assert (duty.next_on_duty(session, house.clock.now), duty.by_rota(session)) == ([], False)


def test_with_a_rota_it_says_who_is_on_duty_now_and_next(crew: Crew) -> None:
    with crew.store.unit_of_work() as work:
        notices.prefer(work, crew.carol, on_duty=True)  # a switch counts for nothing beside a rota
    assert [crew.on(days=days) for days in range(4)] == [[crew.alice], [crew.bob], [crew.carol], [crew.alice]]
    with crew.store.reading() as session:
        assert duty.next_on_duty(session, crew.clock.now) == [crew.bob]
        assert duty.current(session, crew.clock.now + timedelta(hours=3)).start == crew.clock.now
        assert [slot.people for slot in duty.slots(session, crew.clock.now, crew.at(2))] == [(crew.alice,), (crew.bob,)]


def test_an_edit_of_published_weeks_tells_whom_it_affects_and_nobody_else(crew: Crew) -> None:
    [begun] = crew.changes("rota.changed")
    assert begun.data["people"] == [crew.alice, crew.bob, crew.carol]
    nights = replace(crew.given(), name="Night", priority=1, spans=((time(22), time(6)),), unit="week")
    crew.save(replace(nights, places=(rota.Place(crew.carol),), starts_on=date(2026, 11, 29)))
    [_, edited] = crew.changes("rota.changed")
    assert edited.data["people"] == [crew.alice, crew.carol]
    assert edited.data["shifts"] == [
        {
            "start": "2026-11-29T22:00:00+00:00",
            "end": "2026-11-30T06:00:00+00:00",
            "before": [crew.alice],
            "after": [crew.carol],
        }
    ]
    crew.save(replace(crew.given(), name="Every day"), crew.layer)
    assert len(crew.changes("rota.changed")) == 2  # a new name changes nobody's days


def test_what_was_served_stays_known_whatever_is_edited_later(crew: Crew) -> None:
    crew.clock.move(days=2, hours=3)
    crew.save(replace(crew.given(), places=(rota.Place(crew.bob),)), crew.layer)
    with crew.store.reading() as session:
        served = rota_shifts.between(session, crew.rota, crew.at(0), crew.at(4))
    assert [slot.people for slot in served] == [
        (one,) for one in (crew.alice, crew.bob, crew.carol, crew.bob, crew.bob)
    ]
    assert [slot.end for slot in served] == [slot.start for slot in served[1:]] + [crew.at(4)]


def test_four_weeks_are_published_and_the_horizon_moves_on_in_silence(crew: Crew) -> None:
    before = len(crew.changes("rota.changed"))
    for _ in range(40):
        crew.clock.move(days=1)
        shifts.ring(crew.store)
    with crew.store.reading() as session:
        found = rota_shifts.between(session, crew.rota, crew.at(0), crew.at(99))
    assert found[-1].end >= crew.clock.now + shifts.HORIZON - shifts.EARLIER
    assert all(one.end == other.start for one, other in pairwise(found))
    assert len(crew.changes("rota.changed")) == before


def test_new_rules_of_time_zones_or_holidays_are_announced_within_a_day(crew: Crew) -> None:
    with crew.store.writer.begin() as connection:  # as if it had been published by other rules
        last = "starts_at = (SELECT max(starts_at) FROM rota_shifts)"
        connection.execute(sa.text(f"UPDATE rota_shifts SET people = '[]' WHERE {last}"))
    crew.clock.move(days=1)
    shifts.ring(crew.store)
    told = crew.changes("rota.changed")[-1].data
    assert (len(told["shifts"]), told["shifts"][0]["before"]) == (1, [])
    assert told["people"] == told["shifts"][0]["after"]


def test_duty_passes_on_once_a_shift_however_often_it_is_looked_for(crew: Crew) -> None:
    for _ in range(8):
        crew.clock.move(hours=6)
        assert shifts.ring(crew.store) + shifts.ring(crew.store) <= 1
    passed = [(one.data["from"], one.data["to"], one.data["at"][:13]) for one in crew.changes("rota.handed_over")]
    assert passed == [
        ([], [crew.alice], "2026-11-02T09"),
        ([crew.alice], [crew.bob], "2026-11-03T09"),
        ([crew.bob], [crew.carol], "2026-11-04T09"),
    ]


def test_after_an_outage_only_the_shift_that_runs_is_passed_on(crew: Crew) -> None:
    crew.clock.move(days=40, hours=2)
    assert shifts.ring(crew.store) == 1
    last = crew.changes("rota.handed_over")[-1].data
    assert (last["from"], last["to"], last["at"][:13]) == ([crew.alice], [crew.bob], "2026-12-12T09")
    assert len(crew.changes("rota.handed_over")) == 2


def test_somebody_takes_over_until_the_shift_ends_or_hands_back(crew: Crew) -> None:
    crew.clock.move(hours=2)
    with crew.store.unit_of_work() as work:
        assert rota.take_over(work, crew.carol) == crew.at(1)
    assert (crew.on(), crew.on(hours=21.9), crew.on(days=1)) == ([crew.carol], [crew.carol], [crew.bob])
    with crew.store.unit_of_work() as work, pytest.raises(RefusedError, match="on duty already"):
        rota.take_over(work, crew.carol)
    crew.clock.move(hours=1)
    with crew.store.unit_of_work() as work:
        rota.hand_back(work, crew.carol)
    assert crew.on() == [crew.alice]
    assert [one.data["to"] for one in crew.changes("rota.handed_over")] == [[crew.alice], [crew.carol], [crew.alice]]
    with crew.store.unit_of_work() as work, pytest.raises(RefusedError, match="not taken over"):
        rota.hand_back(work, crew.carol)


def test_the_switch_on_the_rail_takes_over_and_hands_back(crew: Crew) -> None:
    for on, serving in ((True, crew.carol), (False, crew.alice)):
        crew.clock.move(minutes=5)
        with crew.store.unit_of_work() as work:
            reading.set_duty(work, crew.carol, on=on)
        assert crew.on() == [serving]


def test_where_nobody_is_on_duty_somebody_takes_over_until_the_next_shift(crew: Crew) -> None:
    crew.save(replace(crew.given(), unit="business_day", weekdays=WEEKDAYS, spans=((time(9), time(18)),)), crew.layer)
    crew.clock.move(hours=15)
    assert crew.on() == []
    with crew.store.unit_of_work() as work:
        assert rota.take_over(work, crew.carol) == crew.at(1)
    assert crew.on() == [crew.carol]


def test_who_is_away_or_has_left_is_not_on_duty(crew: Crew) -> None:
    with crew.store.unit_of_work() as work:
        away = absences.add(work, crew.bob, crew.at(1), crew.at(1.5), crew.bob)
    assert [crew.on(days=days) for days in (1, 1.6)] == [[crew.carol], [crew.bob]]
    with crew.store.unit_of_work() as work, pytest.raises(RefusedError, match="they themselves or a founder"):
        absences.remove(work, away, crew.carol)
    with crew.store.unit_of_work() as work:
        absences.remove(work, away, crew.alice)
        rota.take_over(work, crew.carol)
        team.disable(work, crew.carol, crew.alice)
    assert crew.on() == [crew.alice]  # who has left has nothing to take over
    assert [crew.on(days=days) for days in (1, 2)] == [[crew.bob], [crew.alice]]
    assert crew.changes("rota.changed")[-1].data["people"] == [crew.alice, crew.bob, crew.carol]


def test_a_calendar_says_anew_who_is_away_and_what_is_gone_from_it_is_gone(crew: Crew) -> None:
    def read(*events: absences.Away) -> int:
        with crew.store.unit_of_work() as work:
            return absences.replace_calendar(work, crew.bob, events)

    holiday = absences.Away("a@calendar", crew.at(0.5), crew.at(2))
    assert (read(holiday), read(holiday)) == (1, 0)
    assert crew.on(days=1) == [crew.carol]
    assert read(replace(holiday, end=crew.at(3)), absences.Away("b", crew.at(9), crew.at(10))) == 2
    assert read() == 2
    assert crew.on(days=1) == [crew.bob]


def test_public_holidays_come_from_the_country_of_the_rota(crew: Crew) -> None:
    with pytest.raises(RefusedError, match="Choose the country"):
        crew.save(replace(crew.given(), skip=True), crew.layer)
    with crew.store.unit_of_work() as work:
        rota.set_up(work, rota.Frame("Europe/London", "GB", "ENG"), crew.alice)
    crew.save(replace(crew.given(), skip=True), crew.layer)
    boxing_day = datetime(2026, 12, 25, 12, tzinfo=UTC)
    with crew.store.reading() as session:
        assert duty.slots(session, boxing_day, boxing_day + timedelta(hours=1))[0].people == ()
    with crew.store.unit_of_work() as work, pytest.raises(RefusedError, match="XX are not known"):
        rota.set_up(work, rota.Frame("Europe/London", "XX"), crew.alice)


def test_a_swap_that_is_taken_is_served_by_the_colleague(crew: Crew) -> None:
    swap = crew.ask(crew.bob, 1.25, 2)
    crew.take(swap, crew.alice)
    assert [crew.on(days=days) for days in (1, 1.25, 1.9, 2)] == [[crew.bob], [crew.alice], [crew.alice], [crew.carol]]
    told = [(one.data["state"], one.data["told"]) for one in crew.changes("rota.swap")]
    assert told == [("open", [crew.alice, crew.carol]), ("taken", [crew.bob, crew.alice])]
    with crew.store.unit_of_work() as work, pytest.raises(ConflictError, match="quicker"):
        rota_swaps.take(work, swap, crew.carol)


def test_of_two_who_take_a_shift_at_once_one_has_it(crew: Crew) -> None:
    swap = crew.ask(crew.bob, 1, 2)
    together, refused = Barrier(2), []

    def take(by: int) -> None:
        together.wait()
        try:
            crew.take(swap, by)
        except ConflictError as error:
            refused.append((by, error))

    both = [Thread(target=take, args=(one,)) for one in (crew.alice, crew.carol)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    with crew.store.reading() as session:
        held, agreed = session.get_one(RotaSwap, swap), session.exec(select(RotaOverride)).all()
    assert len(refused) == len(agreed) == 1
    assert crew.on(days=1.5) == [held.taker_id] != [refused[0][0]]


def test_only_ones_own_shift_to_come_can_be_asked_for(crew: Crew) -> None:
    refused = {
        (crew.bob, 2, 3, None): "not on duty then",
        (crew.alice, -0.5, 0.5, None): "has begun",
        (crew.bob, -2, -1, None): "is over",
        (crew.bob, 2, 1, None): "ends before",
        (crew.bob, 1, 2, crew.bob): "not yourself",
    }
    for asked, why in refused.items():
        with pytest.raises(RefusedError, match=why):
            crew.ask(*asked)
    crew.ask(crew.bob, 1, 2)
    with pytest.raises(RefusedError, match="already"):
        crew.ask(crew.bob, 1.5, 2)


def test_a_swap_can_be_declined_by_whom_it_names_and_cancelled_by_who_asked(crew: Crew) -> None:
    named, open_to_all = crew.ask(crew.bob, 1, 2, crew.carol), crew.ask(crew.carol, 2, 3)

    def refused(verb: str, swap: int, by: int) -> str:
        with pytest.raises(FlowError) as error, crew.store.unit_of_work() as work:
            getattr(rota_swaps, verb)(work, swap, by)
        return str(error.value)

    assert "Another colleague" in refused("take", named, crew.alice)
    assert "not asked by name" in refused("decline", open_to_all, crew.bob)
    assert "Only who asked" in refused("cancel", open_to_all, crew.bob)
    with crew.store.unit_of_work() as work:
        rota_swaps.decline(work, named, crew.carol)
        rota_swaps.cancel(work, open_to_all, crew.carol)
    assert "taken back or declined" in refused("take", named, crew.carol)
    assert [one.data["told"] for one in crew.changes("rota.swap")][2:] == [[crew.bob], []]


def test_a_swap_that_nobody_took_expires_as_its_shift_begins(crew: Crew) -> None:
    swap = crew.ask(crew.bob, 1, 2)
    crew.clock.move(days=1)
    shifts.ring(crew.store)
    last = crew.changes("rota.swap")[-1]
    assert (last.data["state"], last.data["told"]) == ("expired", [crew.bob])
    with crew.store.unit_of_work() as work, pytest.raises(ConflictError):
        rota_swaps.take(work, swap, crew.carol)
    assert crew.on() == [crew.bob]


def test_an_override_holds_for_its_time_and_can_be_taken_back(crew: Crew) -> None:
    agreed = rota.Agreed("replace", crew.carol, crew.at(1), crew.at(2), crew.bob)
    with crew.store.unit_of_work() as work:
        number = rota.override(work, crew.rota, agreed, crew.alice)
    assert crew.on(days=1) == [crew.carol]
    crew.clock.move(days=1, hours=1)
    with crew.store.unit_of_work() as work:
        rota.cancel_override(work, number, crew.alice)
    assert crew.on() == [crew.bob]
    with crew.store.unit_of_work() as work, pytest.raises(NotFoundError):
        rota.cancel_override(work, number, crew.alice)


def test_a_layer_that_goes_takes_its_shifts_along_but_not_its_past(crew: Crew) -> None:
    crew.clock.move(days=1)
    with crew.store.unit_of_work() as work:
        rota.remove_layer(work, crew.rota, crew.layer, crew.alice)
    with crew.store.reading() as session:
        assert duty.by_rota(session) is False
        assert [slot.people for slot in rota_shifts.between(session, crew.rota, crew.at(0), crew.at(3))] == [
            (crew.alice,),
            (),
        ]


def test_shifts_that_were_tampered_with_are_found(crew: Crew) -> None:
    crew.take(crew.ask(crew.bob, 1, 2), crew.carol)
    crew.clock.move(days=3)
    shifts.ring(crew.store)
    assert verify(crew.store, quick=True) == []
    swapped = "starts_at = (SELECT starts_at FROM rota_swaps)"
    breaks = {
        "overlap another": f"UPDATE rota_shifts SET ends_at = (SELECT max(starts_at) FROM rota_shifts) WHERE {swapped}",
        "leave a gap": f"DELETE FROM rota_shifts WHERE {swapped}",
        "does not serve": "DELETE FROM rota_overrides WHERE kind = 'swap'",
    }
    for named, statement in breaks.items():
        with crew.store.writer.begin() as connection:
            connection.execute(sa.text(statement))
        assert named in " ".join(verify(crew.store, quick=True))


def test_a_rota_that_cannot_be_read_holds_up_nobodys_deadline(crew: Crew, caplog: pytest.LogCaptureFixture) -> None:
    crew.house.receive(crew.house.add_account(), mail())
    with crew.store.writer.begin() as connection:
        connection.execute(sa.text("UPDATE rota_layers SET handover = 'at dawn'"))
    crew.clock.move(days=1)
    assert tick(crew.store) == 1
    assert "Rota 1 met something unexpected" in caplog.text
    with crew.store.reading() as session:
        assert next_at(session) == crew.clock.now + shifts.AGAIN
    with crew.store.writer.begin() as connection:
        connection.execute(sa.text("UPDATE rota_layers SET handover = '09:00'"))
    crew.clock.move(minutes=10)
    tick(crew.store)
    assert crew.changes("rota.handed_over")[-1].data["to"] == [crew.bob]


def test_of_many_workers_one_passes_duty_on(crew: Crew) -> None:
    crew.clock.move(days=1)
    together, rang = Barrier(4), list[int]()

    def ring() -> None:
        together.wait()
        rang.append(shifts.ring(crew.store))

    workers = [Thread(target=ring) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sum(rang) == 1
    assert [one.data["to"] for one in crew.changes("rota.handed_over")] == [[crew.alice], [crew.bob]]


def test_who_is_on_duty_is_asked_in_one_query_and_the_rota_loaded_in_six(crew: Crew) -> None:
    asked: list[str] = []

    def count(*given: object) -> None:
        if str(given[2]).startswith("SELECT"):
            asked.append(str(given[2]))

    sa.event.listen(crew.store.reader, "before_cursor_execute", count)
    with crew.store.reading() as session:
        duty.on_duty(session, crew.clock.now)
        first = len(asked)
        duty.on_duty(session, crew.clock.now)
    assert (first <= 7, len(asked) - first) == (True, 1)
