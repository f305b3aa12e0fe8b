"""What happened while somebody waited, told in as many questions for twenty waits as for one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from past import Past
from sqlalchemy import event

from inbox.store import promise_rows, wait_story
from inbox.store.db import Store, Work
from inbox.store.tables import Claim, Message, Outage, SavedDraft, Seen, Telling, TellingSend, WaitEvent


@pytest.fixture
def past(store: Store) -> Past:
    made = Past(store)
    made.teammate("Alice")
    made.teammate("Bob")
    return made


def everything(past: Past, start: datetime) -> int:
    """Let somebody wait 30 hours with all that can happen meanwhile."""
    talk, alice, bob = past.talk(), past.people["Alice"], past.people["Bob"]
    wait = past.wait(start, 30, by="Bob", talk=talk, late=True)

    def at(hours: float) -> datetime:
        return start + timedelta(hours=hours)

    with past.store.unit_of_work() as work:
        work.session.get_one(Message, past.messages[talk]).stored_at = at(2)
        work.insert(Seen, [{"teammate_id": alice, "conversation_id": talk, "version": 1, "at": at(3)}])
        _event(work, past, talk, at(4), "assigned", to="Bob", to_id=bob)
        _event(work, past, talk, at(4.5), "snoozed", until=at(20).isoformat())
        _event(work, past, talk, at(40), "closed")  # after it was over
        past_draft: dict[str, Any] = {
            "conversation_id": talk,
            "teammate_id": bob,
            "created_at": at(5),
            "updated_at": at(5),
        }
        work.session.add(SavedDraft(**past_draft))
        claim: dict[str, Any] = {"wait_id": wait, "teammate_id": bob, "until": at(9)}
        work.session.add(Claim(**claim, at=at(6), released_at=at(7)))
        outage: dict[str, Any] = {"account_id": past.account, "noticed_at": at(8), "why": "The password was refused."}
        work.session.add(Outage(**outage, since=at(8), over_at=at(10)))
        work.session.add(Outage(**outage, since=at(-20), over_at=at(-10)))  # before it began
        telling = Telling(subject=f"wait:{wait}", step="warning", wait_id=wait, due_at=at(16), not_before=at(16))
        work.session.add(telling)
        work.session.flush()
        told: dict[str, Any] = {"telling_id": telling.id, "not_before": at(16), "at": at(16)}
        for person, means, state in ((alice, "mail", "sent"), (bob, "push", "failed"), (bob, "app", "queued")):
            work.session.add(TellingSend(**told, person=person, means=means, state=state, error="Why."))
        work.insert(WaitEvent, [{"wait_id": wait, "kind": "reopened", "at": at(28), "details": {"why": "a bounce"}}])
    past.ring(wait, "warning", at(16))
    return wait


def _event(work: Work, past: Past, talk: int, at: datetime, what: str, **details: object) -> None:
    row: dict[str, Any] = {
        "conversation_id": talk,
        "account_id": past.account,
        "channel": "mail",
        "direction": "none",
        "kind": "event",
    }
    work.session.add(
        Message(**row, teammate_id=past.people["Alice"], details={"event": what, **details}, at=at, stored_at=at)
    )


def test_everything_that_happened_is_told_in_order(past: Past) -> None:
    start = past.store.clock() - timedelta(days=3)
    wait = everything(past, start)
    with past.store.reading() as session:
        rows = promise_rows.some(session, [wait])
        [told] = wait_story.stories(session, rows, past.store.clock()).values()
    kinds = [(round((one.at - start).total_seconds() / 3600), one.kind) for one in told]
    assert kinds == [
        (0, "arrived"),
        (2, "stored"),
        (3, "seen"),
        (4, "assigned"),
        (4, "snoozed"),
        (5, "draft"),
        (6, "claimed"),
        (7, "released"),
        (8, "outage"),
        (16, "rang"),
        (16, "told"),
        (16, "told"),
        (28, "resumed"),
        (30, "ended"),
    ]
    assert [one.details["until"] for one in told if one.kind == "snoozed"] == [start + timedelta(hours=20)]
    told_whom = {(one.person, one.details["means"], one.details["state"]) for one in told if one.kind == "told"}
    alice, bob = past.people["Alice"], past.people["Bob"]
    assert told_whom == {(alice, "mail", "sent"), (bob, "push", "failed")}


def test_twenty_waits_are_told_with_as_many_questions_as_one(past: Past) -> None:
    start = past.store.clock() - timedelta(days=3)
    waits = [everything(past, start + timedelta(minutes=number)) for number in range(4)]
    asked: list[str] = []
    event.listen(past.store.reader, "before_cursor_execute", lambda *given: asked.append(given[2]))
    counts = []
    for number in (1, 4):
        with past.store.reading() as session:
            rows = promise_rows.some(session, waits[:number])
            asked.clear()
            found = wait_story.stories(session, rows, past.store.clock())
        counts.append(len(asked))
        assert {wait: len(moments) for wait, moments in found.items()}.keys() == set(waits[:number])
        assert all(sum(one.kind == "assigned" for one in moments) == 1 for moments in found.values())
    assert counts[0] == counts[1] <= 12
