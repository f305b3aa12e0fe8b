"""Which language is spoken, and sentences told anew in it: made by say(), literal, or known only as stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.web import language, words

THIN = "\u202f"


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    language.speak("en")


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en;q=0.5, FR;q=0.6", "fr"),
        ("de, en-GB;q=0.7, fr;q=0.3", "en"),
        ("de", "en"),
        ("", "en"),
        ("fr;q=x", "en"),
        ("*" * 5000, "en"),
        ("fr;q=0", "en"),
    ],
)
def test_a_browsers_favourite_of_our_languages_is_spoken(asked: str, spoken: str) -> None:
    assert language.wanted(asked) == spoken


def test_a_sentence_made_of_values_is_told_anew() -> None:
    language.speak("fr")
    error = RefusedError(say("“{label}” is missing.", label=say("Address")))
    assert str(error) == "“Address” is missing."
    assert language.tell(error) == f"«{THIN}Adresse{THIN}» manque."


def test_a_sentence_that_was_stored_is_told_anew() -> None:
    stored = "support@x.example: the mail server imap.x.example port 993 cannot be reached: timed out."
    assert language.tell(stored) == stored
    language.speak("fr")
    assert language.tell(stored) == (
        f"support@x.example{THIN}: le serveur de courrier imap.x.example port 993 est injoignable{THIN}: timed out."
    )
    assert language.tell("What nobody of us has written.") == "What nobody of us has written."
    assert language.tell("") == ""


def test_braces_of_strangers_are_only_braces() -> None:
    language.speak("fr")
    hostile = "{0.__class__} {x!r} {"
    told = language.tell(f"{hostile}: the password is missing.")
    assert told == f"{hostile}{THIN}: il manque le mot de passe."
    assert hostile in language.tell(say("Discarded by {name}: {reason}", name="Bob", reason=hostile))


def test_a_letter_to_somebody_else_does_not_change_what_the_reader_hears() -> None:
    language.speak("fr")
    assert language.tell_in("en", say("Sign in first.")) == "Sign in first."
    assert language.tell_in("", say("Sign in first.")) == "Sign in first."
    assert language.language() == "fr"


def test_times_and_numbers_are_written_as_in_french() -> None:
    now = datetime(2026, 11, 2, 14, 5, tzinfo=UTC)
    language.speak("fr")
    assert words.clock(now - timedelta(minutes=5), now, UTC) == "14:00"
    assert words.clock(now - timedelta(days=1), now, UTC) == "dim. 14:05"
    assert words.clock(now - timedelta(days=60), now, UTC) == "3 sept."
    assert words.full(now, UTC) == "lundi 2 novembre 2026, 14:05:00 UTC"
    assert words.span(7860) == f"2{THIN}h{THIN}11".replace(f"h{THIN}11", "h 11")
    assert words.bounded(1234, 5000) == f"1{THIN}234"
    assert words.size(1_600_000) == f"1,5{THIN}Mo"
    assert (words._n("{n} byte", "{n} bytes", 0), words._n("{n} byte", "{n} bytes", 2)) == ("0 octet", "2 octets")
