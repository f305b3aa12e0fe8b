"""Exchanges of shifts, public holidays and what is looked up, on the rota's page."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from icalendar import Calendar
from team import Team, Visitor

from inbox.flow import rota
from inbox.flow.rota import Frame, Given, Place
from inbox.web import rota_asked
from rules.rota import Slot

MONDAY = date(2026, 11, 2)


@pytest.fixture
def turning(team: Team) -> Team:
    """Alice (founder) and Bob take turns by the day from Monday at 9:00 UTC on, which it is; Alice begins."""
    with team.house.store.unit_of_work() as work:
        number = rota.set_up(work, Frame("UTC"), team.alice.id)
        places = (Place(team.alice.id), Place(team.bob.id))
        rota.save_layer(work, number, Given("Days", places, MONDAY, unit="day"), team.alice.id)
    return team


def day(first: int) -> dict[str, str]:
    return {"start": f"2026-11-{first:02}T09:00:00+00:00", "end": f"2026-11-{first + 1:02}T09:00:00+00:00"}


def shift(who: int, first: int) -> str:
    return " ".join([str(who), *day(first).values()])


def text(visitor: Visitor, path: str = "/rota") -> str:
    shown = re.sub(r"<(script|style).*?</\1>", " ", visitor.get(path).text, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def section(visitor: Visitor, name: str, path: str = "/rota") -> str:
    return visitor.get(path).text.partition(f'<section aria-labelledby="{name}"')[2].partition("</section>")[0]


def test_a_shift_is_given_in_return_by_whoever_accepts(turning: Team) -> None:
    assert turning.bob.post("/rota/swaps", **day(3), back="any").status_code == 303
    asked = section(turning.alice, "asked-of-me")
    assert "in return for a shift of their colleague" in html.unescape(asked)
    offered = re.findall(r'<option value="(\d+ [^"]+)">', asked)
    assert shift(turning.alice.id, 4) in offered
    assert all(one.startswith(f"{turning.alice.id} ") for one in offered)
    refused = turning.alice.post("/rota/swaps/1/accept")
    assert (refused.status_code, "Choose which shift" in refused.text) == (422, True)
    assert turning.alice.post("/rota/swaps/1/accept", back=shift(turning.alice.id, 6)).status_code == 303
    for one in (turning.alice, turning.bob):
        shown = text(one)
        assert "Bob : Tue 3 Nov 09:00 to Wed 4 Nov 09:00, in return for Fri 6 Nov 09:00 to Sat 7 Nov 09:00" in shown
        assert shown.count("by a swap") >= 2
    assert "Fri 6 Nov 09:00" in section(turning.bob, "mine")


def test_calendars_and_the_load_follow_an_exchange(turning: Team) -> None:
    made = turning.alice.post("/rota/calendars/link").text
    [address] = re.findall(r"(/rota/calendar/[\w-]+\.ics)", made)

    def shifts() -> dict[str, int]:
        events: list[Any] = Calendar.from_ical(turning.mallory.get(address).content).walk("VEVENT")
        return {f"{one.start:%m-%d}": int(one["SEQUENCE"]) for one in events}

    def carried() -> tuple[int, int]:
        """Bob's hours, and those at weekends."""
        [row] = re.findall(r">Bob</th>(.*?)</tr>", section(turning.bob, "load"), re.DOTALL)
        hours, _nights, weekends, *_rest = re.findall(r">([\d,]+)</td>", row)
        return int(hours), int(weekends)

    before, (hours, weekends) = shifts(), carried()
    assert ("11-03" in before, "11-06" in before) == (False, True)
    turning.bob.post("/rota/swaps", **day(3), whom=str(turning.alice.id), back=shift(turning.alice.id, 6))
    turning.alice.post("/rota/swaps/1/accept")
    after = shifts()
    assert ("11-03" in after, "11-06" in after, len(after)) == (True, False, len(before))
    assert after["11-03"] > before["11-06"]
    assert carried() == (hours, weekends + 3)  # a day for a day, but Saturday from six to nine is his now


