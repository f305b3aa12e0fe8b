from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.store.search_query import TERMS_LIMIT, Filter, Phrase, parse
from inbox.store.search_words import MARKS, Document, split, stream, words

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
PARIS = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("text", "needs", "rejects"),
    [
        ("invoice overdue", ["invoice", "overdue"], []),
        ('"payment failed" now', ["payment failed", "now"], []),
        ("invoice -spam", ["invoice"], ["spam"]),
        ('-"out of office" x', ["x"], ["out of office"]),
        ("Élodie STRASSE straße", ["elodie", "strasse", "strasse"], []),
        ("carol@example.com", ["carol example com"], []),  # what we cut in the index is sought side by side
        ("發票", ["發 票"], []),
        ('say "never closed', ["say", "never closed"], []),
        ("a OR b NEAR(c", ["a", "or", "b", "near c"], []),
        ("http://x.example/y", ["http x example y"], []),  # not an operator of ours
        ("--x", [], ["x"]),
        ('- * ! -- "" -"', [], []),
    ],
)
def test_words(text: str, needs: list[str], rejects: list[str]) -> None:
    query = parse(text, NOW)
    assert [" ".join(phrase.words) for phrase in query.needs] == needs
    assert [" ".join(phrase.words) for phrase in query.rejects] == rejects


@pytest.mark.parametrize("operator", ["from", "to", "subject"])
def test_marked_words(operator: str) -> None:
    mark = MARKS[operator]
    asked = parse(f'{operator}:carol -{operator.upper()}:"Carol Ray" {operator}:@example.com {operator}:car*', NOW)
    assert asked.needs == [
        Phrase((f"{mark}carol",)),
        Phrase((f"{mark}example", f"{mark}com")),
        Phrase((f"{mark}car",), prefix=True),
    ]
    assert asked.rejects == [Phrase((f"{mark}carol", f"{mark}ray"))]


def test_stars() -> None:
    assert parse("refund*", NOW).needs == [Phrase(("refund",), prefix=True)]
    assert parse("foo-bar*", NOW).needs == [Phrase(("foo", "bar"), prefix=True)]
    short = parse("re*", NOW)
    assert short.needs == [Phrase(("re",))]
    assert "too short for a star" in short.problems[0]


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("after:2026-01-31", datetime(2026, 1, 31, tzinfo=UTC), None),
        ("before:2026-01-31", None, datetime(2026, 1, 31, tzinfo=UTC)),
        ("-before:2026-01-31", datetime(2026, 1, 31, tzinfo=UTC), None),
        ("after:7d", NOW - timedelta(days=7), None),
        ('before:"2W"', None, NOW - timedelta(days=14)),
        ("after:yesterday before:today", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)),
        ("after:7d after:1d before:1d before:2d", NOW - timedelta(days=1), NOW - timedelta(days=2)),
    ],
)
def test_dates(text: str, since: datetime | None, until: datetime | None) -> None:
    query = parse(text, NOW)
    assert (query.since, query.until, query.problems) == (since, until, [])


def test_a_day_begins_where_the_person_is() -> None:
    query = parse("after:today", NOW.astimezone(PARIS))
    assert query.since == datetime(2026, 3, 1, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kind", "value", "wanted"),
    [
        ("is:open", "is", "open", True),
        ("-IS:Waiting", "is", "waiting", False),
        ("has:attachments", "has", "attachment", True),
        ('tag:"Very Important"', "tag", "very important", True),
        ("in:support@example.com", "in", "support@example.com", True),
    ],
)
def test_filters(text: str, kind: str, value: str, wanted: bool) -> None:
    query = parse(text, NOW)
    assert query.filters == [Filter(kind, value, wanted, text)]
    assert not query.problems


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("before:tomorow", "before tomorow"),
        ("after:2026-02-30", "after 2026 02 30"),
        ("before:0001-01-01", "before 0001 01 01"),
        ("before:²d", "before 2d"),
        ("is:happy", "is happy"),
        ("has:cake", "has cake"),
        ('tag:""', "tag"),
        ("from:!", "from"),
        ('subject:"', "subject"),
    ],
)
def test_what_is_not_understood_is_said_and_searched_for(text: str, searched: str) -> None:
    query = parse(text, NOW)
    assert [" ".join(phrase.words) for phrase in query.needs] == [searched]
    assert len(query.problems) == 1
    assert query.problems[0].endswith("was searched for as words.")


def test_long_queries_are_cut_and_it_is_said() -> None:
    query = parse(" ".join(f"w{number}" for number in range(4000)), NOW)
    assert len(query.needs) == TERMS_LIMIT
    assert len(query.problems) == 2


def test_nothing_to_search_for() -> None:
    for text in ("", "   ", "!!!", "*", '""'):
        query = parse(text, NOW)
        assert not query.asks
        assert "nothing to search for" in query.problems[0]


def test_a_phrase_does_not_reach_from_one_part_into_the_next() -> None:
    document = Document(1, 1, "end", "start", {"from": {"name": "Ann", "value": "bob@example.com"}}, ["a.pdf", "b.pdf"])
    streamed = " ".join(split(stream(document, 7)))
    for phrase in ("end start", "ann bob", "pdf b", "com end"):
        assert phrase not in streamed


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    once = words(text)
    assert words(" ".join(once)) == once


@given(st.text(), st.text())
def test_nobody_can_type_a_mark(text: str, value: str) -> None:
    typed = [word for word in words(text) if word[0] in "".join(MARKS.values()) or "\x80" <= word[0] <= "\x9f"]
    assert typed == []


@given(st.text(max_size=700))
def test_any_text_is_a_query(text: str) -> None:
    query = parse(text, NOW)
    assert len(query.needs) + len(query.rejects) + len(query.filters) <= TERMS_LIMIT
    assert all(isinstance(problem, str) for problem in query.problems)
