"""Public holidays of each teammate's own country: the rota goes round them, but for whoever says that they serve."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
import sqlalchemy as sa
from crew import Crew
from house import House
from stores import MovedClock

from inbox.flow import holidays, own, rota, shifts
from inbox.flow.errors import RefusedError
from inbox.store import rota as rows
from inbox.store import rota_away
from inbox.store.db import Store, Work
from inbox.store.tables import Teammate

ARMISTICE = date(2026, 11, 11)
NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)


@pytest.fixture
def crew(sqlite: Store, clock: MovedClock) -> Crew:
    """Alice, Bob and Carol take turns by the day; the 11th of November is Alice's, in London."""
    return Crew(House(sqlite, clock))


@pytest.fixture
def anywhere(house: House) -> Crew:
    """The same, on each of the stores."""
    return Crew(house)


def keep(crew: Crew, who: int, country: str, region: str = "", by: int | None = None) -> None:
    with crew.store.unit_of_work() as work:
        holidays.keep(work, who, country, region, by or who)


def serving(crew: Crew, at: datetime) -> list[int]:
    return crew.on(seconds=(at - crew.clock.now).total_seconds())


def test_who_keeps_the_holidays_of_a_country_does_not_serve_on_them_and_it_says_why(anywhere: Crew) -> None:
    crew = anywhere
    before = len(crew.changes("rota.changed"))
    assert serving(crew, NOON) == [crew.alice]
    keep(crew, crew.alice, "FR")
    [stands_in] = serving(crew, NOON)
    assert stands_in != crew.alice
    assert serving(crew, NOON + timedelta(hours=14)) == [crew.alice]  # it is the 12th, and her turn still
    why = crew.slots(9, 9.2)[0].why
    assert (why[1:], why[0].partition(":")[0]) == ((f"holiday:{crew.alice}", f"stand_in:{stands_in}"), "turn")
    told = crew.changes("rota.changed")[before:]
    assert len(told) == 1
    assert crew.alice in told[0].data["people"]
    keep(crew, crew.alice, "")
    assert serving(crew, NOON) == [crew.alice]


def test_a_day_off_is_a_day_of_ones_own_clock(crew: Crew) -> None:
    with crew.store.unit_of_work() as work:
        work.session.get_one(Teammate, crew.alice).zone = "Pacific/Auckland"
    keep(crew, crew.alice, "FR")
    assert crew.alice not in serving(crew, NOON - timedelta(hours=2, minutes=1))  # still the 11th there: 22:59
    assert serving(crew, NOON) == [crew.alice]  # there it is the 12th


def test_whoever_moves_to_another_clock_takes_their_days_off_along(crew: Crew) -> None:
    keep(crew, crew.alice, "FR")
    assert crew.alice not in serving(crew, NOON)
    with crew.store.unit_of_work() as work:
        own.save(work, crew.alice, own.Own("Alice", zone="Pacific/Auckland"))
    assert serving(crew, NOON) == [crew.alice]


def test_nobody_is_let_serve_in_vain_on_a_holiday(crew: Crew) -> None:
    keep(crew, crew.bob, "FR")
    for kind, instead in (("add", None), ("replace", crew.alice)):
        with crew.store.unit_of_work() as work, pytest.raises(RefusedError, match="keep a public holiday"):
            rota.override(work, crew.rota, rota.Agreed(kind, crew.bob, NOON, crew.at(9.3), instead), crew.alice)
    with crew.store.unit_of_work() as work:
        rota.override(work, crew.rota, rota.Agreed("add", crew.bob, NOON, crew.at(10)), crew.alice)
    assert serving(crew, NOON + timedelta(hours=13)) == [crew.alice, crew.bob]


def test_who_says_that_they_serve_does(anywhere: Crew) -> None:
    crew = anywhere
    keep(crew, crew.alice, "FR")
    with crew.store.unit_of_work() as work:
        holidays.serve(work, crew.alice, ARMISTICE, crew.alice)
    assert serving(crew, NOON) == [crew.alice]
    with crew.store.reading() as session:
        [day] = holidays.coming(session, crew.clock.now, timedelta(days=30), "fr")
    assert (day.day, day.name, day.serves) == (ARMISTICE, "Armistice", True)
    with crew.store.unit_of_work() as work:
        holidays.serve(work, crew.alice, ARMISTICE, crew.alice, on=False)
    assert serving(crew, NOON) != [crew.alice]


