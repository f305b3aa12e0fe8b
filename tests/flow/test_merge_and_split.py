from __future__ import annotations

from datetime import timedelta

import pytest
from house import House, mail

from inbox.flow import act, claims, merge, policies, verify
from inbox.flow.errors import ReasonNeededError, RefusedError
from inbox.flow.waits import reopen_wait
from inbox.store import claims as claim_rows
from inbox.store.tables import Conversation, Wait
from rules.sla import Condition


@pytest.fixture
def two(house: House) -> tuple[int, int, int]:
    """Bob, and two conversations: Carol has waited an hour longer in the first."""
    account = house.add_account()
    house.receive(account, mail(text="By mail", message_id="1@c.example"))
    house.clock.move(hours=1)
    house.receive(account, mail("Carol <carol@home.example>", "From home"))
    first, second = (c.id or 0 for c in house.conversations())
    return house.add_teammate("Bob"), first, second


def test_a_merge_keeps_the_earlier_wait(house: House, two: tuple[int, int, int]) -> None:
    bob, first, second = two
    with house.store.unit_of_work() as work:
        merge.merge(work, first, second, bob)

    early, late = house.waits()
    assert (early.conversation_id, early.closed_at) == (second, None)
    assert late.cause == "merged_into"
    kept = house.conversations()[1]
    assert kept.due_at == early.due_at
    assert [m.text.strip() for m in house.messages(second) if m.kind == "message"] == ["By mail", "From home"]


def test_a_merge_undone_gives_each_its_own_wait_back(house: House, two: tuple[int, int, int]) -> None:
    bob, first, second = two
    for source, target in ((first, second), (second, first)):
        before = [(w.conversation_id, w.started_at, w.due_at) for w in house.waits()]
        with house.store.unit_of_work() as work:
            done = merge.merge(work, source, target, bob)
        with house.store.unit_of_work() as work:
            merge.undo(work, done, bob)
        assert [(w.conversation_id, w.started_at, w.due_at) for w in house.open_waits()] == before
        assert [c.due_at for c in house.conversations()] == [due for _, _, due in before]
    with house.store.unit_of_work() as work, pytest.raises(RefusedError):
        merge.undo(work, done, bob)


def test_mail_that_belongs_to_a_merged_conversation_joins_the_one_that_is_left(
    house: House, two: tuple[int, int, int]
) -> None:
    bob, first, second = two
    with house.store.unit_of_work() as work:
        merge.merge(work, first, second, bob)

    house.receive(1, mail(text="More", reply_to_id="1@c.example"))

    assert house.messages(second)[-1].text.strip() == "More"
    assert len(house.conversations()) == 2


def test_a_split_takes_the_wait_of_its_message_along(house: House) -> None:
    account, bob = house.add_account(), house.add_teammate("Bob")
    house.receive(account, mail(text="One", message_id="1@c.example"))
    started = house.clock.now
    later = house.clock.move(hours=1)
    house.receive(account, mail(text="Two, about something else", reply_to_id="1@c.example"))
    [source] = house.conversations()
    one, two = house.messages(source.id or 0)

    with house.store.unit_of_work() as work:
        new = merge.split(work, one.id or 0, bob)

    assert {(w.conversation_id, w.started_at) for w in house.open_waits()} == {(new, started), (source.id, later)}
    with house.store.unit_of_work() as work, pytest.raises(RefusedError):
        merge.split(work, two.id or 0, bob)


def test_a_split_undone_leaves_one_conversation_with_the_earlier_wait(house: House) -> None:
    account, bob = house.add_account(), house.add_teammate("Bob")
    house.receive(account, mail(text="One", message_id="1@c.example"))
    started = house.clock.now
    house.clock.move(hours=1)
    house.receive(account, mail(text="Two", reply_to_id="1@c.example"))
    [source] = house.conversations()
    second = house.messages(source.id or 0)[1]
    with house.store.unit_of_work() as work:
        merge.split(work, second.id or 0, bob)
    with house.store.reading() as session:
        from inbox.store.conversations import merges_of

        [record] = merges_of(session, source.id or 0)

    with house.store.unit_of_work() as work:
        merge.undo(work, record.id or 0, bob)

    [wait] = house.open_waits()
    assert (wait.conversation_id, wait.started_at) == (source.id, started)
    assert [m.text.strip() for m in house.messages(source.id or 0) if m.kind == "message"] == ["One", "Two"]


def test_closing_asks_for_a_reason_while_somebody_waits(house: House, two: tuple[int, int, int]) -> None:
    bob, first, _ = two
    with house.store.unit_of_work() as work, pytest.raises(ReasonNeededError):
        act.close(work, first, bob)
    assert house.conversations()[0].status == "open"

    with house.store.unit_of_work() as work:
        act.close(work, first, bob, "She rang, and it works now.")
    wait = house.waits()[0]
    assert (wait.cause, wait.reason, wait.closed_by) == ("no_reply_needed", "She rang, and it works now.", bob)


def test_no_reply_needed_can_be_taken_back_while_it_is_fresh(house: House, two: tuple[int, int, int]) -> None:
    bob, first, second = two
    before = {wait.id: (wait.started_at, wait.due_at) for wait in house.waits()}
    for conversation_id in (first, second):
        with house.store.unit_of_work() as work:
            act.close(work, conversation_id, bob, "thanks")

    house.clock.move(minutes=10)
    with house.store.unit_of_work() as work:
        act.reopen(work, first, bob)
    house.clock.move(minutes=10)
    with house.store.unit_of_work() as work:
        act.reopen(work, second, bob)

    [wait] = house.open_waits()
    assert (wait.conversation_id, wait.started_at, wait.due_at) == (first, *before[wait.id])
    assert [(c.status, c.due_at) for c in house.conversations()] == [("open", wait.due_at), ("open", None)]


