"""Somebody asks to be forgotten: they are, they stay so, and the figures stay true."""

from __future__ import annotations

import hashlib
import json
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from house import House, mail
from sqlmodel import select
from stores import MovedClock

from inbox.flow import data_jobs, erase, erased, erased_again, people, person_export
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.reply import add_note
from inbox.flow.verify import verify
from inbox.settings import Settings
from inbox.store import facts, search
from inbox.store.db import Store
from inbox.store.tables import Arrival, Blob, Contact, DataJob, DraftFile, Identity, Message, SavedDraft, Sender, Wait

CAROL = "Carol Diaz <carol@customer.example>"


@pytest.fixture
def house(house: House, tmp_path: Path) -> House:
    house.context = replace(house.context, settings=Settings(data_dir=tmp_path / "house"))
    return house


def carol(house: House) -> int:
    with house.store.reading() as session:
        found = session.exec(select(Identity).where(Identity.value == "carol@customer.example")).first()
    assert found is not None
    return found.contact_id


def job(house: House, job_id: int) -> DataJob:
    with house.store.reading() as session:
        return session.get_one(DataJob, job_id)


def do(house: House, verb: Any, contact_id: int, by: int) -> DataJob:
    with house.store.unit_of_work() as work:
        job_id = verb(work, contact_id, by)
    assert data_jobs.run_next(house.context)
    return job(house, job_id)


def everything(house: House) -> str:
    """Return every value of every table as text, the way a thief of the database would read it."""
    from inbox.store.tables import metadata

    found = []
    with house.store.reading() as session:
        for table in metadata.sorted_tables:
            for row in session.execute(table.select()).mappings():
                found += [
                    value.decode("utf-8", "replace") if isinstance(value, bytes) else repr(value)
                    for value in row.values()
                ]
    return "\n".join(found).lower()


def hits(house: House, words: str) -> int:
    with house.store.reading() as session:
        return len(search.search(session, words, now=house.clock.now).hits)


def told(house: House) -> tuple[int, int, int]:
    """Set up a story: Carol wrote twice and was answered; Dana wrote once. Returns the account, Alice and Carol."""
    account, alice = house.add_account(), house.add_teammate("Alice", "founder")
    house.receive(
        account,
        mail(CAROL, "My marmalade recipe is secret", subject="Marmalade"),
        mail("Dana <dana@customer.example>", "Hello from Dana"),
    )
    first = house.conversations()[0].id or 0
    house.reply(first, alice, "Dear Carol Diaz, we keep your marmalade safe.")
    house.deliver()
    with house.store.unit_of_work() as work:
        add_note(work, first, alice, "Carol sounds cross")
        people.set_notes(work, carol(house), "Loves marmalade", alice)
        draft = SavedDraft(
            conversation_id=first, teammate_id=alice, text="Dear Carol", created_at=work.now, updated_at=work.now
        )
        work.session.add(draft)
        data = b"a picture of marmalade"
        sha256 = hashlib.sha256(data).digest()
        work.session.add(Blob(sha256=sha256, size=len(data), data=data))
        work.session.flush()
        picture = DraftFile(draft_id=draft.id or 0, filename="m.png", content_type="image/png", size=9, sha256=sha256)
        work.session.add(picture)
        work.session.add(Sender(kind="address", value="carol@customer.example", verdict="blocked", at=work.now))
    house.clock.move(hours=1)
    house.receive(account, mail(CAROL, "Another word about marmalade", subject="Again"))
    return account, alice, carol(house)


def test_nothing_of_a_person_is_left_and_the_figures_are(house: House) -> None:
    _, alice, who = told(house)
    before, waits = house.ledger(), len(house.waits())

    ended = do(house, erase.ask, who, alice)

    assert ended.state == "done", ended.error
    left = everything(house)
    for trace in ("carol", "marmalade", "diaz"):
        assert trace not in left, trace
    assert "hello from dana" in left
    assert (hits(house, "marmalade"), hits(house, "carol"), hits(house, "Dana")) == (0, 0, 1)
    assert house.ledger() == before
    assert len(house.waits()) == waits
    assert [wait.cause for wait in house.waits()] == ["erased", None]
    assert len(house.open_waits()) == 1
    assert verify(house.store) == []


