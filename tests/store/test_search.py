from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox.store import search, search_plan
from inbox.store.db import Store, Work
from inbox.store.search import Document, Place, Results
from inbox.store.search_facts import file_names
from inbox.store.tables import Account, Attachment, Contact, Conversation, ConversationTag, Message
from inbox.store.tools import table

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Desk:
    """Says in one line what is in the store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        with store.unit_of_work() as work:
            rows = [("support@example.com", "Support"), ("sales@example.com", "Sales desk")]
            for address, name in rows:
                work.session.add(Account(kind="mail", address=address, name=name, created_at=NOW))
            work.session.add(Contact(name="Somebody", created_at=NOW))

    def talk(self, *texts: str, tags: Iterable[str] = (), waiting: bool = False, **fields: Any) -> int:
        """Open a conversation, with a message for each text."""
        fields = {"status": "open", "account_id": 1, **fields}
        with self.store.unit_of_work() as work:
            row = Conversation(contact_id=1, channel="mail", created_at=NOW, updated_at=NOW, **fields)
            row.due_at = NOW + timedelta(hours=24) if waiting else None
            work.session.add(row)
            work.session.flush()
            assert row.id is not None
            work.session.add_all([ConversationTag(conversation_id=row.id, tag=tag) for tag in tags])
        for text in texts:
            self.say(row.id, text, account_id=fields["account_id"])
        return row.id

    def say(self, conversation_id: int, text: str, **fields: Any) -> int:
        """Add a message and index it."""
        files = fields.pop("files", [])
        fields = {"account_id": 1, "subject": "", "people": {}, "at": NOW, **fields}
        with self.store.unit_of_work() as work:
            row = Message(
                conversation_id=conversation_id, direction="in", channel="mail", text=text, stored_at=NOW, **fields
            )
            work.session.add(row)
            work.session.flush()
            assert row.id is not None
            for position, name in enumerate(files):
                work.session.add(_file(row.id, position, name))
            search.index(work, [Document(row.id, conversation_id, row.subject, text, row.people, files)])
        return row.id

    def search(self, query: str, limit: int = 50, before: Place | None = None) -> Results:
        with self.store.reading() as session:
            return search.search(session, query, now=NOW, limit=limit, before=before)

    def find(self, query: str) -> list[int]:
        """Return the conversations found, newest first, of a query without problems."""
        results = self.search(query)
        assert (results.problems, results.complete, results.next) == ([], True, None)
        return [hit.conversation_id for hit in results.hits]

    def work(self) -> Any:
        return self.store.unit_of_work()


def _file(message_id: int, position: int, name: str) -> Attachment:
    facts: dict[str, Any] = {"content_type": "application/pdf", "size": 1, "sha256": b""}
    return Attachment(message_id=message_id, position=position, filename=name, **facts)


def person(name: str, value: str) -> dict[str, str]:
    return {"kind": "mail", "name": name, "value": value}


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


def test_words_must_all_be_in_one_message(desk: Desk) -> None:
    both = desk.talk("The invoice is overdue.")
    desk.talk("The invoice", "is overdue")
    assert desk.find("overdue INVOICE") == [both]
    assert desk.find("invoice nothing") == []


def test_each_conversation_once_by_its_newest_match_newest_first(desk: Desk) -> None:
    first = desk.talk("apple", "pear")
    second = desk.talk("apple")
    newest = desk.say(first, "apple again", at=NOW - timedelta(days=3))
    results = desk.search("apple")
    assert [(hit.conversation_id, hit.message_id) for hit in results.hits] == [(first, newest), (second, newest - 1)]
    assert results.hits[0].at == NOW - timedelta(days=3)


def test_phrases_and_exclusions(desk: Desk) -> None:
    failed = desk.talk("My payment failed today")
    later = desk.talk("payment has not failed")
    assert desk.find('"payment failed"') == [failed]
    assert desk.find('payment -"payment failed"') == [later]
    assert desk.find("payment -has -nothing") == [failed]
    assert desk.find("-today") == [later]


def test_stars(desk: Desk) -> None:
    conversations = [desk.talk(text) for text in ("refund", "refunding now", "I refunded it", "fund", "refun")]
    assert sorted(desk.find("refund*")) == conversations[:3]
    assert desk.find("now -refund*") == []
    assert desk.find("zzz*") == []
    assert desk.find("refund* -refunded") == [conversations[1], conversations[0]]


def test_case_accents_and_other_scripts(desk: Desk) -> None:
    elodie = desk.talk("Élodie à la Straße")
    cut = desk.talk("e\u0301lodie, ﬁne print, \uff11\uff12\uff13")
    invoice = desk.talk("請寄發票給我")
    greeting = desk.talk("안녕하세요 여러분")
    russian = desk.talk("\u0421ч\u0451т \u041f\u0420И\u0428\u0401\u041b")
    assert desk.find("elodie") == desk.find("ÉLODIE") == [cut, elodie]
    assert desk.find("strasse") == [elodie]
    assert desk.find("fine 123") == [cut]
    assert desk.find("發票") == [invoice]
    assert desk.find("票發") == []
    assert desk.find("안녕") == [greeting]
    assert desk.find("\u0441ч\u0435т \u043f\u0440и\u0448\u0435\u043b") == [russian]


def test_people(desk: Desk) -> None:
    people = {"from": person("Carol Ray", "c.ray@example.com"), "to": [person("", "Support@ours.example")]}
    talk = desk.talk()
    desk.say(talk, "hello", people={**people, "cc": [person("Dave", "dave@example.org")]})
    mentions = desk.talk("carol told me")
    assert desk.find("carol") == [mentions, talk]
    assert desk.find("c.ray@example.com") == [talk]
    for query in ("from:carol", 'from:"Carol Ray"', "from:@example.com", "FROM:c.ray@example.com", "from:car*"):
        assert desk.find(query) == [talk], query
    assert desk.find("to:dave") == desk.find("to:support@ours.example") == desk.find("to:@ours.example") == [talk]
    assert desk.find("from:dave") == desk.find("to:carol") == desk.find("from:@example.org") == []
    assert desk.find("carol -from:carol") == [mentions]


def test_subject_and_files(desk: Desk) -> None:
    talk = desk.talk()
    desk.say(talk, "text", subject="Your order 77", files=["Receipt_77.pdf", "photo.jpg"])
    other = desk.talk("order 77")
    assert desk.find("subject:order") == desk.find('subject:"order 77"') == [talk]
    assert desk.find("order") == [other, talk]
    assert desk.find("has:attachment") == desk.find("receipt") == [talk]
    assert desk.find("order -has:attachment") == [other]


def test_states(desk: Desk) -> None:
    opened = desk.talk("x", waiting=True)
    closed = desk.talk("x", status="closed")
    spam = desk.talk("x", status="spam")
    assert desk.find("is:open") == desk.find("x is:open") == desk.find("x is:waiting") == [opened]
    assert desk.find("x is:closed") == [closed]
    assert desk.find("is:spam x") == [spam]
    assert desk.find("x -is:waiting") == [spam, closed]
    assert desk.find("is:unassigned -is:spam -is:closed") == [opened]
    assert desk.find("y is:open") == []


def test_tags(desk: Desk) -> None:
    vip = desk.talk("x", tags=["vip", "very important"])
    other = desk.talk("x")
    assert desk.find("tag:VIP") == desk.find('x tag:"very important"') == [vip]
    assert desk.find("x -tag:vip") == [other]
    assert desk.find("tag:nothing") == desk.find("tag:%") == []


def test_accounts(desk: Desk) -> None:
    support, sales = desk.talk("x"), desk.talk("x", account_id=2)
    assert desk.find("x in:support") == desk.find("in:support@example.com") == [support]
    assert desk.find('in:"sales desk"') == [sales]
    assert desk.find("in:example.com -in:support") == [sales]
    assert "No account is called" in desk.search("in:elsewhere").problems[0]


def test_dates(desk: Desk) -> None:
    talks = [desk.talk() for _ in range(4)]
    for talk, days in zip(talks, (40, 10, 1, 0), strict=True):
        desk.say(talk, "x", at=NOW - timedelta(days=days))
    assert desk.find("x after:2w") == talks[:0:-1]
    assert desk.find("before:7d") == talks[1::-1]
    assert desk.find("after:yesterday before:today") == [talks[2]]
    assert desk.find("x before:2026-01-21") == []
    assert desk.find("x before:2026-01-22") == desk.find("x -after:30d") == [talks[0]]
    assert desk.find("x after:2030-01-01") == desk.find("before:2000-01-01 x") == []


def test_merged_messages_are_found_where_they_are_now(desk: Desk) -> None:
    gone, kept = desk.talk("apple"), desk.talk("pear")
    with desk.work() as work:
        work.session.execute(sa.update(table(Message)).values(conversation_id=kept))
        row = table(Conversation)
        work.session.execute(sa.update(row).where(row.c.id == gone).values(merged_into=kept))
    assert desk.find("apple") == [kept]


def test_snippets(desk: Desk) -> None:
    long = desk.talk(f"{'word ' * 200}the\n\n needle  is here {'tail ' * 200}")
    desk.talk("La séance, c'était très bien à Besançon")
    [hit] = desk.search("needle").hits
    assert hit.conversation_id == long
    assert hit.snippet.startswith("…word word")
    assert "the needle is here tail" in hit.snippet
    assert hit.snippet.endswith("tail…")
    assert len(hit.snippet) < 180
    [hit] = desk.search("besancon").hits
    assert hit.snippet == "La séance, c'était très bien à Besançon"


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


@pytest.mark.parametrize("query", ["common", "common is:open", "-absent", "common after:7d", "is:unassigned common"])
def test_a_search_that_gives_up_can_go_on(desk: Desk, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    for name, value in {"RARE": 3, "CHUNK": 4, "CANDIDATES": 8, "SMALL_SIDE": 4, "SIDE_MESSAGES": 5}.items():
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


@pytest.mark.parametrize("query", HOSTILE)
def test_hostile_queries(desk: Desk, query: str) -> None:
    desk.talk("a b carol open drop table messages")
    results = desk.search(query)
    assert len(results.hits) <= 1


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
