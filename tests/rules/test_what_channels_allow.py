"""What a channel takes, and what saved replies leave open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules import limits, variables

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("channel", "text", "files", "copies", "heard", "broken"),
    [
        ("mail", "x" * 100_000, 25 * limits.MB, True, None, None),
        ("mail", "x", 25 * limits.MB + 1, False, None, "files_large"),
        ("sms", "x" * 1600, 0, False, None, None),
        ("sms", "x" * 1601, 0, False, None, "too_long"),
        ("sms", "x", 1, False, None, "files_none"),
        ("sms", "x", 0, True, None, "copies"),
        ("whatsapp", "x", 0, False, NOON - timedelta(hours=24), None),
        ("whatsapp", "x", 0, False, NOON - timedelta(hours=24, seconds=1), "window"),
        ("whatsapp", "x", 0, False, None, "window"),
        ("x", "x" * 280, 0, False, None, None),
        ("x", "x" * 281, 0, False, None, "too_long"),
        ("x", "日" * 140, 0, False, None, None),
        ("x", "日" * 141, 0, False, None, "too_long"),
        ("x", "x" * 256 + " https://example.com/" + "y" * 200, 0, False, None, None),
        ("pigeon", "x" * 100_000, 0, False, None, None),
    ],
)
def test_limits(channel: str, text: str, files: int, copies: bool, heard: datetime | None, broken: str | None) -> None:
    assert limits.broken(channel, text, files=files, copies=copies, heard_at=heard, at=NOON) == broken


@pytest.mark.parametrize(
    ("text", "parts"),
    [("x" * 160, 1), ("x" * 161, 2), ("x" * 306, 2), ("x" * 307, 3), ("ж" * 70, 1), ("ж" * 71, 2), ("", 1)],
)
def test_how_many_sms_a_text_is(text: str, parts: int) -> None:
    assert limits.segments(text) == parts


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello {{contact.first_name}}", "Hello Carol"),
        ("Hello {{ contact.first_name }}", "Hello Carol"),
        ("{{contact.name|you}} {{contact.mail|you}}", "you you"),
        ("{{contact.name}}", "{{contact.name}}"),
        (
            "{{contcat.first_name}} {% if %} {contact.first_name}",
            "{{contcat.first_name}} {% if %} {contact.first_name}",
        ),
        ("{{contact.first_name.__class__}}", "{{contact.first_name.__class__}}"),
    ],
)
def test_only_what_is_known_is_filled_in(text: str, filled: str) -> None:
    assert variables.fill(text, {"contact.first_name": "Carol", "contact.name": ""}) == filled


def test_what_is_filled_in_is_not_read_again() -> None:
    mallory = {"contact.first_name": "{{me.name}}", "me.name": "Alice"}
    assert variables.fill("Hi {{contact.first_name}}", mallory) == "Hi {{me.name}}"


def test_what_stands_in_code_is_meant_as_it_is() -> None:
    text = "Write `{{x}}` or\n```\n{{y}}\n```\nbut {{z}} and {{z}}"
    assert variables.unfilled(text) == ["{{z}}"]


@pytest.mark.parametrize(
    ("name", "first"), [("Carol Diaz", "Carol"), ("carol@x.example", ""), ("+34 600", ""), ("", ""), ("Diaz,", "Diaz")]
)
def test_first_names(name: str, first: str) -> None:
    assert variables.first_name(name) == first