def test_the_shift_in_return_is_named_and_whose_it_is_goes_without_saying(turning: Team) -> None:
    assert turning.bob.post("/rota/swaps", **day(3), back=shift(turning.alice.id, 4)).status_code == 303
    assert "asked: Alice" in text(turning.bob)
    assert turning.alice.post("/rota/swaps/1/accept").status_code == 303
    assert "Wed 4 Nov 09:00" in section(turning.bob, "mine")


def test_a_founder_asks_and_accepts_for_others_on_the_page(turning: Team) -> None:
    asked = turning.alice.post("/rota/swaps", shift=shift(turning.bob.id, 3), whom=str(turning.alice.id), back="any")
    assert asked.status_code == 303
    assert "Ask for a colleague" not in text(turning.bob)
    turning.alice.post("/rota/swaps/1/cancel")
    turning.alice.post("/rota/swaps", **day(4))
    form = section(turning.alice, "swaps")
    assert f'name="whom"><option value="{turning.bob.id}">Bob</option></select>' in form
    assert turning.bob.post("/rota/swaps/2/accept", whom=str(turning.alice.id)).status_code == 422
    assert turning.alice.post("/rota/swaps/2/accept", whom=str(turning.bob.id)).status_code == 303
    assert "taken by Bob" in text(turning.bob)
    turning.bob.post("/rota/swaps", **day(5), back="any")
    log = text(turning.alice, "/settings/audit")
    assert "asked for Bob to be relieved of a shift that begins" in log
    assert "gave Bob a shift of Alice" in log


def test_a_founder_accepts_for_a_colleague_what_anyone_is_asked(turning: Team) -> None:
    carol = turning.house.add_teammate("Carol")
    turning.bob.post("/rota/swaps", **day(3))
    assert f'name="whom"><option value="{carol}">Carol</option></select>' in section(turning.alice, "asked-of-me")
    assert turning.alice.post("/rota/swaps/1/accept", whom=str(carol)).status_code == 303
    assert "taken by Carol" in text(turning.bob)


def test_a_reader_may_give_each_of_their_own_shifts_however_many_others_have() -> None:
    begin = datetime(2026, 11, 2, 9, tzinfo=UTC)
    hours = [begin + timedelta(hours=number) for number in range(2 * rota_asked.OFFERED + 2)]
    ahead = [Slot(a, b, (1 + number % 2,), ()) for number, (a, b) in enumerate(pairwise(hours))]
    ahead.append(Slot(hours[-1], hours[-1] + timedelta(hours=1), (7,), ()))
    offered = rota_asked.choices(ahead, begin, UTC, 7)
    assert (len(offered), offered[-1].person) == (rota_asked.OFFERED + 1, 7)


@pytest.mark.parametrize("odd", ["x", "1", "1 2", "1 2 3", "9" * 30, "2 0001-01-01T00:00:00+14:00 x", "any any any"])
def test_an_odd_shift_is_refused_with_a_sentence(turning: Team, odd: str) -> None:
    assert turning.bob.post("/rota/swaps", **day(3), back=odd).status_code == 422
    assert turning.bob.post("/rota/swaps", shift=odd).status_code == 422
    turning.alice.post("/rota/swaps", **day(4), back="any")
    assert turning.bob.post("/rota/swaps/1/accept", back=odd).status_code == 422


def test_what_is_asked_twice_or_of_others_is_refused(turning: Team) -> None:
    other = turning.bob.post("/rota/swaps", **day(3), whom=str(turning.bob.id), back=shift(turning.alice.id, 4))
    assert (other.status_code, "another colleague" in html.unescape(other.text)) == (422, True)
    assert turning.bob.post("/rota/swaps", **day(3), whom="9" * 18).status_code == 422


# Public holidays ------------------------------------------------------------------------------------------------------


