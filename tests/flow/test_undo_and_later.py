"""A reply can be taken back until it leaves, can leave later, and is never sent twice or over somebody's head."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from house import House, mail
from smtp_sink import SmtpSink
from sqlalchemy.exc import OperationalError
from sqlmodel import select

from connectors.contract import File, Handle
from inbox.flow import act, bulk, deliver, drafts, merge, undo
from inbox.flow.drafts import Typed
from inbox.flow.errors import ConflictError, RefusedError
from inbox.flow.reply import TooLateError, add_note
from inbox.flow.verify import verify
from inbox.store import outbox
from inbox.store.db import Store, Work
from inbox.store.search import search
from inbox.store.tables import Mention, SavedDraft

HOLD = timedelta(seconds=15)


@pytest.fixture
def account(house: House, smtp_sink: SmtpSink) -> int:
    return house.add_account(smtp_host="127.0.0.1", smtp_port=str(smtp_sink.port), smtp_security="none")


@pytest.fixture
def bob(house: House) -> int:
    return house.add_teammate("Bob")


@pytest.fixture
def alice(house: House) -> int:
    return house.add_teammate("Alice")


@pytest.fixture
def talk(house: House, account: int) -> int:
    house.receive(account, mail(message_id="one@customer.example"))
    house.clock.move(minutes=1)
    return house.conversations()[0].id or 0


def version(house: House) -> int:
    return house.conversations()[0].version


def kept(house: House) -> list[SavedDraft]:
    with house.store.reading() as session:
        return [row for row in session.exec(select(SavedDraft)).all() if row.discarded_at is None]


def take_back(house: House, message_id: int, by: int) -> None:
    with house.store.unit_of_work() as work:
        undo.take_back(work, message_id, by)


def test_nothing_leaves_while_it_can_be_undone(house: House, talk: int, bob: int, smtp_sink: SmtpSink) -> None:
    house.reply(talk, bob, hold=HOLD)
    house.clock.move(seconds=14)
    assert house.deliver() == 0
    assert len(house.open_waits()) == 1
    house.clock.move(seconds=1)
    assert house.deliver() == 1
    assert len(smtp_sink.letters) == 1
    assert house.open_waits() == []


def test_what_is_undone_leaves_everything_as_it_was(house: House, talk: int, bob: int, smtp_sink: SmtpSink) -> None:
    before, wait = house.conversations(), house.open_waits()
    file = File("plan.txt", "text/plain", b"the plan")
    said = house.reply(talk, bob, "Zanzibar soon", key="a-key", hold=HOLD, close=True, files=(file,))
    take_back(house, said, bob)

    house.clock.move(minutes=1)
    assert house.deliver() == 0
    assert smtp_sink.letters == []
    assert [one.text.strip() for one in house.messages(talk)] == ["Hello, it does not work."]
    assert house.open_waits() == wait
    [now] = house.conversations()
    assert (now.status, now.snippet, now.updated_at) == (before[0].status, before[0].snippet, before[0].updated_at)
    [draft] = kept(house)
    assert (draft.text, draft.teammate_id) == ("Zanzibar soon", bob)
    with house.store.reading() as session:
        assert search(session, "zanzibar", now=house.clock.now).hits == []
    assert verify(house.store) == []

    again = house.reply(talk, bob, draft.text, kept=True)
    house.deliver()
    assert b"plan.txt" in smtp_sink.letters[0].raw
    assert house.delivery(again).state == "sent"
    assert kept(house) == []


def test_an_undone_key_never_sends_again(house: House, talk: int, bob: int, smtp_sink: SmtpSink) -> None:
    said = house.reply(talk, bob, key="a-key", hold=HOLD)
    take_back(house, said, bob)
    with pytest.raises(RefusedError, match="taken back"):
        house.reply(talk, bob, key="a-key")
    house.deliver()
    assert smtp_sink.letters == []


def test_what_has_left_cannot_be_taken_back(house: House, talk: int, bob: int) -> None:
    said = house.reply(talk, bob)
    house.deliver()
    with pytest.raises(RefusedError, match="has left already"):
        take_back(house, said, bob)
    assert house.delivery(said).state == "sent"


def test_what_is_being_sent_cannot_be_taken_back(house: House, talk: int, bob: int, smtp_sink: SmtpSink) -> None:
    said = house.reply(talk, bob)
    with house.store.unit_of_work() as work:
        assert len(outbox.claim(work, 1, "a process that then died")) == 1
    with pytest.raises(RefusedError, match="has left already"):
        take_back(house, said, bob)
    house.clock.move(minutes=6)
    house.deliver()
    assert house.delivery(said).state == "unknown"
    with pytest.raises(RefusedError, match="has left already"):
        take_back(house, said, bob)
    assert smtp_sink.letters == []


def test_drafts_go_along_when_conversations_are_merged(house: House, account: int, talk: int, bob: int) -> None:
    house.receive(account, mail("Dana <dana@x.example>", "Another", subject="Other", message_id="two@x"))
    other = house.conversations()[1].id or 0
    with house.store.unit_of_work() as work:
        drafts.save(work, Typed(talk, bob, "reply", "There"))
        drafts.save(work, Typed(other, bob, "reply", "Here"))
        drafts.save(work, Typed(other, bob, "note", "A note"))
        merge.merge(work, other, talk, bob)
    assert sorted((row.conversation_id, row.text) for row in kept(house)) == [(talk, "A note"), (talk, "There\n\nHere")]


def test_what_is_undone_goes_before_what_was_typed_since(house: House, talk: int, bob: int) -> None:
    said = house.reply(talk, bob, "First", hold=HOLD)
    with house.store.unit_of_work() as work:
        drafts.save(work, Typed(talk, bob, "reply", "Second"))
    take_back(house, said, bob)
    assert [draft.text for draft in kept(house)] == ["First\n\nSecond"]


def test_send_and_close_closes_when_it_has_left(house: House, talk: int, bob: int) -> None:
    house.reply(talk, bob, hold=HOLD, close=True)
    assert verify(house.store) == []
    assert house.conversations()[0].status == "open"
    house.clock.move(seconds=15)
    house.deliver()
    assert house.conversations()[0].status == "closed"
    assert verify(house.store) == []


def test_send_and_snooze_puts_it_away_when_it_has_left(house: House, talk: int, bob: int) -> None:
    until = house.clock.now + timedelta(days=2)
    house.reply(talk, bob, hold=HOLD, snooze=until)
    assert house.conversations()[0].snoozed_until is None
    house.clock.move(seconds=15)
    house.deliver()
    assert house.conversations()[0].snoozed_until == until


def test_a_later_send_waits_for_its_hour_and_holds_nobody_up(
    house: House, talk: int, bob: int, alice: int, smtp_sink: SmtpSink
) -> None:
    at = house.clock.now + timedelta(hours=3)
    later = house.reply(talk, bob, "Later", send_at=at)
    house.clock.move(minutes=1)
    house.reply(talk, alice, "Sooner")
    assert house.deliver() == 1
    house.clock.now = at
    assert house.deliver() == 1
    assert [b"Sooner" in letter.raw for letter in smtp_sink.letters] == [True, False]
    [message] = [one for one in house.messages(talk) if one.id == later]
    assert message.at == at
    assert house.messages(talk)[-1].id == later
    assert verify(house.store) == []


def test_a_later_send_closes_the_wait_only_when_it_leaves(house: House, talk: int, bob: int) -> None:
    house.reply(talk, bob, send_at=house.clock.now + timedelta(hours=3))
    house.deliver()
    assert len(house.open_waits()) == 1
    house.clock.move(hours=3)
    house.deliver()
    assert [wait.closed_at for wait in house.waits()] == [house.clock.now]


def test_a_later_send_is_a_draft_again_when_the_customer_writes_first(
    house: House, account: int, talk: int, bob: int, smtp_sink: SmtpSink
) -> None:
    house.reply(talk, bob, "See you tomorrow", send_at=house.clock.now + timedelta(hours=3))
    house.clock.move(hours=1)
    house.receive(account, mail(text="Never mind", reply_to_id="one@customer.example"))

    house.clock.move(hours=3)
    assert house.deliver() == 0
    assert smtp_sink.letters == []
    assert [draft.text for draft in kept(house)] == ["See you tomorrow"]
    events = [one.details["event"] for one in house.messages(talk) if one.kind == "event"]
    assert events == ["later_cancelled"]
    assert house.conversations()[0].snippet == "Never mind"
    assert verify(house.store) == []


def test_later_than_the_promise_is_asked_first(house: House, talk: int, bob: int) -> None:
    too_late = house.clock.now + timedelta(hours=25)
    with pytest.raises(TooLateError):
        house.reply(talk, bob, send_at=too_late)
    assert house.reply(talk, bob, send_at=too_late, late=True)


def test_a_later_send_can_leave_now(house: House, talk: int, bob: int) -> None:
    said = house.reply(talk, bob, send_at=house.clock.now + timedelta(hours=3))
    with house.store.unit_of_work() as work:
        undo.send_now(work, said, bob)
    assert house.deliver() == 1
    assert house.open_waits() == []


def test_what_is_new_stops_a_send_and_what_is_not_does_not(
    house: House, account: int, talk: int, alice: int, bob: int
) -> None:
    seen = version(house)
    with house.store.unit_of_work() as work:
        add_note(work, talk, alice, "I know this one")
        act.tag(work, talk, "bug", alice)
        act.assign(work, talk, bob, alice)
    first = house.reply(talk, bob, "Mine", expected_version=seen)
    assert house.delivery(first).state == "queued"

    for newer in (
        lambda: house.reply(talk, alice, "Hers", hold=HOLD),
        lambda: house.reply(talk, alice, "Hers, tomorrow", send_at=house.clock.now + timedelta(hours=2)),
        lambda: house.receive(account, mail(text="More", reply_to_id="one@customer.example")),
        lambda: house.reply(talk, bob, "Another of mine, from another tab"),
    ):
        seen = version(house)
        newer()
        with pytest.raises(ConflictError):
            house.reply(talk, bob, "Written without knowing that", expected_version=seen)


def test_the_same_text_from_two_tabs_is_one_reply(house: House, talk: int, bob: int, smtp_sink: SmtpSink) -> None:
    seen = version(house)
    one = house.reply(talk, bob, "Here you are", expected_version=seen, key="tab-one")
    assert house.reply(talk, bob, "Here you are", expected_version=seen, key="tab-two") == one
    house.deliver()
    house.deliver()
    assert len(smtp_sink.letters) == 1
    assert house.reply(talk, bob, "Here you are", expected_version=version(house), key="meant") != one


def test_a_forwarded_message_answers_nobody(house: House, talk: int, bob: int, smtp_sink: SmtpSink) -> None:
    house.reply(talk, bob, "What do you think?", to=(Handle("mail", "dev@partner.example"),), forward=True)
    house.deliver()
    assert smtp_sink.letters[0].recipients == ["dev@partner.example"]
    assert b"Subject: Fwd: Can't export my board" in smtp_sink.letters[0].raw
    assert len(house.open_waits()) == 1
    assert verify(house.store) == []


def test_what_a_saved_reply_left_open_is_not_sent(house: House, talk: int, bob: int) -> None:
    with pytest.raises(RefusedError, match=r"\{\{contact.first_name\}\} is not filled in"):
        house.reply(talk, bob, "Dear {{contact.first_name}}")
    assert house.reply(talk, bob, "In the template write `{{contact.first_name}}`")


def test_whom_a_note_names_is_remembered_once(house: House, talk: int, alice: int, bob: int) -> None:
    eve = house.add_teammate("Eve Moss")
    with house.store.unit_of_work() as work:
        note = add_note(work, talk, bob, "@alice and @Eve Moss: ask bob@example.com, not @Bob or @nobody. @Alice?")
    with house.store.reading() as session:
        named = session.exec(select(Mention)).all()
    assert sorted((one.message_id, one.teammate_id) for one in named) == sorted([(note, alice), (note, eve)])


@pytest.mark.parametrize("typed", [True, False])
def test_a_file_of_a_draft_thrown_away_goes_with_no_other_reply(
    house: House, talk: int, bob: int, smtp_sink: SmtpSink, *, typed: bool
) -> None:
    said = house.reply(talk, bob, "Hello.", hold=HOLD)
    with house.store.unit_of_work() as work:
        drafts.add_file(work, talk, bob, "reply", File("salaries.pdf", "application/pdf", b"secret"))
        drafts.discard(work, talk, bob, "reply")
    if typed:
        with house.store.unit_of_work() as work:
            drafts.save(work, Typed(talk, bob, "reply", "Hello."))
    else:
        take_back(house, said, bob)
    house.reply(talk, bob, "Hello again.", kept=True)
    house.clock.move(minutes=1)
    house.deliver()
    assert [b"salaries" in letter.raw for letter in smtp_sink.letters] == ([False, False] if typed else [False])


def test_an_answer_for_later_never_answers_what_a_merge_brought(
    house: House, account: int, talk: int, bob: int, smtp_sink: SmtpSink
) -> None:
    house.receive(account, mail("Dana <dana@x.example>", "Another", subject="Other", message_id="two@x"))
    other = house.conversations()[1].id or 0
    house.clock.move(minutes=1)
    house.reply(talk, bob, "To Carol", send_at=house.clock.now + timedelta(hours=2))
    with house.store.unit_of_work() as work:
        merge.merge(work, other, talk, bob)
    house.clock.move(hours=3)
    house.deliver()
    assert smtp_sink.letters == []
    assert [(row.conversation_id, row.text) for row in kept(house)] == [(talk, "To Carol")]
    assert len(house.open_waits()) == 1
    assert verify(house.store) == []


def test_a_snooze_too_far_away_is_refused_before_anything_leaves(
    house: House, talk: int, bob: int, smtp_sink: SmtpSink
) -> None:
    with pytest.raises(RefusedError, match="within a year"):
        house.reply(talk, bob, snooze=house.clock.now + timedelta(days=800))
    house.deliver()
    assert smtp_sink.letters == []


@pytest.mark.parametrize("came_back", [True, False])
def test_what_may_have_left_before_stays_on_record(house: House, talk: int, bob: int, *, came_back: bool) -> None:
    said = house.reply(talk, bob)
    if came_back:
        house.deliver()
        with house.store.unit_of_work() as work:
            assert outbox.mark_bounced(work, said, "nobody of that name")
    else:
        with house.store.unit_of_work() as work:
            assert len(outbox.claim(work, 1, "a process that then died")) == 1
        house.clock.move(minutes=6)
        house.deliver()
    with house.store.unit_of_work() as work:
        deliver.send_again(work, house.delivery(said).id or 0, bob)
    with pytest.raises(RefusedError, match="has left already"):
        take_back(house, said, bob)
    house.deliver()
    assert house.delivery(said).state == "sent"


def test_undoing_a_close_wakes_no_wait_that_was_answered_since(house: House, talk: int, bob: int, alice: int) -> None:
    with house.store.unit_of_work() as work:
        closed = bulk.one(work, "close", {"reason": "They only said thanks."}, talk, bob)
    house.clock.move(minutes=1)
    house.reply(talk, alice)
    house.deliver()
    with house.store.unit_of_work() as work:
        bulk.undo(work, closed, bob)
    assert house.open_waits() == []
    assert verify(house.store) == []


class Falters:
    """The store, that cuts the line the second time somebody writes: right after a mail has left."""

    def __init__(self, store: Store) -> None:
        self._store, self._writes = store, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def unit_of_work(self) -> AbstractContextManager[Work]:
        self._writes += 1
        if self._writes == 2:
            raise OperationalError("COMMIT", {}, Exception("deadlock detected"), connection_invalidated=True)
        return self._store.unit_of_work()


def test_what_left_is_known_to_have_left_though_the_store_faltered_just_then(
    house: House, talk: int, bob: int, smtp_sink: SmtpSink
) -> None:
    said = house.reply(talk, bob)
    assert deliver.deliver_once(replace(house.context, store=Falters(house.store))) == 1  # type: ignore[arg-type]
    assert (house.delivery(said).state, house.open_waits(), len(smtp_sink.letters)) == ("sent", [], 1)
    assert verify(house.store) == []
