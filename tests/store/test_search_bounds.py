from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from search_desk import NOW, Desk, person

from inbox.store import search, search_plan
from inbox.store.db import Store, Work
from inbox.store.search import Document, Place
from inbox.store.search_facts import file_names
from inbox.store.tables import Message
from inbox.store.tools import table


def test_pages_lose_nothing_and_repeat_nothing(desk: Desk) -> None:
    talks = [desk.talk("apple") for _ in range(5)]
    for talk in [*talks, *talks[::-1], talks[0], talks[2]]:
        desk.say(talk, "more apple")
    seen, place = [], None
    for _ in range(10):
        results = desk.search("apple", limit=2, before=place)
        assert results.complete
        seen.append([hit.conversation_id for hit in results.hits])
        place = results.next and Place.read(str(results.next))
        desk.say(desk.talk(), "apple comes meanwhile")
        if place is None:
            break
    assert seen == [[talks[2], talks[0]], [talks[1], talks[3]], [talks[4]]]
    assert [Place.read(text) for text in ("", "1", "1-", "-1-2", "1-x", "٣-٣", "9" * 30 + "-1")] == [None] * 7


_TIGHT = {"RARE": 3, "FIRST_CHUNK": 3, "CHUNK": 4, "CANDIDATES": 8, "SMALL_SIDE": 4, "SIDE_MESSAGES": 5}


