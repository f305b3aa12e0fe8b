"""Filters of the search that are about conversations and teammates, and the words that are marked in what is found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from search_desk import NOW, Desk

from inbox.store import readers, search
from inbox.store.search_query import parse
from inbox.store.search_snippet import marked
from inbox.store.tables import Conversation, Teammate

ALICE, BOB = 1, 2


@pytest.fixture
def talks(desk: Desk) -> dict[str, int]:
    """One conversation for each way things can stand."""
    with desk.work() as work:
        for name in ("Alice Martin", "Bob Stone"):
            work.session.add(Teammate(name=name, mail=f"{name.split()[0].lower()}@example.com", created_at=NOW))
    ways: dict[str, dict[str, Any]] = {
        "alices": {"assignee_id": ALICE},
        "bobs": {"assignee_id": BOB},
        "asleep": {"snoozed_until": NOW + timedelta(hours=2), "assignee_id": BOB},
        "answered": {"last_from": "us"},
        "followed": {},
    }
    made = {name: desk.talk("invoice", waiting=name in {"asleep", "bobs"}) for name in ways}
    with desk.work() as work:
        for name, fields in ways.items():
            row = work.session.get_one(Conversation, made[name])
            for key, value in fields.items():
                setattr(row, key, value)
        readers.set_follow(work, ALICE, made["followed"], on=True)
    return made


def find(desk: Desk, query: str, me: int = ALICE) -> search.Results:
    with desk.store.reading() as session:
        return search.search(session, query, now=NOW, me=me)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("is:mine", ["alices"]),
        ("-is:mine", ["followed", "answered", "asleep", "bobs"]),
        ("is:snoozed", ["asleep"]),
        ("is:answered", ["answered"]),
        ("is:following", ["followed"]),
        ("is:unassigned", ["followed", "answered"]),
        ("assignee:me", ["alices"]),
        ("assignee:bob", ["asleep", "bobs"]),
        ('assignee:"bob stone" -is:snoozed', ["bobs"]),
        ("assignee:bob@example.com invoice", ["asleep", "bobs"]),
        ("assignee:nobody", ["followed", "answered"]),
        ("-assignee:nobody is:waiting", ["asleep", "bobs"]),
    ],
)
def test_filters_find_what_stands_so(desk: Desk, talks: dict[str, int], query: str, wanted: list[str]) -> None:
    results = find(desk, query)
    assert results.problems == []
    assert [hit.conversation_id for hit in results.hits] == [talks[name] for name in wanted]
    with desk.store.reading() as session:
        among = search.among(session, query, list(talks.values()), now=NOW, me=ALICE)
    assert among == {talks[name] for name in wanted}


def test_who_asks_decides_what_mine_is(desk: Desk, talks: dict[str, int]) -> None:
    assert [hit.conversation_id for hit in find(desk, "is:mine", BOB).hits] == [talks["asleep"], talks["bobs"]]
    assert find(desk, "is:mine", 0).hits == []


def test_a_teammate_nobody_knows_is_said(desk: Desk, talks: dict[str, int]) -> None:
    results = find(desk, "assignee:mallory")
    assert (results.hits, results.problems) == ([], ["No teammate is called “mallory”."])
    assert talks


@pytest.mark.parametrize(
    "query", ["invoice", "is:open invoice", "has:attachment", "after:7d", "in:support", "", "is:x"]
)
def test_only_facts_of_conversations_become_conditions(desk: Desk, talks: dict[str, int], query: str) -> None:
    with desk.store.reading() as session:
        assert search.conditions(session, query, now=NOW, me=ALICE) is None
        made = search.conditions(session, "tag:vip -is:mine assignee:bob", now=NOW, me=ALICE)
    assert made is not None
    assert len(made) == 3
    assert talks


@pytest.mark.parametrize(
    ("query", "text", "hits"),
    [
        ("invoice", "Your Invoice, and the invoices", ["Invoice"]),
        ("invoice*", "Your Invoice, and the invoices", ["Invoice", "invoices"]),
        ('"payment failed"', "the payment has failed", ["payment", "failed"]),
        ("facture", "La FACTURE d'été", ["FACTURE"]),
        ("ete", "La FACTURE d'été", ["été"]),
        ("subject:export", "Can't export", ["export"]),
        ("東京", "私は東京にいる", ["東", "京"]),
        ("is:open", "nothing", []),
        ("-invoice", "an invoice", []),
        ("b", "<b>a b</b>", ["b", "b", "b"]),
    ],
)
def test_words_that_were_looked_for_are_marked(query: str, text: str, hits: list[str]) -> None:
    pieces = marked(text, parse(query, NOW).needs)
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, hit in pieces if hit] == hits
