"""The review of a week, on both databases: what founders find out is kept by wait, and nothing gets around a cause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from house import House
from past import Past

from inbox.flow import act, review
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.review import Found
from inbox.flow.waiting import HISTORY
from inbox.flow.waits import reopen_wait
from inbox.store import erasing, promise_rows, reviews, values
from inbox.store.tables import Conversation, Teammate, Wait
from rules.promise import Week

MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
WEEK = Week(2026, 45)


@pytest.fixture
def past(house: House) -> Past:
    """The week of 2 November is over: one waited 30 hours, one was answered within two."""
    made = Past(house.store)
    made.teammate("Alice", "founder")
    made.teammate("Bob")
    made.wait(MONDAY - timedelta(days=3), 30, by="Bob")
    made.wait(MONDAY - timedelta(days=3), 2, by="Bob")
    house.clock.now = MONDAY + timedelta(hours=9)
    return made


def explain(house: House, wait: int, *, by: int = 1, **found: object) -> int:
    with house.store.unit_of_work() as work:
        return review.explain(work, wait, Found(**{"cause": "ignored", **found}), by)  # type: ignore[arg-type]


def test_a_second_founder_writes_over_the_first_and_nothing_is_there_twice(house: House, past: Past) -> None:
    first = explain(house, 1, words="We were busy.")
    second = explain(house, 1, cause="hard_question", by=past.people["Bob"])
    with house.store.reading() as session:
        row = reviews.of_wait(session, 1)
        assert row is not None
        assert (first, row.cause, row.words, row.by_id, row.week) == (
            second,
            "hard_question",
            "",
            past.people["Bob"],
            "2026-W45",
        )
        assert reviews.causes(session, ["2026-W44", "2026-W45"]) == {"2026-W44": {}, "2026-W45": {"hard_question": 1}}


def test_an_action_that_changes_is_to_be_done_again(house: House, past: Past) -> None:
    number = explain(house, 1, action="Look twice", owner=past.people["Bob"])
    with house.store.unit_of_work() as work:
        review.set_done(work, number, 1, done=True)
    explain(house, 1, action="Look twice", owner=past.people["Bob"], words="Said more.")
    with house.store.reading() as session:
        assert reviews.open_actions(session, "2026-W45") == []
    explain(house, 1, action="Look thrice", owner=past.people["Bob"])
    with house.store.reading() as session:
        assert [one.action for one in reviews.open_actions(session, "2026-W45")] == ["Look thrice"]
        assert reviews.open_actions(session, "2026-W44") == []


def test_who_left_sees_to_nothing(house: House, past: Past) -> None:
    with house.store.unit_of_work() as work:
        work.session.get_one(Teammate, past.people["Bob"]).disabled_at = work.now
    with pytest.raises(RefusedError, match="somebody who sees to it"):
        explain(house, 1, action="Look twice", owner=past.people["Bob"])


def test_a_promise_that_breaks_after_the_week_was_signed_off_asks_again(house: House, past: Past) -> None:
    """A reply that came back days later: its wait goes on with its true start, and was broken in that week."""
    explain(house, 1)
    with house.store.unit_of_work() as work:
        review.sign_off(work, WEEK, 1)
    with house.store.unit_of_work() as work:
        wait = work.session.get_one(Wait, 2)
        reopen_wait(work, work.session.get_one(Conversation, wait.conversation_id), wait, "the reply came back")
    with house.store.unit_of_work() as work, pytest.raises(RefusedError, match="without a cause: 1"):
        review.sign_off(work, WEEK, 1)
    explain(house, 2, cause="channel_down")
    with house.store.unit_of_work() as work:
        review.sign_off(work, WEEK, past.people["Bob"])
    with house.store.reading() as session:
        signed = reviews.signed(session, "2026-W45")
        assert signed is not None
        assert (signed.broken, signed.settled, signed.signed_by) == (2, 2, past.people["Bob"])


def test_a_week_that_runs_is_not_signed_off(house: House, past: Past) -> None:
    explain(house, 1)
    house.clock.now = MONDAY - timedelta(seconds=1)
    with house.store.unit_of_work() as work, pytest.raises(RefusedError, match="not over yet"):
        review.sign_off(work, WEEK, 1)


def test_what_is_erased_takes_the_founders_words_with_it(house: House, past: Past) -> None:
    explain(house, 1, words="Carol Diaz wrote at night.", action="Ring Carol", owner=past.people["Bob"])
    ended = past.wait(MONDAY - timedelta(days=2), 1, cause="no_reply_needed", by="Bob")
    with house.store.unit_of_work() as work:
        review.judge(work, WEEK, ended, 1, right=False, reason="Carol asked something.")
    with house.store.unit_of_work() as work:
        talks = [work.session.get_one(Wait, one).conversation_id for one in (1, ended)]
        erasing.empty_conversations(work, talks)
    with house.store.reading() as session:
        row = reviews.of_wait(session, 1)
        assert row is not None
        assert (row.cause, row.words, row.action) == ("ignored", "erased", "erased")
        assert reviews.verdicts(session, "2026-W45")[ended].reason == "erased"


def test_the_lot_leaves_out_history_and_what_was_erased(house: House, past: Past) -> None:
    at = MONDAY - timedelta(days=2)
    seen = past.wait(at, 1, cause="spam")
    past.wait(at, 1, cause="no_reply_needed", reason=HISTORY)
    gone = past.wait(at, 1, cause="no_reply_needed", by="Bob")
    with house.store.unit_of_work() as work:
        erasing.empty_conversations(work, [work.session.get_one(Wait, gone).conversation_id])
    with house.store.reading() as session:
        lot = review.lot(session, WEEK)
    assert ([one.wait_id for one in lot.chosen], lot.total) == ([seen], 1)


def test_who_was_answered_since_does_not_wait_again(house: House, past: Past) -> None:
    at = MONDAY - timedelta(days=2)
    answered = past.wait(at, 1, cause="no_reply_needed", by="Bob")
    spam = past.wait(at, 1, cause="spam", by="Bob")
    with house.store.unit_of_work() as work:
        for one in (answered, spam):
            review.judge(work, WEEK, one, 1, right=False, reason="They asked something.")
        talk = work.session.get_one(Conversation, work.session.get_one(Wait, answered).conversation_id)
        talk.replied_at = at + timedelta(hours=5)
        work.session.get_one(Conversation, work.session.get_one(Wait, spam).conversation_id).status = "spam"
    with house.store.unit_of_work() as work, pytest.raises(RefusedError, match="answered since"):
        review.resume(work, WEEK, answered, 1)
    with house.store.unit_of_work() as work:
        talk_id = review.resume(work, WEEK, spam, 1)
        assert act.find(work, talk_id).status == "open"
    with house.store.reading() as session:
        [row] = promise_rows.some(session, [spam])
        assert row.state(house.clock.now) == "unanswered"
        assert reviews.without_cause(session, review.span_of(session, WEEK), house.clock.now) == 2


def test_what_is_not_there_is_refused(house: House, past: Past) -> None:
    with house.store.unit_of_work() as work:
        for refused in (
            lambda: review.explain(work, 999, Found("ignored"), 1),
            lambda: review.set_done(work, 999, 1, done=True),
            lambda: review.judge(work, WEEK, 1, 1, right=True),
        ):
            with pytest.raises(NotFoundError):
                refused()


def test_the_houses_weeks_are_those_of_its_first_founder_until_one_says_so(house: House, past: Past) -> None:
    with house.store.unit_of_work() as work:
        assert review.zone_name(work.session) == "UTC"
        work.session.get_one(Teammate, past.people["Alice"]).zone = "Europe/Paris"
        work.session.flush()
        assert review.zone_name(work.session) == "Europe/Paris"
        review.set_zone(work, "Asia/Kathmandu", 1)
        assert review.span_of(work.session, WEEK).start == datetime(2026, 11, 1, 18, 15, tzinfo=UTC)
        assert values.get(work.session, review.KEY) == {"zone": "Asia/Kathmandu"}