def test_ones_own_public_holidays_are_chosen_seen_and_served_on(turning: Team) -> None:
    assert turning.bob.post("/rota/holidays", country="fr").status_code == 303
    assert "Wed 11 Nov: Armistice" in text(turning.bob, "/rota/holidays")
    shown = text(turning.alice)
    assert "Public holiday: Bob" in shown
    assert "Wed 11 Nov : Bob" in shown or "Wed 11 Nov: Bob" in shown
    assert "on a colleague's public holiday" in shown
    assert turning.bob.post("/rota/holidays/serve", day="2026-11-11", serves="yes").status_code == 303
    assert "Public holiday: Bob" not in section(turning.alice, "weeks")
    assert "Bob: Wed 11 Nov" in text(turning.alice, "/rota/holidays")
    turning.alice.post("/rota/holidays/serve", day="2026-11-11", whom=str(turning.bob.id))
    assert "Public holiday: Bob" in section(turning.alice, "weeks")


def test_a_founder_sees_to_everybodys_holidays_and_a_member_to_their_own(turning: Team) -> None:
    assert turning.bob.post("/rota/holidays", country="FR", whom=str(turning.alice.id)).status_code == 422
    assert turning.alice.post("/rota/holidays", country="DE", region="BY", whom=str(turning.bob.id)).status_code == 303
    assert "Bob : Germany BY" in text(turning.alice, "/rota/holidays")
    assert "Say it for a colleague" not in text(turning.bob, "/rota/holidays")
    for given in ({"country": "XX"}, {"country": "FR", "region": "NOPE"}, {"region": "BY"}):
        assert turning.bob.post("/rota/holidays", **given).status_code == 422
    for odd in ("", "soon", "9999-12-31", "2026-11-12"):
        assert turning.bob.post("/rota/holidays/serve", day=odd, serves="yes").status_code == 422


def test_nobody_is_suggested_for_a_hole_on_their_holiday(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        number = rota.set_up(work, Frame("UTC"), team.alice.id)
        week = Given("Week", (Place(team.bob.id),), MONDAY, weekdays=frozenset({0, 1, 3, 4, 5, 6}))
        rota.save_layer(work, number, week, team.alice.id)
    assert "Bob (has the least)" in text(team.alice)  # for Wednesday the 11th, too
    team.bob.post("/rota/holidays", country="FR")
    holes = section(team.alice, "holes").split("</li>")
    [armistice] = [one for one in holes if "Wed 11 Nov 00:00" in one]
    assert "has the least" not in armistice


# Looking up -----------------------------------------------------------------------------------------------------------


def test_who_is_on_duty_on_a_day_is_looked_up(turning: Team) -> None:
    ahead = section(turning.bob, "look-up", "/rota?day=2026-12-24")
    assert "Thursday 24 December" in ahead
    assert re.findall(r"<span>(\w+)</span> <span class=\"rota-hours\">([^<]+)", ahead) == [
        ("Bob", "until 09:00"),
        ("Alice", "from 09:00"),
    ]
    turning.clock.move(days=3)
    turning.bob.sign_in("bob@example.com")
    assert "Bob" in section(turning.bob, "look-up", "/rota?day=2026-11-03")
    assert "Nobody was on duty" in html.unescape(section(turning.bob, "look-up", "/rota?day=2026-10-01"))
    assert "Only days within a year" in text(turning.bob, "/rota?day=9999-12-31")
    assert turning.bob.get("/rota?day=soon").status_code == 422


def test_the_weeks_of_one_person_are_looked_up(turning: Team) -> None:
    weeks = section(turning.alice, "look-up", f"/rota?who={turning.bob.id}")
    assert "The next four weeks of Bob" in weeks
    assert "Tue 3 Nov 09:00 to Wed 4 Nov 09:00" in weeks
    assert weeks.count("rota-line") == 14
    turning.alice.post("/rota/edit/layers/1/remove")
    for odd in ("x", "9" * 19, "9" * 18, "-1"):
        assert turning.alice.get(f"/rota?who={odd}").status_code == 200
