"""Absences from somebody's own calendar follow it: what it says no more is no absence any more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta

import pytest
from hook_server import HookServer
from house import House

from inbox.flow import absences, calendar_source
from inbox.flow.errors import RefusedError
from inbox.store import absences as absence_rows
from inbox.store import calendars
from inbox.store import rota_away as rows
from inbox.store.tables import Absence, CalendarSource, Teammate

HOLIDAY = "BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:Rome\r\nDTSTART;VALUE=DATE:{day}\r\nEND:VEVENT\r\n"


def calendar(*days: str) -> bytes:
    events = "".join(HOLIDAY.format(uid=f"{day}@x", day=day) for day in days)
    return f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n".encode()


@pytest.fixture
def receiver() -> Iterator[HookServer]:
    with HookServer() as made:
        yield made


@pytest.fixture
def bob(house: House) -> int:
    object.__setattr__(house.context, "settings", house.context.settings.model_copy(update={"webhooks_loopback": True}))
    return house.add_teammate("Bob")


def away(house: House) -> list[Absence]:
    with house.store.reading() as session:
        return rows.absences(session, house.clock.now, house.clock.now + timedelta(days=365))


def days(house: House) -> list[int]:
    return [one.starts_at.day for one in away(house)]


def source(house: House, who: int) -> CalendarSource | None:
    with house.store.reading() as session:
        return calendars.source_of(session, who)


def follow(house: House, receiver: HookServer, who: int, *dates: str) -> None:
    receiver.answers.append((200, {}, calendar(*dates)))
    body = calendar_source.fetch(house.context, receiver.url)
    found = calendar_source.look(body, house.clock.now, UTC, "")
    with house.store.unit_of_work() as work:
        calendar_source.follow(work, house.context, receiver.url, found.away, "", who)


def test_a_calendar_is_read_again_each_hour_and_deletions_are_followed(
    house: House, receiver: HookServer, bob: int
) -> None:
    follow(house, receiver, bob, "20261110", "20261120")
    with house.store.unit_of_work() as work:
        start = work.now + timedelta(days=1)
        absences.add(work, bob, start, start + timedelta(hours=3), bob)
    kept = away(house)
    assert not calendar_source.sync(house.context)  # the hour is not over
    house.clock.move(hours=1)
    receiver.answers.append((200, {}, calendar("20261120", "20261125")))
    assert calendar_source.sync(house.context)
    assert not calendar_source.sync(house.context)
    assert days(house) == [3, 20, 25]
    assert {one.id for one in away(house)} & {one.id for one in kept} == {kept[0].id, kept[2].id}


def test_what_cannot_be_read_takes_nothing_away_and_is_said(house: House, receiver: HookServer, bob: int) -> None:
    follow(house, receiver, bob, "20261110")
    for answer in ((500, {}, b""), (302, {"location": "http://127.0.0.1/"}, b""), (200, {}, b"<html>Sign in</html>")):
        house.clock.move(hours=1)
        receiver.answers.append(answer)
        assert calendar_source.sync(house.context)
        assert days(house) == [10]
        kept = source(house, bob)
        assert kept
        assert kept.error
    house.clock.move(hours=1)
    receiver.answers.append((200, {}, calendar("20261110")))
    calendar_source.sync(house.context)
    kept = source(house, bob)
    assert kept
    assert kept.error == ""


def test_the_address_is_kept_locked_and_a_calendar_is_dropped_with_what_it_said(
    house: House, receiver: HookServer, bob: int
) -> None:
    follow(house, receiver, bob, "20261110")
    kept = source(house, bob)
    assert kept
    assert kept.url
    assert receiver.url.encode() not in kept.url
    assert "hook" not in kept.host
    with house.store.unit_of_work() as work:
        calendar_source.drop(work, bob)
    assert days(house) == []
    house.clock.move(hours=2)
    assert not calendar_source.sync(house.context)


def test_the_calendar_of_who_left_is_read_no_more(house: House, receiver: HookServer, bob: int) -> None:
    follow(house, receiver, bob, "20261110")
    with house.store.unit_of_work() as work:
        work.session.get_one(Teammate, bob).disabled_at = work.now
    house.clock.move(hours=2)
    assert not calendar_source.sync(house.context)


def test_an_address_inside_our_own_network_is_refused(house: House) -> None:
    for url in ("http://127.0.0.1/c.ics", "https://127.0.0.1/c.ics", "webcal://10.0.0.1/c.ics", "file:///etc/passwd"):
        with pytest.raises(RefusedError):
            calendar_source.fetch(house.context, url)


def test_an_absence_that_was_over_and_is_longer_now_goes_on(house: House, bob: int) -> None:
    begin = house.clock.now
    for hours, changed in ((2, 1), (9, 1), (9, 0)):
        with house.store.unit_of_work() as work:
            told = [absences.Away("ill@x", begin, begin + timedelta(hours=hours))]
            assert absences.replace_calendar(work, bob, told) == changed
        house.clock.move(hours=3)
    with house.store.reading() as session:
        [kept] = absence_rows.of_events(session, bob, {"ill@x"})
    assert kept.ends_at - begin == timedelta(hours=9)
