"""Who is told by itself that their message arrived: people, once in a while, and never a machine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rules.acknowledging import Facts, Limits, why_not

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
CAROL = Facts(
    channel="mail",
    kind="first",
    opened=True,
    due_at=NOW + timedelta(hours=24),
    address="carol@customer.example",
    own={"support@example.com"},
    named={"support@example.com"},
)


def test_a_person_who_wrote_to_us_first_is_told() -> None:
    assert why_not(CAROL, NOW) == ""


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"channel": "sms"}, "not_mail"),
        ({"kind": "next"}, "not_first"),
        ({"opened": False}, "not_first"),
        ({"spam": True}, "spam"),
        ({"due_at": NOW}, "too_late"),
        ({"flags": ["no_auto_reply"]}, "asked_not_to"),
        ({"flags": ["late", "no_reply_sender"]}, "machine"),
        ({"flags": ["from_own_address"]}, "ourselves"),
        ({"flags": ["unreadable"]}, "not_read"),
        ({"address": "support@example.com"}, "ourselves"),
        ({"address": ""}, "nobody"),
        ({"proof": "fail"}, "not_theirs"),
        ({"named": {"everybody@customer.example"}}, "not_to_us"),
        ({"named": set()}, "not_to_us"),
        ({"lately": 2}, "enough"),
        ({"hourly": 120}, "storm"),
    ],
)
def test_whoever_is_not_to_be_told_is_not_and_the_reason_is_known(changed: dict[str, Any], reason: str) -> None:
    assert why_not(replace(CAROL, **changed), NOW) == reason


@pytest.mark.parametrize(
    "address",
    [
        "mailer-daemon@mx.example",
        "MAILER-DAEMON@mx.example",
        "postmaster@mx.example",
        "bounces+123@list.example",
        "owner-teachers@list.example",
        "teachers-request@list.example",
        "notifications@forge.example",
        "prvs=abc=carol@customer.example",
    ],
)
def test_an_address_that_is_a_programs_gets_nothing(address: str) -> None:
    assert why_not(replace(CAROL, address=address), NOW) == "machine"


@pytest.mark.parametrize("address", ["newsome@customer.example", "rooter@customer.example", "bo.owner@b.example"])
def test_a_person_whose_name_resembles_a_programs_is_a_person(address: str) -> None:
    assert why_not(replace(CAROL, address=address), NOW) == ""


def test_limits_are_those_that_were_set() -> None:
    assert why_not(replace(CAROL, lately=2), NOW, Limits(a_day=3)) == ""
    assert why_not(replace(CAROL, lately=3), NOW, Limits(a_day=3)) == "enough"