@pytest.mark.parametrize("query", ["common", "common is:open", "-absent", "common after:7d", "is:unassigned common"])
def test_a_search_that_gives_up_can_go_on(desk: Desk, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    for name, value in {
        "RARE": 3,
        "FIRST_CHUNK": 3,
        "CHUNK": 4,
        "CANDIDATES": 8,
        "SMALL_SIDE": 4,
        "SIDE_MESSAGES": 5,
    }.items():
        monkeypatch.setattr(search_plan, name, value)
    talks = [desk.talk("common", "common", status="open" if number % 9 == 0 else "closed") for number in range(30)]
    wanted = talks[::9] if "open" in query else talks
    seen, place, gave_up = [], None, 0
    while True:
        results = desk.search(query, limit=5, before=place)
        seen += [hit.conversation_id for hit in results.hits]
        gave_up += not results.complete
        place = results.next
        if place is None:
            break
    assert seen == wanted[::-1]
    assert gave_up or "open" not in query


@pytest.mark.parametrize("size", [4, 100])
def test_a_small_side_is_read(desk: Desk, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(search_plan, "RARE", 0)
    monkeypatch.setattr(search_plan, "SIDE_MESSAGES", size)
    monkeypatch.setattr(search_plan, "SIDE_CHUNK", 3)
    talks = [desk.talk(*["pay the bill"] * 3, waiting=number % 5 == 0) for number in range(20)]
    desk.say(talks[5], "paying the bills")
    seen, place = [], None
    while True:
        results = desk.search('is:waiting "the bill" pay* -bills', limit=3, before=place)
        seen += [hit.conversation_id for hit in results.hits]
        place = results.next
        if place is None:
            break
    assert seen == talks[::5][::-1]


def test_forgotten_messages_are_not_found(desk: Desk) -> None:
    talk = desk.talk("apple", "apple pie")
    desk.say(talk, "crumble", people={"from": person("Eve", "eve@x.example")}, files=["recipe.txt"])
    with desk.work() as work:
        search.forget(work, [2, 3, 999])
        search.forget(work, [2, 3])
    assert [hit.message_id for hit in desk.search("apple").hits] == [1]
    for query in ("pie", "crumble", "eve", "recipe", "has:attachment", "from:eve"):
        assert desk.find(query) == [], query


def test_forgetting_late_hides_the_message_all_the_same(desk: Desk) -> None:
    desk.talk("secret plan")
    with desk.work() as work:
        work.session.execute(sa.update(table(Message)).values(text="erased, with more words than there were"))
        search.forget(work, [1])
    assert desk.find("secret") == desk.find("erased") == []
    talk = desk.talk("secret again")
    assert desk.find("secret") == [talk]


def test_indexing_again_replaces(desk: Desk) -> None:
    talk = desk.talk("apple")
    with desk.work() as work:
        search.index(work, [Document(1, talk, "", "apple")])
        search.index(work, [])
    assert desk.find("apple") == [talk]
    with desk.work() as work:
        search.forget(work, [1])
    assert desk.find("apple") == []


def test_sqlite_leaves_no_words_behind(sqlite_store: Store) -> None:
    desk = Desk(sqlite_store)
    desk.say(desk.talk(), "Straße №5 apple", subject="s", people={"from": person("Eve", "e@x")}, files=["é.txt"])
    with desk.work() as work:
        search.forget(work, [1])
        work.session.execute(sa.text("INSERT INTO search(search) VALUES ('optimize')"))
        assert work.session.execute(sa.text("SELECT term FROM search_words")).all() == []
        work.session.execute(sa.text("INSERT INTO search(search) VALUES ('integrity-check')"))


def test_a_message_must_be_stored_first(desk: Desk) -> None:
    with pytest.raises(ValueError, match="not stored yet"), desk.work() as work:
        search.index(work, [Document(5, 1, "", "apple")])


def test_people_as_text_are_read_from_the_row(desk: Desk) -> None:
    talk = desk.talk("hello")
    with desk.work() as work:
        work.session.execute(sa.update(table(Message)).values(people={"from": person("Eve", "eve@x.example")}))
        search.index(work, [Document(1, talk, "", "hello", "Eve eve@x.example", "one.pdf two.pdf")])
        assert file_names(work.session, [1]) == {}
    assert desk.find("from:eve has:attachment two") == [talk]


def test_odd_texts_can_be_indexed(desk: Desk) -> None:
    odd = ["\ud800 lone", "x" * 100_000, "word " * 40_000, "中" * 70_000, "\u0301" * 999, "'\\:*&|!<->()"]
    talk = desk.talk("host")
    with desk.work() as work:
        for number, text in enumerate(["nul\0led", *odd], start=2):
            _store_blank(work, number, talk)
            search.index(work, [Document(number, talk, text[:500], text, {"from": {}, "to": None}, [text[:500]])])
    assert desk.find("lone") == desk.find("nul led") == desk.find("word") == desk.find("中") == [talk]
    assert desk.find("x" * 90) == []
    assert desk.find("x" * 400) == [talk]  # long words by their beginning


def _store_blank(work: Work, number: int, conversation_id: int) -> None:
    facts: dict[str, Any] = {"account_id": 1, "direction": "in", "channel": "mail", "at": NOW, "stored_at": NOW}
    work.session.add(Message(id=number, conversation_id=conversation_id, **facts))
    work.session.flush()


HOSTILE = [
    '"NEAR(', "*", "a OR b", 'subject:"', "'; drop table messages; --", "col:", '"', "((((", "a AND", "NOT a", "^a",
    "words:a", "{a b}:c", 'from:"', "-", "--", "-*", "%", "_", "\\", "\\'", "':*", "a & !b", "a <-> b", "\0", "a\0b",
    "\ud800", "x" * 10_000, '"a ' * 3000, "tag:'", "tag:%", "in:%", "in:\"'\"", "before:9999-99-99", "after:99999d",
    "\x81carol", "\x850", "is:open' OR '1'='1", "🙂", "ﷺ" * 400, "a" * 300 + "*", "NEAR(a b, 5)", "a* b*", "rowid:1",
]  # fmt: skip


def test_hostile_queries(desk: Desk) -> None:
    talk = desk.talk("a b carol open drop table messages")
    for query in HOSTILE:
        results = desk.search(query)
        assert {hit.conversation_id for hit in results.hits} <= {talk}, query
    assert desk.find("drop table") == [talk]


def test_postgres_gives_up_after_its_time(postgres_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(postgres_store)
    desk.talk("apple")
    monkeypatch.setattr(search, "TIMEOUT_MS", 50)
    monkeypatch.setattr(search, "prepare", lambda session, *_: session.execute(sa.text("SELECT pg_sleep(5)")))
    with postgres_store.reading() as session:
        results = search.search(session, "apple", now=NOW)
        assert session.execute(sa.text("SHOW statement_timeout")).scalar() == "0"
    assert (results.complete, results.hits) == (False, [])
    assert "too long" in results.problems[0]