def test_the_same_mail_offered_again_stays_erased_and_a_new_one_is_heard(house: House) -> None:
    account, alice, who = told(house)
    do(house, erase.ask, who, alice)
    other = house.add_account("sales@example.com")
    first = mail(CAROL, "My marmalade recipe is secret", subject="Marmalade")
    forwarded = b"X-Moved: yes\r\n" + first
    never_seen = mail(CAROL, "An old word about marmalade that was never fetched")
    then = house.clock.now - timedelta(hours=2)

    for where in (account, other):
        house.receive(where, first, forwarded, never_seen, at=then)
    left = everything(house)
    assert "marmalade" not in left
    assert "carol" not in left
    assert house.ledger().ignored == 6
    assert verify(house.store) == []

    house.clock.move(days=1)
    house.receive(account, mail(CAROL, "Hello again, I am new here"), at=house.clock.now)
    newest = house.conversations()[-1]
    assert newest.contact_id != who
    assert newest.due_at is not None
    assert verify(house.store) == []


def test_an_answer_to_an_erased_conversation_begins_a_new_one(house: House) -> None:
    account, alice, who = told(house)
    ours = next(one for one in house.messages(house.conversations()[0].id or 0) if one.direction == "out")
    do(house, erase.ask, who, alice)
    house.clock.move(days=1)
    count = len(house.conversations())
    house.receive(account, mail(CAROL, "Thanks", reply_to_id=ours.rfc_message_id), at=house.clock.now)
    assert len(house.conversations()) == count + 1


