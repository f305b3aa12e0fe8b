from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from search_desk import NOW, Desk, person

from inbox.store.tables import Conversation, Message
from inbox.store.tools import table


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
