from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_desk import NOW, Desk, person

from inbox.store.db import Store

# The same on both -----------------------------------------------------------------------------------------------------

TEXTS = [
    "The invoice 2024-11 is overdue, please pay", "Invoice paid. Thank you!", "naïve café über straße",
    "請寄發票給我 invoice", "a b c d e f a b", 'pay* "quoted" -minus from:carol', "Ω ﬁn ½ ² Ⅳ İstanbul \u0131I",
    "नमस्ते दुनिया", "สวัสดีครับ", "e\u0301te\u0301 cafe\u0301", "tag:vip is:open", "x_y_z 1_000 v1.2.3 a-b",
]  # fmt: skip
PIECES = st.sampled_from(
    [piece for text in TEXTS for piece in text.split()]
    + ["-invoice", '"a b"', '"b a"', "inv*", "from:carol", "to:@example.com", "subject:pay", "is:open", "-is:open"]
    + ["tag:vip", "has:attachment", "in:support", "after:7d", "before:2026-03-01", "is:waiting", "NEAR", "OR", '"']
)
QUERIES = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=4).map(" ".join))


@pytest.fixture
def pair(sqlite_store: Store, postgres_store: Store) -> list[Desk]:
    desks = [Desk(sqlite_store), Desk(postgres_store)]
    for desk in desks:
        for number, text in enumerate(TEXTS):
            talk = desk.talk(tags=["vip"] * (number % 2), waiting=number % 3 == 0, account_id=1 + number % 2)
            names = ("Carol", "carol@example.com") if number % 4 else ("Dave", "d@example.org")
            people = {"from": person(*names), "to": [person("", "us@example.com")]}
            facts = {"subject": text[:9], "people": people, "files": ["pay.pdf"] * (number % 2)}
            desk.say(talk, text, at=NOW - timedelta(days=number), account_id=1 + number % 2, **facts)
            desk.say(talk, TEXTS[number - 1])
    return desks


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=QUERIES, few=st.booleans())
def test_both_databases_find_the_same(pair: list[Desk], query: str, few: bool) -> None:
    found = [desk.search(query, limit=2 if few else 50) for desk in pair]
    assert found[0] == found[1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=60), data=st.data())
def test_whatever_is_said_is_found(pair: list[Desk], text: str, data: st.DataObject) -> None:
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        text = "".join(letter for letter in text if letter != "\0" and not "\ud800" <= letter <= "\udfff")
    for desk in pair:
        talk = desk.talk(text)
        for piece in text.split():
            quoted = '"' + piece.replace('"', " ") + '"'
            results = desk.search(quoted)
            assert not results.hits if results.problems else talk in {hit.conversation_id for hit in results.hits}
