"""One's shifts behind a secret link, as RFC 5545 wants them; and one's absences from one's own calendar."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from team import Team, Visitor

from inbox.flow import rota
from inbox.flow import team as people
from inbox.flow.rota import Frame, Given, Place
from inbox.store.tables import CalendarLink

MONDAY = date(2026, 11, 2)


@pytest.fixture
def turning(team: Team) -> Team:
    """Alice and Bob take turns, a week each, in Paris from Monday at 9 on."""
    with team.house.store.unit_of_work() as work:
        number = rota.set_up(work, Frame("Europe/Paris"), team.alice.id)
        places = (Place(team.alice.id), Place(team.bob.id))
        rota.save_layer(work, number, Given("Weeks", places, MONDAY), team.alice.id)
    return team


def link(visitor: Visitor) -> str:
    shown = visitor.post("/rota/calendars/link").text
    [found] = re.findall(r"(/rota/calendar/[\w-]+\.ics)", shown)
    return str(found)


def events(body: bytes) -> list[Any]:
    return Calendar.from_ical(body).walk("VEVENT")


def test_a_calendar_program_reads_ones_shifts_behind_the_link(turning: Team) -> None:
    address = link(turning.bob)
    answer = turning.mallory.get(address)  # whoever has the link; a calendar program is signed in nowhere
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    found = events(answer.content)
    assert found[0].start == datetime(2026, 11, 9, 8, tzinfo=UTC)
    assert found[0].end == datetime(2026, 11, 16, 8, tzinfo=UTC)
    assert re.match(r"turn-1-1-2@", str(found[0]["UID"]))
    assert {str(one["TRANSP"]) for one in found} == {"TRANSPARENT"}
    assert b"DTSTART:20261109T080000Z" in answer.content
    assert len({str(one["UID"]) for one in found}) == len(found) > 10
    assert {str(one["SUMMARY"]) for one in found} == {"On duty"}
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))
    assert turning.mallory.client.head(address).status_code == 200


def test_what_has_not_changed_is_not_sent_again_and_a_change_raises_the_sequence(turning: Team) -> None:
    address = link(turning.bob)
    first = turning.mallory.get(address)
    again = turning.mallory.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    turning.clock.move(minutes=5)
    turning.bob.post("/rota/absences", first="2026-11-10", last="2026-11-10")
    after = turning.mallory.get(address, headers={"If-None-Match": first.headers["etag"]})
    assert after.status_code == 200
    before_it, now_it = (events(one.content)[0] for one in (first, after))
    assert now_it["UID"] == before_it["UID"]
    assert now_it.end < before_it.end
    assert int(now_it["SEQUENCE"]) > int(before_it["SEQUENCE"])
    assert now_it.last_modified - before_it.last_modified == timedelta(minutes=5)


def test_a_link_is_shown_once_renewed_and_taken_back(turning: Team) -> None:
    first = link(turning.bob)
    assert first not in turning.bob.get("/rota/calendars").text
    with turning.house.store.reading() as session:
        kept = session.get_one(CalendarLink, turning.bob.id)
        assert first.removesuffix(".ics").rpartition("/")[2] not in str(kept.model_dump())
    second = link(turning.bob)
    assert turning.mallory.get(first).status_code == 404
    assert turning.mallory.get(second).status_code == 200
    turning.bob.post("/rota/calendars/link/revoke")
    assert turning.mallory.get(second).status_code == 404
    assert turning.bob.post("/rota/calendars/link/revoke").status_code == 404


def test_the_link_of_who_left_leads_nowhere(turning: Team) -> None:
    address = link(turning.bob)
    with turning.house.store.unit_of_work() as work:
        people.disable(work, turning.bob.id, turning.alice.id)
    assert turning.mallory.get(address).status_code == 404
    for odd in ("/rota/calendar/.ics", "/rota/calendar/x.ics", "/rota/calendar/" + "x" * 3000 + ".ics"):
        assert turning.mallory.get(odd).status_code == 404


# Absences from one's own calendar -------------------------------------------------------------------------------------

EVENT = b"BEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY:%s\r\nDTSTART;VALUE=DATE:20261110\r\nEND:VEVENT\r\n"
FILE = b"BEGIN:VCALENDAR\r\n" + EVENT + b"END:VCALENDAR\r\n"


def upload(visitor: Visitor, body: bytes, **form: str) -> str:
    file = {"file": ("mine.ics", body, "text/calendar")}
    return visitor.post("/rota/calendars/look", files=file, **form).text


def hidden(shown: str) -> dict[str, str]:
    inside = shown.split('action="/rota/calendars/import"')[1].split("</form>", maxsplit=1)[0]
    return {
        name: html.unescape(value)
        for name, value in re.findall(r'name="(found|url|containing)" value="([^"]*)"', inside)
    }


def test_a_file_is_looked_at_first_and_then_taken_over_twice_with_one_effect(turning: Team) -> None:
    shown = upload(turning.bob, FILE % b"<b>Rome</b>")
    assert "This calendar says that you are away 1 time" in shown
    assert "Rome" not in shown
    assert "Nobody is away" in turning.bob.get("/rota").text
    for _ in range(2):
        assert turning.bob.post("/rota/calendars/import", **hidden(shown)).status_code == 303
    assert turning.bob.get("/rota").text.count("<strong>Bob</strong>: Tue 10 Nov") == 1
    assert "from a calendar" in turning.bob.get("/rota").text
    turning.bob.post("/rota/calendars/drop")
    assert "Nobody is away" in turning.bob.get("/rota").text


def test_what_is_no_calendar_is_refused_and_the_words_stay(turning: Team) -> None:
    shown = upload(turning.bob, b"<html>", containing="hol<iday")
    assert "This is no calendar file." in shown
    assert "hol&lt;iday" in shown
    answer = turning.bob.post("/rota/calendars/look", url="http://127.0.0.1:1/")
    assert answer.status_code == 422
    for odd in ("", "{}", "[1]", '[["a"]]', '[["a","b","c"]]', "[" * 90_000):
        assert turning.bob.post("/rota/calendars/import", found=odd).status_code in {303, 422}
    assert "Nobody is away" in turning.bob.get("/rota").text
