"""A team moves in from another help desk: everything is there, once, and nobody waits for it."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from house import House, mail
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from inbox.flow import history, imports, snooze
from inbox.flow.errors import RefusedError
from inbox.flow.foreign import chatwoot, helpscout, reading, zendesk
from inbox.flow.foreign.shapes import Said, Somebody, Talk
from inbox.flow.verify import verify
from inbox.store import conversations, search
from inbox.store.tables import Conversation, Delivery, Message

EXPORTS = Path(__file__).parent / "exports"
FILES = {"zendesk": "zendesk.ndjson", "helpscout": "helpscout.json", "chatwoot": "chatwoot.json"}


def talks(source: str, path: Path | None = None) -> Iterator[Talk]:
    return imports.talks(source, path or EXPORTS / FILES[source])


def bring(house: House, account: int, source: str, path: Path | None = None) -> history.Counts:
    return history.take_in(house.context, account, talks(source, path))


def timeline(house: House, row: Conversation) -> list[tuple[str, str, str]]:
    shown = [one for one in house.messages(row.id or 0) if one.kind != "event"]
    return [(one.kind, one.direction, one.text.splitlines()[0]) for one in shown]


def test_a_zendesk_export_becomes_history(house: House) -> None:
    account, bob = house.add_account(), house.add_teammate("Bob")
    counts = bring(house, account, "zendesk")
    assert (counts.talks, counts.messages, counts.notes, counts.failed) == (2, 4, 1, [])

    export, call = house.conversations()
    assert timeline(house, export) == [
        ("message", "in", "The export button does nothing."),
        ("note", "none", "Erin: Looks like the zip job, see the log."),
        ("message", "out", "Please try again, it works now."),
        ("message", "in", "It works for me too."),
    ]
    assert (export.subject, export.status, export.assignee_id) == ("Can't export my board", "closed", bob)
    with house.store.reading() as session:
        assert conversations.tags_of(session, export.id or 0) == ["bug report", "export"]
        assert session.exec(select(Delivery)).all() == []
    first = house.messages(export.id or 0)[0]
    assert first.people["from"] == {"kind": "mail", "value": "carol@customer.example", "name": "Carol Diaz"}
    assert first.at == datetime(2024, 3, 4, 8, 15, 2, tzinfo=UTC)
    assert first.rfc_message_id == "CAExport1@mail.customer.example"
    assert "screen.png https://boards.zendesk.example/" in first.text
    assert first.flags == []
    assert house.messages(call.id or 0)[0].people["from"]["value"] == "zendesk-900003@import.invalid"
    assert house.open_waits() == []
    assert {wait.cause for wait in house.waits()} == {"no_reply_needed"}
    assert verify(house.store) == []


def test_a_help_scout_export_becomes_history(house: House) -> None:
    account, bob = house.add_account(), house.add_teammate("Bob")
    counts = bring(house, account, "helpscout")
    assert (counts.talks, counts.messages, counts.notes) == (1, 2, 1)
    [invoice] = house.conversations()
    assert timeline(house, invoice) == [
        ("message", "in", "Where is the invoice for May?"),
        ("note", "none", "Asked the book-keeper."),
        ("message", "out", "Hello Eve,"),
    ]
    assert invoice.assignee_id == bob
    question, note, answer = [one for one in house.messages(invoice.id or 0) if one.kind != "event"]
    assert question.has_html
    assert note.teammate_id == bob
    assert "may.pdf" in answer.text
    assert {one["value"] for one in answer.people["cc"]} == {"books@customer.example"}
    assert verify(house.store) == []


def test_a_chatwoot_export_becomes_history(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice")
    counts = bring(house, account, "chatwoot")
    assert (counts.talks, counts.messages, counts.notes) == (2, 3, 1)
    invite, widget = house.conversations()
    assert timeline(house, invite) == [
        ("message", "in", "How do I invite my class?"),
        ("note", "none", "A teacher, handle with care."),
        ("message", "out", "Press **Invite** at the top."),
    ]
    assert (invite.subject, invite.assignee_id) == ("How do I invite my class?", alice)
    assert (widget.status, widget.due_at) == ("closed", None)
    with house.store.reading() as session:
        assert len(search.search(session, "handle with care", now=house.clock.now).hits) == 1
    assert verify(house.store) == []


@pytest.mark.parametrize("source", FILES)
def test_importing_again_adds_nothing(house: House, source: str) -> None:
    account = house.add_account()
    first = bring(house, account, source)
    before = house.ledger(), len(house.conversations())
    second = bring(house, account, source)
    assert (second.messages, second.notes, second.known) == (0, 0, first.messages)
    assert (house.ledger(), len(house.conversations())) == before
    assert verify(house.store) == []


def test_an_import_that_broke_off_is_finished_by_the_next(house: House) -> None:
    account = house.add_account()
    [export, call] = talks("zendesk")
    half = Talk(**{**{name: getattr(export, name) for name in Talk.__slots__}, "said": export.said[:1]})
    history.take_in(house.context, account, [half])
    counts = history.take_in(house.context, account, [export, call])
    assert (counts.messages, counts.notes) == (3, 1)
    assert len(house.conversations()) == 2
    assert len(timeline(house, house.conversations()[0])) == 4
    assert verify(house.store) == []


@pytest.mark.parametrize("import_first", [False, True])
def test_mail_that_is_in_the_mailbox_too_is_one_message(house: House, import_first: bool) -> None:
    account = house.add_account()
    carol = mail(
        "Carol Diaz <carol@customer.example>",
        "The export button does nothing.\n",
        message_id="CAExport1@mail.customer.example",
    )
    then = datetime(2024, 3, 4, 8, 15, 2, tzinfo=UTC)
    if import_first:
        bring(house, account, "zendesk")
    house.receive(account, carol, at=then)
    if not import_first:
        bring(house, account, "zendesk")

    with house.store.reading() as session:
        found = session.exec(select(Message).where(Message.rfc_message_id == "CAExport1@mail.customer.example")).all()
    assert len(found) == 1
    assert len([one for one in timeline(house, house.conversations()[0]) if one[0] == "message"]) == 3
    assert house.ledger().duplicates == 1
    assert verify(house.store) == []


def test_a_message_id_of_somebody_else_is_no_proof(house: House) -> None:
    account = house.add_account()
    house.receive(account, mail("Mallory <m@evil.example>", "Mine", message_id="CAExport1@mail.customer.example"))
    bring(house, account, "zendesk")
    mallorys, export, _ = house.conversations()
    assert len(timeline(house, mallorys)) == 1
    assert len(timeline(house, export)) == 4


def test_whoever_answers_an_imported_mail_lands_in_its_conversation_and_waits(house: House) -> None:
    account = house.add_account()
    bring(house, account, "zendesk")
    house.receive(
        account, mail("Carol <carol@customer.example>", "It broke again", reply_to_id="CAExport1@mail.customer.example")
    )
    export = house.conversations()[0]
    assert timeline(house, export)[-1] == ("message", "in", "It broke again")
    assert export.due_at == house.clock.now + timedelta(hours=24)
    assert verify(house.store) == []


def test_a_zip_of_files_is_read_one_by_one(house: House, tmp_path: Path) -> None:
    account = house.add_account()
    path = tmp_path / "export.zip"
    lines = (EXPORTS / "zendesk.ndjson").read_text().splitlines()
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("tickets/1.json", lines[0])
        made.writestr("tickets/2.json", json.dumps({"tickets": [json.loads(lines[2])]}))
        made.writestr("users.json", json.dumps({"users": [json.loads(lines[1])]}))
        made.writestr("readme.txt", "not ours")
    counts = bring(house, account, "zendesk", path)
    assert (counts.talks, counts.messages, counts.notes) == (2, 4, 1)


@pytest.mark.parametrize(
    "content", [b"", b"   ", b"[]", b"{}", b"[1, 2]", b'{"tickets": 3}', b'{"comments": {}, "subject": 1}', b"[[[]]]"]
)
@pytest.mark.parametrize("source", FILES)
def test_what_holds_no_conversation_gives_none(tmp_path: Path, source: str, content: bytes) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    assert list(talks(source, path)) == []


@pytest.mark.parametrize(
    "content", [b"PK", b"From a@b.example Mon", b'[{"id": 1', b'{"a": }', b"\xff\xfe\x00", b"[" * 100_000]
)
def test_what_is_no_json_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.json"
    path.write_bytes(content)
    with pytest.raises(RefusedError):
        list(talks("zendesk", path))


NAMES = [
    *("id", "comments", "_embedded", "threads", "messages", "conversation", "meta", "sender", "created_at"),
    *("author_id", "tags", "labels", "x"),
]
LEAF = st.none() | st.booleans() | st.integers() | st.text()
NONSENSE = st.recursive(LEAF, lambda few: st.lists(few) | st.dictionaries(st.sampled_from(NAMES), few), max_leaves=12)


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), NONSENSE)))
def test_nonsense_breaks_no_reader(records: list[dict[str, object]]) -> None:
    for reader in (zendesk.Reader(), helpscout.Reader(), chatwoot.Reader()):
        for one in records:
            imports.learn(reader, one)
            assert all(isinstance(talk, Talk) for talk in imports.understood(reader, one))


def test_a_long_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.json"
    one = {"id": 1, "subject": "x" * 10_000, "comments": []}
    with path.open("w") as file:
        file.write("[" + ",".join(json.dumps({**one, "id": number}) for number in range(500)) + "]")
    found = reading.records(path)
    assert next(found)["id"] == 0
    assert sum(1 for _ in found) == 499


CAROL = Somebody("Carol Diaz", "carol@customer.example")


def one_talk(*said: Said) -> Talk:
    return Talk("zendesk", "7", CAROL, "Can't export my board", said=list(said))


def test_whoever_waits_now_waits_on_when_the_old_answers_are_brought(house: House) -> None:
    account, began = house.add_account(), house.clock.now
    house.receive(account, mail(message_id="one@customer.example"))
    house.clock.move(hours=1)
    answered = house.clock.now
    house.clock.move(hours=1)
    second = mail(text="And now?", reply_to_id="one@customer.example", message_id="two@customer.example")
    house.receive(account, second)
    asked = house.clock.now
    house.clock.move(hours=1)

    question = Said("1", began, CAROL, text="Hello, it does not work.", message_id="one@customer.example")
    answer = Said("2", answered, Somebody("Bob", "bob@example.com"), ours=True, text="Try again.")
    history.take_in(house.context, account, [one_talk(question, answer)])
    [wait] = house.open_waits()
    assert (wait.started_at, house.conversations()[0].status) == (asked, "open")
    assert verify(house.store) == []


def test_old_mail_moves_no_wait_wakes_nothing_and_holds_no_answer(house: House) -> None:
    account, bob, began = house.add_account(), house.add_teammate("Bob"), house.clock.now
    house.receive(account, mail(message_id="one@customer.example"))
    talk = house.conversations()[0].id or 0
    house.clock.move(minutes=1)
    later = house.reply(talk, bob, send_at=house.clock.now + timedelta(hours=2))
    with house.store.unit_of_work() as work:
        snooze.snooze(work, talk, house.clock.now + timedelta(hours=3), bob)
    before = house.open_waits(), house.conversations()[0].snoozed_until

    known = Said("1", began, CAROL, text="Hello, it does not work.", message_id="one@customer.example")
    old = Said("2", began - timedelta(days=90), CAROL, text="Long ago.")
    history.take_in(house.context, account, [one_talk(known)])
    history.take_in(house.context, account, [one_talk(known, old)])
    assert len([one for one in house.messages(talk) if one.kind == "message"]) == 3
    assert (house.open_waits(), house.conversations()[0].snoozed_until) == before
    assert house.delivery(later).state == "queued"
    assert verify(house.store) == []
