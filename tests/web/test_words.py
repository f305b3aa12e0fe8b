"""Times, spans and sizes in words, and the same words where scripts write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime

import inbox.web
from inbox.web import marks, words
from inbox.web.language import speak

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HERE = Path(inbox.web.__file__).parent


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "under 1 min"),
        (59, "under 1 min"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (7860, "2 h 11"),
        (7260, "2 h 01"),
        (24 * 3600, "24 h"),
        (26 * 3600 + 600, "26 h"),
        (47 * 3600, "47 h"),
        (48 * 3600, "2 d"),
        (30 * 86400, "30 d"),
    ],
)
def test_spans(seconds: int, said: str) -> None:
    assert words.span(seconds) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (NOW - timedelta(hours=1), "09:00"),
        (NOW - timedelta(days=2), "Sat 10:00"),
        (NOW - timedelta(days=30), "3 Oct"),
        (NOW - timedelta(days=400), "28 Sep 2025"),
        (NOW + timedelta(days=2), "4 Nov"),
    ],
)
def test_clocks_of_the_reader(at: datetime, said: str) -> None:
    assert words.clock(at, NOW, ZoneInfo("Europe/Paris")) == said


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "pattern",
    ["EEEE d MMMM y, HH:mm:ss", "EEE d MMM HH:mm", "EEE HH:mm", "HH:mm", "d MMM", "EEEE", "d/M h:mm a", "EEE d MMM y"],
)
def test_a_day_that_is_remembered_is_written_as_babel_writes_it(language: str, pattern: str) -> None:
    paris = ZoneInfo("Europe/Paris")
    speak(language)
    try:
        for hours in range(0, 24 * 400, 37):  # through both changes of the clock, and a turn of the year
            here = (NOW + timedelta(hours=hours, seconds=hours)).astimezone(paris)
            assert words.said(here, pattern) == format_datetime(here, pattern, locale=language)
    finally:
        speak("en")


@pytest.mark.parametrize(
    ("name", "letters"), [("Carol Diaz", "CD"), ("carol@x.example", "CX"), ("", "?"), ("  ", "?"), ("é", "É")]
)
def test_initials(name: str, letters: str) -> None:
    assert words.initials(name) == letters


@pytest.mark.parametrize(("number", "said"), [(0, "0"), (999, "999"), (1000, "1,000"), (1001, "1,000+")])
def test_counts_with_a_ceiling(number: int, said: str) -> None:
    assert words.bounded(number) == said


@pytest.mark.parametrize(
    ("hours", "state"), [(0, "ok"), (17.9, "ok"), (18, "soon"), (23.9, "soon"), (24, "late"), (90, "late")]
)
def test_a_ring_turns_amber_in_its_last_quarter(hours: float, state: str) -> None:
    since = NOW - timedelta(hours=hours)
    drawn = marks.ring(since, since + timedelta(hours=24), NOW)
    assert f'data-state="{state}"' in drawn
    assert 'role="img"' in drawn


def test_scripts_write_no_words_of_their_own() -> None:
    known = words.for_scripts()
    asked: set[str] = set()
    for script in (HERE / "static/js").glob("*.js"):
        code = script.read_text(encoding="utf-8")
        asked |= set(re.findall(r'word\([^"()]*"(\w+)"', code)) | set(re.findall(r'\? "(\w+)" : "(?:\w+)"[,)]', code))
        asked |= set(re.findall(r'word\([^()]*\? "\w+" : "(\w+)"', code))
    assert asked - {"true", "false"} <= set(known)
    assert {"moment", "left", "fresh", "one_held", "as_text", "broken"} <= asked


def test_the_composer_brings_the_words_its_scripts_write() -> None:
    beside = (HERE / "templates/inbox/composer.html").read_text(encoding="utf-8")
    known = set(re.findall(r'"(\w+)": _\(', beside))
    scripts = [script.read_text(encoding="utf-8") for script in (HERE / "static/js").glob("*.js")]
    asked = {name for code in scripts for name in re.findall(r'\btold\("(\w+)"', code)}
    assert asked == known


def test_templates_have_no_inline_code() -> None:
    for template in (HERE / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?! src)|hx-on|javascript:", text), template.name