def test_a_member_speaks_for_nobody_else_and_a_founder_for_everybody(crew: Crew) -> None:
    with pytest.raises(RefusedError, match="they themselves or a founder"):
        keep(crew, crew.alice, "FR", by=crew.bob)
    keep(crew, crew.bob, "FR", by=crew.alice)
    with crew.store.unit_of_work() as work, pytest.raises(RefusedError, match="they themselves or a founder"):
        holidays.serve(work, crew.bob, ARMISTICE, crew.carol)
    with crew.store.unit_of_work() as work:
        holidays.serve(work, crew.bob, ARMISTICE, crew.alice)


@pytest.mark.parametrize(
    ("country", "region", "said"),
    [("XX", "", "XX are not known"), ("FR", "ZZ", "no region ZZ"), ("", "BY", "country of this region")],
)
def test_a_country_that_nobody_knows_is_refused(crew: Crew, country: str, region: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        keep(crew, crew.alice, country, region)


def test_a_region_is_known_by_its_name_in_capitals_or_not(crew: Crew) -> None:
    keep(crew, crew.bob, "DE", " augsburg ")
    with crew.store.unit_of_work() as work:
        rota.set_up(work, rota.Frame("Europe/London", "FR", "6ae"), crew.alice)
    with crew.store.reading() as session:
        place, frame = rota_away.place(session, crew.bob), rows.first(session)
    assert (place and place.region, frame and frame.region) == ("Augsburg", "6AE")


def test_a_click_that_comes_twice_at_once_is_one(anywhere: Crew) -> None:
    crew = anywhere

    def twice(act: Callable[[Work], object]) -> None:
        together = Barrier(2)

        def click(_: int) -> None:
            together.wait()
            with crew.store.unit_of_work() as work:
                act(work)

        with ThreadPoolExecutor(2) as clicks:
            list(clicks.map(click, range(2)))

    twice(lambda work: holidays.keep(work, crew.alice, "FR", "", crew.alice))
    twice(lambda work: holidays.serve(work, crew.alice, ARMISTICE, crew.alice))
    assert serving(crew, NOON) == [crew.alice]
    twice(lambda work: holidays.serve(work, crew.alice, ARMISTICE, crew.alice, on=False))
    assert serving(crew, NOON) != [crew.alice]


@pytest.mark.parametrize("day", [date(2026, 11, 12), date(2026, 7, 14), date(2031, 11, 11), date.max, date.min])
def test_one_serves_only_on_a_holiday_to_come(crew: Crew, day: date) -> None:
    keep(crew, crew.alice, "FR")
    with crew.store.unit_of_work() as work, pytest.raises(RefusedError, match="no public holiday"):
        holidays.serve(work, crew.alice, day, crew.alice)


def test_nobody_swaps_a_shift_onto_a_colleagues_holiday(crew: Crew) -> None:
    keep(crew, crew.carol, "FR")
    swap = crew.ask(crew.alice, 9, 10)
    with pytest.raises(RefusedError, match="You are away then"):
        crew.take(swap, crew.carol)
    crew.take(swap, crew.bob)
    assert serving(crew, NOON) == [crew.bob]


def test_when_all_keep_the_day_nobody_serves(crew: Crew) -> None:
    for who in (crew.alice, crew.bob, crew.carol):
        keep(crew, who, "FR")
    assert serving(crew, NOON) == []
    with crew.store.unit_of_work() as work:
        rota.take_over(work, crew.bob)


def test_a_team_of_many_countries_costs_no_more_questions(crew: Crew) -> None:
    def asked() -> int:
        statements: list[str] = []

        def count(*given: object) -> None:
            statements.append(str(given[2]))

        sa.event.listen(crew.store.reader, "before_cursor_execute", count)
        with crew.store.reading() as session:
            shifts.rules_of(session, crew.rota, crew.at(0), crew.at(200))
        sa.event.remove(crew.store.reader, "before_cursor_execute", count)
        return len([one for one in statements if one.startswith("SELECT")])

    before = asked()
    for who, country in ((crew.alice, "FR"), (crew.bob, "DE"), (crew.carol, "JP")):
        keep(crew, who, country)
    assert asked() == before
