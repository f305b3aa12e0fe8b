"""A query asked about some conversations finds what the search for it finds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_desk import NOW, Desk, person

from inbox.store.db import Store
from inbox.store.search_among import among, problems

TEXTS = [
    "The invoice 2024-11 is overdue, please pay",
    "Invoice paid. Thank you!",
    "naïve café über straße",
    "a b c a b",
]
PIECES = [
    *("invoice", "-invoice", '"a b"', '"b a"', "inv*", "pai*", "cafe", "from:carol", "to:us", "subject:inv", "is:open"),
    *("-is:open", "tag:vip", "-tag:vip", "has:attachment", "in:support", "after:7d", "before:2026-03-01", "is:waiting"),
]


@pytest.fixture
def desk(store: Store) -> Desk:
    made = Desk(store)
    for number, text in enumerate(TEXTS * 2):
        talk = made.talk(tags=["vip"] * (number % 2), waiting=number % 3 == 0, account_id=1 + number % 2)
        names = ("Carol", "carol@example.com") if number % 4 else ("Dave", "d@example.org")
        people = {"from": person(*names), "to": [person("", "us@example.com")]}
        facts = {"subject": text[:9], "people": people, "files": ["pay.pdf"] * (number % 2)}
        made.say(talk, text, at=NOW - timedelta(days=number), account_id=1 + number % 2, **facts)
        made.say(talk, TEXTS[number - 1 if number < len(TEXTS) else 0])
    return made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(query=st.lists(st.sampled_from(PIECES), min_size=1, max_size=3).map(" ".join))
def test_it_finds_what_the_search_finds(desk: Desk, query: str) -> None:
    found = desk.search(query, limit=200)
    assert found.complete
    with desk.store.reading() as session:
        assert among(session, query, range(1, 9), NOW) == {hit.conversation_id for hit in found.hits}


def test_only_the_conversations_asked_about_are_found(desk: Desk) -> None:
    with desk.store.reading() as session:
        everywhere = among(session, "invoice", range(1, 9), NOW)
        assert among(session, "invoice", [1, 3], NOW) == everywhere & {1, 3}
        assert among(session, "", [1, 3], NOW) == {1, 3}


def test_a_word_long_ago_in_a_long_conversation_is_found(desk: Desk) -> None:
    talk = desk.talk("zanzibar")
    for _ in range(250):
        desk.say(talk, "more")
    with desk.store.reading() as session:
        assert among(session, "zanzibar", [talk], NOW) == {talk}
        assert among(session, "zanzibar -more", [talk], NOW) == {talk}
        assert among(session, "zanzibars", [talk], NOW) == set()


def test_what_is_not_understood_is_said(desk: Desk) -> None:
    with desk.store.reading() as session:
        assert problems(session, "", NOW) == []
        assert problems(session, "invoice tag:vip", NOW) == []
        assert problems(session, "before:nonsense", NOW)
        assert problems(session, "in:nowhere", NOW)
        assert problems(session, "is:mine", NOW)
