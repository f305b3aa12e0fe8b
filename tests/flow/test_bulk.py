"""One act on many conversations: bounded steps, a count of what was refused, and one undo that restores each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from house import House, mail

from inbox.flow import act, bulk, reading, snooze
from inbox.flow.bulk import Progress
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.tick import tick
from inbox.store import conversations, readers
from inbox.store.tables import Teammate

REASON = "They only said thanks."


@pytest.fixture
def alice(house: House) -> int:
    return house.add_teammate("Alice")


def crowd(house: House, size: int) -> list[int]:
    account = house.add_account()
    house.receive(
        account,
        *[mail(f"P{n} <p{n}@x.example>", f"w{n}\n", subject=f"S{n}", message_id=f"n{n}@x") for n in range(size)],
    )
    return [one.id or 0 for one in house.conversations()]


def do(house: House, kind: str, given: dict[str, Any], talks: list[int], by: int) -> Progress:
    with house.store.unit_of_work() as work:
        number = bulk.start(work, kind, given, talks, by)
    return bulk.run(house.store, number)


def undo(house: House, told: Progress, by: int) -> Progress:
    with house.store.unit_of_work() as work:
        bulk.undo(work, told.id, by)
    return bulk.run(house.store, told.id)


def everything(house: House) -> list[tuple[object, ...]]:
    """What the lists show of each conversation, and who waits since when."""
    with house.store.reading() as session:
        tags = {one.id: conversations.tags_of(session, one.id or 0) for one in house.conversations()}
    waits = [(one.id, one.conversation_id, one.started_at, one.due_at) for one in house.open_waits()]
    rows = [
        (one.id, one.status, one.assignee_id, one.snoozed_until, tags[one.id], one.due_at)
        for one in house.conversations()
    ]
    return [*rows, *waits]


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("assign", {"to": 1}),
        ("tag", {"name": "Billing"}),
        ("snooze", {"until": "2026-11-02T15:00:00+00:00"}),
        ("close", {"reason": REASON}),
        ("no_reply_needed", {"reason": REASON}),
        ("spam", {}),
        ("follow", {}),
    ],
)
def test_what_is_done_to_many_is_undone_for_each(house: House, alice: int, kind: str, given: dict[str, Any]) -> None:
    bob = house.add_teammate("Bob")
    talks = crowd(house, 6)
    with house.store.unit_of_work() as work:
        act.assign(work, talks[0], bob, bob)
        act.tag(work, talks[1], "vip", bob)
        snooze.snooze(work, talks[2], work.now + timedelta(hours=2), bob)
        act.close(work, talks[3], bob, "Answered elsewhere.")
        act.no_reply_needed(work, talks[4], bob, "Answered elsewhere.")
    before = everything(house)
    told = do(house, kind, given, talks, alice)
    assert told.finished
    assert told.passed == told.total == 6
    if kind != "follow":
        assert everything(house) != before
    back = undo(house, told, alice)
    assert back.state == "undone"
    assert back.tally.count("done", "kept") == 0
    assert everything(house) == before
    with house.store.reading() as session:
        assert readers.following(session, alice, talks) == set()


def test_hundreds_are_done_in_bounded_steps(house: House, alice: int) -> None:
    talks = crowd(house, 120)
    with house.store.unit_of_work() as work:
        number = bulk.start(work, "assign", {"to": alice}, talks, alice)
    passed = []
    while True:
        with house.store.unit_of_work() as work:
            told = bulk.step(work, number)
        passed.append(told.passed)
        if told.finished:
            break
    assert passed == [50, 100, 120]
    assert {one.assignee_id for one in house.conversations()} == {alice}
    assert undo(house, told, alice).tally.states == {"undone": 120}
    assert {one.assignee_id for one in house.conversations()} == {None}


def test_what_is_refused_is_counted_with_its_reason_and_the_rest_is_done(house: House, alice: int) -> None:
    talks = crowd(house, 3)
    with house.store.unit_of_work() as work:
        act.no_reply_needed(work, talks[0], alice, REASON)
    told = do(house, "close", {"reason": ""}, [*talks, 999], alice)
    assert told.tally.states == {"done": 1, "refused": 2}
    assert dict(told.tally.reasons) == {
        "Somebody still waits for an answer here: say why no reply is needed.": 2,
    }
    assert [one.status for one in house.conversations()] == ["closed", "open", "open"]


def test_undoing_leaves_what_somebody_changed_since(house: House, alice: int) -> None:
    bob = house.add_teammate("Bob")
    talks = crowd(house, 3)
    told = do(house, "assign", {"to": alice}, talks, alice)
    with house.store.unit_of_work() as work:
        act.assign(work, talks[1], bob, bob)
    back = undo(house, told, alice)
    assert back.tally.states == {"undone": 2, "kept": 1}
    assert [one.assignee_id for one in house.conversations()] == [None, bob, None]


def test_a_customer_who_wrote_since_keeps_what_they_opened(house: House, alice: int) -> None:
    talks = crowd(house, 1)
    told = do(house, "close", {"reason": REASON}, talks, alice)
    house.clock.move(minutes=5)
    house.receive(1, mail("P0 <p0@x.example>", "But\n", message_id="more@x", reply_to_id="n0@x"))
    [wait] = house.open_waits()
    assert undo(house, told, alice).tally.states == {"kept": 1}
    assert [one.id for one in house.open_waits()] == [wait.id]


def test_only_who_did_it_may_undo_it_once_and_soon(house: House, alice: int) -> None:
    bob = house.add_teammate("Bob")
    told = do(house, "spam", {}, crowd(house, 2), alice)
    with pytest.raises(NotFoundError), house.store.unit_of_work() as work:
        bulk.undo(work, told.id, bob)
    house.clock.move(minutes=14)
    undo(house, told, alice)
    with pytest.raises(RefusedError, match="undone already"):
        undo(house, told, alice)
    late = do(house, "tag", {"name": "x"}, [1], alice)
    house.clock.move(minutes=16)
    with pytest.raises(RefusedError, match="too long ago"):
        undo(house, late, alice)


def test_a_page_that_was_closed_midway_leaves_nothing_half_done(house: House, alice: int) -> None:
    talks = crowd(house, 60)
    with house.store.unit_of_work() as work:
        bulk.step(work, bulk.start(work, "tag", {"name": "later"}, talks, alice))
    house.clock.move(seconds=31)
    tick(house.store)
    with house.store.reading() as session:
        assert [conversations.tags_of(session, one) for one in talks] == [["later"]] * 60


@pytest.mark.parametrize(("kind", "talks"), [("burn", [1]), ("tag", []), ("tag", list(range(1, 5002)))])
def test_nonsense_is_refused(house: House, alice: int, kind: str, talks: list[int]) -> None:
    with pytest.raises(RefusedError), house.store.unit_of_work() as work:
        bulk.start(work, kind, {}, talks, alice)


def test_whoever_is_on_duty_and_has_least_gets_the_next(house: House, alice: int) -> None:
    bob = house.add_teammate("Bob")
    talks = crowd(house, 4)
    told = do(house, "assign", {"duty": True}, talks[:1], alice)
    assert told.tally.reasons == [("Nobody is on duty.", 1)]
    with house.store.unit_of_work() as work:
        reading.set_duty(work, alice, on=True)
        reading.set_duty(work, bob, on=True)
        act.assign(work, talks[0], alice, alice)
    do(house, "assign", {"duty": True}, talks[1:], alice)
    assert [one.assignee_id for one in house.conversations()] == [alice, bob, alice, bob]
    with house.store.reading() as session:
        assert session.get_one(Teammate, bob).preferences["on_duty"] is True


def test_an_act_that_breaks_on_one_ends_all_the_same_and_the_sweep_goes_on(house: House, alice: int) -> None:
    talks = crowd(house, 3)
    with house.store.unit_of_work() as work:
        broken = bulk.start(work, "snooze", {"until": "some day"}, talks, alice)
        house.clock.move(seconds=1)
        bulk.start(work, "tag", {"name": "billing"}, talks, alice)
    house.clock.move(minutes=1)
    tick(house.store)
    with house.store.unit_of_work() as work:
        told = bulk.progress(work, broken, alice)
        assert (told.finished, told.tally.count("refused")) == (True, 3)
        assert [conversations.tags_of(work.session, one) for one in talks] == [["billing"]] * 3