@pytest.mark.parametrize("turned", [False, True])
def test_whoever_is_merged_out_of_spam_waits_again(house: House, two: tuple[int, int, int], *, turned: bool) -> None:
    bob, first, second = two
    with house.store.unit_of_work() as work:
        act.mark_spam(work, first, bob)
        if not turned:
            act.no_reply_needed(work, second, bob, "She rang")
        done = merge.merge(work, *((second, first) if turned else (first, second)), bob)
    [wait] = house.open_waits()
    early = house.waits()[0]
    assert (wait.id, wait.started_at, early.closed_at) == (early.id, early.started_at, None)
    assert verify.verify(house.store, quick=True) == []

    with house.store.unit_of_work() as work:
        merge.undo(work, done, bob)
    assert [one.conversation_id for one in house.open_waits()] == ([first, second] if turned else [first])
    assert verify.verify(house.store, quick=True) == []


def test_spam_that_was_none_waits_since_it_came(house: House, two: tuple[int, int, int]) -> None:
    bob, first, _ = two
    before = house.waits()[0]
    with house.store.unit_of_work() as work:
        act.mark_spam(work, first, bob)
    assert house.waits()[0].cause == "spam"
    with house.store.unit_of_work() as work:
        act.not_spam(work, first, bob)

    after = house.waits()[0]
    assert (after.started_at, after.due_at, after.closed_at) == (before.started_at, before.due_at, None)


def test_assigning_moves_no_deadline(house: House, two: tuple[int, int, int]) -> None:
    bob, first, _ = two
    before = house.conversations()[0].due_at
    with house.store.unit_of_work() as work:
        act.assign(work, first, bob, bob)

    assert (house.conversations()[0].assignee_id, house.conversations()[0].due_at) == (bob, before)
    assert house.messages(first)[-1].details["event"] == "assigned"


@pytest.fixture
def dana(house: House) -> tuple[int, int]:
    """Two conversations of Dana's: the first has waited longer, by the promise; the second is due within an hour."""
    bob, account = house.add_teammate("Bob", "founder"), house.add_account()
    house.receive(account, mail(text="One", message_id="1@c.example"))
    house.receive(account, mail(text="Two", message_id="2@c.example"))
    with house.store.unit_of_work() as work:
        policies.save(work, bob, policies.Draft("VIP", Condition(tags=frozenset({"vip"})), 60))
        act.tag(work, 2, "vip", bob)
        act.no_reply_needed(work, 2, bob, "She found it")
    house.clock.move(hours=1)
    house.receive(account, mail(text="Three", reply_to_id="2@c.example"))
    return 1, 2


@pytest.mark.parametrize("turned", [False, True])
def test_a_merge_keeps_the_deadline_that_comes_first(house: House, dana: tuple[int, int], *, turned: bool) -> None:
    source, target = reversed(dana) if turned else dana
    before = [(one.conversation_id, one.message_id, one.started_at, one.due_at) for one in house.open_waits()]
    with house.store.unit_of_work() as work:
        done = merge.merge(work, source, target, 1)

    [wait] = house.open_waits()
    assert wait.due_at == min(due for *_, due in before) == house.clock.now + timedelta(hours=1)
    assert wait.started_at == house.clock.now - timedelta(hours=1)  # she has waited since then
    assert verify.verify(house.store) == []

    with house.store.unit_of_work() as work:
        merge.undo(work, done, 1)
    assert [(one.conversation_id, one.message_id, one.started_at, one.due_at) for one in house.open_waits()] == before
    assert verify.verify(house.store) == []


def test_a_reply_that_comes_back_moves_no_later_promise(house: House, dana: tuple[int, int]) -> None:
    quick = house.open_waits()[1]
    with house.store.unit_of_work() as work:
        first = work.session.get_one(Wait, 1)
        merge.merge(work, *dana, 1)
        talk = work.session.get_one(Conversation, dana[1])
        assert first.cause == "merged_into"
        first.conversation_id = dana[1]
        reopen_wait(work, talk, first, "the reply came back")
    [wait] = house.open_waits()
    assert (wait.id, wait.due_at) == (1, quick.due_at)


def test_what_a_late_mail_joins_stays_with_whom_it_was_and_who_is_on_it(house: House) -> None:
    bob, account = house.add_teammate("Bob"), house.add_account()
    house.receive(account, mail(text="One", message_id="1@c.example"))
    house.clock.move(hours=1)
    house.receive(account, mail(text="Three", message_id="3@c.example", reply_to_id="2@c.example"))
    with house.store.unit_of_work() as work:
        until = claims.claim(work, 2, bob)
    house.receive(account, mail(text="Two", message_id="2@c.example", reply_to_id="1@c.example"))

    kept, gone = house.conversations()
    assert (gone.merged_into, kept.assignee_id) == (kept.id, bob)
    [wait] = house.open_waits()
    with house.store.reading() as session:
        held = claim_rows.live(session, wait.id or 0, house.clock.now)
    assert held is not None
    assert (wait.id, held.teammate_id, held.until) == (1, bob, until)


def test_what_is_split_off_keeps_what_was_promised(house: House, dana: tuple[int, int]) -> None:
    house.receive(1, mail(text="Four", reply_to_id="2@c.example"))
    message = house.messages(dana[1])[-1]
    with house.store.unit_of_work() as work:
        merge.split(work, message.id or 0, 1)
    assert house.open_waits()[-1].due_at == message.at + timedelta(hours=1)