def test_what_others_wrote_in_a_shared_thread_stays_without_what_it_quotes(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice", "founder")
    house.receive(account, mail(CAROL, "My secret is marmalade", message_id="one@customer.example"))
    answer = "I agree with her.\n\nOn Monday, Carol Diaz <carol@customer.example> wrote:\n> My secret is marmalade\n"
    dana = "Dana <dana@customer.example>"
    house.receive(
        account,
        mail(CAROL, "Dana knows more", message_id="two@customer.example", reply_to_id="one@customer.example", Cc=dana),
    )
    house.receive(
        account,
        mail(dana, answer, reply_to_id="two@customer.example", message_id="three@customer.example", Cc=CAROL),
    )
    who = carol(house)
    with house.store.reading() as session:
        dana_said = session.exec(select(Message).where(Message.text.contains("I agree"))).one()  # type: ignore[attr-defined]

    do(house, erase.ask, who, alice)

    left = everything(house)
    assert "i agree with her" in left
    assert "marmalade" not in left
    assert "carol" not in left
    with house.store.reading() as session:
        kept = session.get_one(Message, dana_said.id)
    assert kept.people["from"]["value"] == "dana@customer.example"
    assert "quotes_erased" in kept.flags
    assert verify(house.store) == []


def test_an_erasure_cut_short_is_finished_later(house: House) -> None:
    _, alice, who = told(house)
    with house.store.unit_of_work() as work:
        job_id = erase.ask(work, who, alice)

    class CutError(BaseException):
        """The process dies."""

    def die(_done: int, _total: int) -> None:
        raise CutError

    kept: dict[str, Any] = {}
    with pytest.raises(CutError):
        erase.run(house.context, {"contact": who, "handles": []}, kept.update, die)
    with house.store.unit_of_work() as work:
        work.session.get_one(DataJob, job_id).asked = kept
    assert data_jobs.run_next(house.context)
    assert job(house, job_id).state == "done"
    assert "carol" not in everything(house)
    assert verify(house.store) == []


def test_who_writes_before_an_erasure_that_was_cut_short_is_finished_is_heard(house: House) -> None:
    account, alice, who = told(house)
    with house.store.unit_of_work() as work:
        job_id = erase.ask(work, who, alice)

    class CutError(BaseException):
        """The process dies."""

    def die(_done: int, _total: int) -> None:
        raise CutError

    kept: dict[str, Any] = {}
    with pytest.raises(CutError):
        erase.run(house.context, {"contact": who, "handles": []}, kept.update, die)
    with house.store.unit_of_work() as work:
        work.session.get_one(DataJob, job_id).asked = kept
    house.clock.move(minutes=1)
    house.receive(account, mail(CAROL, "It is me again", subject="A new matter", message_id="new@customer.example"))
    house.clock.move(minutes=1)
    assert data_jobs.run_next(house.context)
    assert erased_again.replay(house.context) == 0

    new = house.conversations()[-1]
    assert [one.people["from"]["value"] for one in house.messages(new.id or 0)] == ["carol@customer.example"]
    assert house.open_waits()[-1].conversation_id == new.id
    assert verify(house.store) == []


def test_a_line_that_broke_off_hinders_neither_the_start_nor_the_next_line(house: House, tmp_path: Path) -> None:
    folder, whole = tmp_path / "house", house.clock.now
    erased.note(folder, house.context.vault, [("mail", "carol@customer.example")], whole)
    with (folder / erased.FILE).open("a", encoding="ascii") as file:
        file.write("a-key-of-somebody 2026-11-02T09:00:00")
    erased.note(folder, house.context.vault, [("mail", "dana@customer.example")], whole)
    assert list(erased.noted(folder).values()) == [whole, whole]
    assert erased_again.replay(house.context) == 0


def test_nothing_is_found_in_the_very_file(sqlite: Store, clock: MovedClock) -> None:
    house = House(sqlite, clock)
    _, alice, who = told(house)
    do(house, erase.ask, who, alice)
    path = sqlite.path
    assert path is not None
    sqlite.close()
    raw = b"".join(file.read_bytes() for file in path.parent.glob("under24.db*"))
    assert raw.count(b"marmalade") == 0
    assert raw.lower().count(b"carol") == 0


def test_an_older_database_brings_nobody_back_and_who_wrote_again_is_heard(
    tmp_path: Path, sqlite: Store, clock: MovedClock
) -> None:
    """The house loses its disk after Carol was erased, and an older copy of the database is put back."""
    place = Settings(data_dir=tmp_path / "house")
    lively = House(sqlite, clock)
    lively.context = replace(lively.context, settings=place)
    account, alice, who = told(lively)
    facts.back_up(sqlite, tmp_path / "copy.db")
    clock.move(hours=1)
    assert do(lively, erase.ask, who, alice).state == "done"

    clock.move(hours=1)
    with closing(Store(f"sqlite:///{tmp_path / 'copy.db'}", clock)) as older:
        restored = House(older, clock)
        restored.context, restored.numbers = replace(restored.context, settings=place), lively.numbers
        assert "marmalade" in everything(restored)
        assert erased_again.replay(restored.context) == 1
        again, missed = clock.now - timedelta(minutes=30), clock.now - timedelta(minutes=90)
        restored.receive(account, mail(CAROL, "After all: marmalade?", subject="New"), at=again)
        restored.receive(account, mail(CAROL, "What the copy did not know", subject="Old"), at=missed)
        while data_jobs.run_next(restored.context):
            pass

        texts = [one.text for talk in restored.conversations() for one in restored.messages(talk.id or 0)]
        assert [one.strip() for one in texts if "marmalade" in one] == ["After all: marmalade?"]
        assert "the copy did not know" not in everything(restored)
        assert restored.messages(restored.conversations()[-1].id or 0)[0].people["from"]["name"] == "Carol Diaz"
        assert len(restored.open_waits()) == 2, "Dana's, and Carol's new one"
        assert erased_again.replay(restored.context) == 0
        assert verify(older) == []


def test_who_is_erased_is_noted_for_nobody_to_read(house: House, tmp_path: Path) -> None:
    _, alice, who = told(house)
    do(house, erase.ask, who, alice)
    noted = tmp_path / "house" / erased.FILE
    assert (noted.stat().st_mode & 0o777, len(noted.read_text().splitlines())) == (0o600, 1)
    assert "carol" not in noted.read_text()
    with noted.open("a") as file:
        file.write("a line that broke o")
    assert (len(erased.noted(noted.parent)), erased_again.replay(house.context)) == (1, 0)
    assert (erased.noted(tmp_path), job(house, 1).state) == ({}, "done")


def test_what_became_no_message_is_let_go_too(house: House) -> None:
    account, alice, who = told(house)
    house.receive(account, mail(CAROL, "I am out of office and eat marmalade", Auto_Submitted="auto-replied"))
    assert house.ledger().ignored == 1
    ended = do(house, erase.ask, who, alice)
    assert ended.result["raw"] == 1
    assert "marmalade" not in everything(house)
    assert verify(house.store) == []


def test_one_is_erased_once_and_a_merged_one_with_the_other(house: House) -> None:
    account, alice, who = told(house)
    house.receive(account, mail("Carol D <carol.private@home.example>", "It is me, marmalade"))
    with house.store.reading() as session:
        second = session.exec(select(Identity).where(Identity.value == "carol.private@home.example")).one().contact_id
    with house.store.unit_of_work() as work:
        people.merge(work, second, who, alice)
        with pytest.raises(RefusedError):
            erase.ask(work, second, alice)
    do(house, erase.ask, who, alice)
    assert "carol" not in everything(house)
    with house.store.unit_of_work() as work, pytest.raises(RefusedError):
        erase.ask(work, who, alice)
    with house.store.reading() as session:
        assert session.get_one(Contact, who).name == "Erased person"
        assert session.exec(select(Arrival)).all()
        assert session.exec(select(Wait)).all()


def test_a_person_gets_all_that_is_theirs_and_nothing_of_others(house: House, tmp_path: Path) -> None:
    _, alice, who = told(house)
    ended = do(house, person_export.ask, who, alice)
    assert ended.state == "done", ended.error
    folder = data_jobs.folder(house.context)
    with zipfile.ZipFile(folder / ended.file) as made:
        assert made.testzip() is None
        names = made.namelist()
        person = json.loads(made.read("person.json"))
        talks = [json.loads(made.read(name)) for name in names if name.startswith("conversations/")]
        originals = [made.read(name) for name in names if name.endswith(".eml")]
        whole = b"".join(made.read(name) for name in names)
    assert person["identities"] == [{"kind": "mail", "value": "carol@customer.example", "name": "Carol Diaz"}]
    assert person["notes"] == ["Loves marmalade"]
    assert len(talks) == 2
    assert {"Carol sounds cross"} <= {one["text"] for talk in talks for one in talk["messages"]}
    assert any(b"My marmalade recipe is secret" in raw for raw in originals)
    assert b"dana" not in whole.lower()

    with house.store.unit_of_work() as work:
        name = person_export.take(work, ended.id or 0, alice)
    assert name == ended.file
    with house.store.unit_of_work() as work, pytest.raises(NotFoundError):
        person_export.take(work, ended.id or 0, alice)


def test_an_export_that_nobody_fetches_goes_away(house: House) -> None:
    _, alice, who = told(house)
    ended = do(house, person_export.ask, who, alice)
    path = data_jobs.folder(house.context) / ended.file
    assert path.exists()
    house.clock.move(days=8)
    assert data_jobs.tidy(house.context) == 1
    assert not path.exists()


def test_an_erasure_takes_the_exports_with_it(house: House) -> None:
    _, alice, who = told(house)
    path = data_jobs.folder(house.context) / do(house, person_export.ask, who, alice).file
    do(house, erase.ask, who, alice)
    assert not path.exists()
