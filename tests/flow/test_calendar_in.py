"""When somebody is away by their own calendar; whatever the file says, it is read within bounds."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.flow.calendar_in import LARGEST, Wanted, read
from inbox.flow.errors import RefusedError

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
SATURDAYS = "DTSTART;TZID=Europe/Paris:20270320T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=3"
WANTED = Wanted(NOW, NOW + timedelta(days=366), PARIS)


def calendar(*events: str, before: str = "") -> bytes:
    told = "".join(f"BEGIN:VEVENT\nUID:{number}@x\n{one}\nEND:VEVENT\n" for number, one in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{before}{told}END:VCALENDAR\n".replace("\n", "\r\n").encode()


def times(*events: str, wanted: Wanted = WANTED) -> list[tuple[str, str]]:
    return [(f"{one.start:%m-%d %H:%M}", f"{one.end:%m-%d %H:%M}") for one in read(calendar(*events), wanted).away]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        # Whole days are days of the person's own zone, the last one not counted; free or busy does not matter.
        ("DTSTART;VALUE=DATE:20261110\nDTEND;VALUE=DATE:20261112", [("11-09 23:00", "11-11 23:00")]),
        ("DTSTART;VALUE=DATE:20261110\nTRANSP:TRANSPARENT", [("11-09 23:00", "11-10 23:00")]),
        ("DTSTART;VALUE=DATE:20261110\nDURATION:P3D", [("11-09 23:00", "11-12 23:00")]),
        # Hours by UTC, by a zone's name, by a name of Windows, by no zone at all.
        ("DTSTART:20261110T090000Z\nDTEND:20261110T100000Z", [("11-10 09:00", "11-10 10:00")]),
        ("DTSTART;TZID=Asia/Tokyo:20261110T090000\nDURATION:PT2H", [("11-10 00:00", "11-10 02:00")]),
        ("DTSTART;TZID=Romance Standard Time:20261110T090000\nDURATION:PT2H", [("11-10 08:00", "11-10 10:00")]),
        ("DTSTART:20261110T090000\nDURATION:PT2H", [("11-10 08:00", "11-10 10:00")]),
        ("DTSTART;TZID=Nowhere/Odd:20261110T090000\nDURATION:PT2H", [("11-10 08:00", "11-10 10:00")]),
        # What is cancelled, free, over, too far or without an end is no absence.
        ("DTSTART:20261110T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED", []),
        ("DTSTART:20261110T090000Z\nDURATION:PT1H\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20261010T090000Z\nDURATION:PT1H", []),
        ("DTSTART:20281110T090000Z\nDURATION:PT1H", []),
        ("DTSTART:20261110T090000Z", []),
        # What recurs keeps its time on the wall when the clocks change, and has its exceptions.
        (
            f"{SATURDAYS}\nEXDATE;TZID=Europe/Paris:20270327T090000",
            [("03-20 08:00", "03-20 09:00"), ("04-03 07:00", "04-03 08:00")],
        ),
        (
            "DTSTART;VALUE=DATE:20251225\nRRULE:FREQ=YEARLY\nSUMMARY:Christmas",
            [("12-24 23:00", "12-25 23:00")],
        ),
        (
            "DTSTART;VALUE=DATE:20261110\nRDATE;VALUE=DATE:20261112,20261114",
            [("11-09 23:00", "11-10 23:00"), ("11-11 23:00", "11-12 23:00"), ("11-13 23:00", "11-14 23:00")],
        ),
    ],
)
def test_what_a_calendar_says_is_understood(event: str, expected: list[tuple[str, str]]) -> None:
    assert times(event) == expected


def test_one_meeting_of_many_that_moved_is_where_it_moved_to() -> None:
    weekly = "DTSTART:20261109T090000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2"
    moved = "UID:0@x\nRECURRENCE-ID:20261116T090000Z\nDTSTART:20261117T150000Z\nDURATION:PT1H"
    body = calendar(weekly) + calendar(moved).replace(b"UID:0@x\r\nUID", b"UID")
    assert [f"{one.start:%d %H}" for one in read(body, WANTED).away] == ["09 09", "17 15"]


def test_only_titles_with_the_words_count_and_no_title_is_kept() -> None:
    day = "DTSTART;VALUE=DATE:202611{}\nSUMMARY:{}"
    body = calendar(day.format(10, "Holiday in Rome"), day.format(11, "Dentist"), day.format(12, "HOLIDAY, again"))
    found = read(body, Wanted(NOW, NOW + timedelta(days=30), PARIS, "holiday"))
    assert ([one.start.day for one in found.away], found.passed) == ([9, 11], 1)
    assert "Rome" not in str(found)
    assert "@x" not in str(found)


def test_the_same_file_read_again_names_the_same_events() -> None:
    body = calendar("DTSTART;VALUE=DATE:20261110\nRRULE:FREQ=DAILY;COUNT=40")
    first, again = read(body, WANTED), read(body, WANTED)
    assert first == again
    assert len({(one.uid, one.start) for one in first.away}) == 40


@pytest.mark.parametrize(
    "odd",
    [
        "DTSTART:soon",
        "DTSTART;VALUE=DATE:00010101",
        "DTSTART:99991231T235959Z\nDURATION:P1D",
        "DTSTART;VALUE=DATE:20261310",
        "SUMMARY:no time",
        "DTSTART:20261110T090000Z\nDTEND;VALUE=DATE:20261111",
        "DTSTART:20261110T090000Z\nDTEND:20261110T080000Z",
        "DTSTART:20261110T090000Z\nDURATION:P9999999999D",
        "DTSTART:20261110T090000Z\nDURATION:PT1H\nRRULE:FREQ=SECONDLY",
        "DTSTART:20261110T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYSETPOS=1",
        "DTSTART:20261110T090000Z\nDURATION:PT1H\nEXDATE:never",
        "DTSTART;TZID=Europe:20261110T090000\nDURATION:PT1H",
        f"DTSTART;TZID={'x' * 300}:20261110T090000\nDURATION:PT1H",
    ],
)
def test_what_cannot_be_understood_is_counted_and_harms_nothing_else(odd: str) -> None:
    found = read(calendar(odd, "DTSTART;VALUE=DATE:20261110"), WANTED)
    assert (len(found.away), found.odd) == (1, 1)


@pytest.mark.parametrize("body", [b"", b"hello", b"<html>", b"\x00" * 100, b"BEGIN:VCARD\r\nEND:VCARD\r\n"])
def test_what_is_no_calendar_is_refused(body: bytes) -> None:
    with pytest.raises(RefusedError, match="no calendar"):
        read(body, WANTED)


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(RefusedError, match="too large"):
        read(calendar(before="X:" + "x" * LARGEST + "\n"), WANTED)


ZONE = """BEGIN:VTIMEZONE
TZID:Odd
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0000
TZOFFSETTO:+0100
RRULE:FREQ=SECONDLY
END:STANDARD
END:VTIMEZONE
"""


@pytest.mark.parametrize(
    "body",
    [
        calendar(before=ZONE),
        calendar(before=ZONE.replace("VTIMEZONE", "VTIME\n ZONE")),
        calendar(*["DTSTART;VALUE=DATE:19000101\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"] * 2500),
        calendar(*["DTSTART;VALUE=DATE:20261101\nRRULE:FREQ=DAILY"] * 2500),
        calendar("DTSTART;VALUE=DATE:20261101\n" + "EXDATE;VALUE=DATE:20261102\n" * 20_000 + "X:1"),
        b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 50_000,
        b"BEGIN:VCALENDAR\r\n" + b'DTSTART;X="' * 80_000,
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART" + b';a="b"' * 100_000 + b"\r\nEND:VEVENT\r\n",
    ],
    ids=["zone", "folded zone", "never", "always", "exceptions", "nested", "quotes", "parameters"],
)
def test_mallorys_calendar_keeps_nobody_busy(body: bytes) -> None:
    began = time.process_time()
    try:
        found = read(body, WANTED)
    except RefusedError:
        return
    finally:
        assert time.process_time() - began < 10
    assert len(found.away) <= 500


@given(st.binary(max_size=300), st.text(max_size=80))
def test_nonsense_breaks_nothing(noise: bytes, line: str) -> None:
    read(b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n" + noise + b"\r\nEND:VEVENT\r\n", WANTED)
    read(calendar(f"DTSTART:{line}"), WANTED)
    read(calendar(f"DTSTART;TZID={line}:20261110T090000\nDURATION:PT1H\nRRULE:{line}"), WANTED)
