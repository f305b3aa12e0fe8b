"""How the promise was kept: every wait that was due counts, whoever answered it or did not, on both databases."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from past import Past
from sqlalchemy import event
from sqlmodel import Session

from inbox.store import matter_rows, past_waits, promise_conditions, promise_figures, promise_rows, reviews
from inbox.store.db import Store
from inbox.store.promise_figures import NOBODY, Only, Span, Tally
from inbox.store.tables import Resolution
from rules import promise

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = Span(MONDAY, MONDAY + timedelta(days=7))
NOW = MONDAY + timedelta(days=4)


def hours(number: float) -> datetime:
    return MONDAY + timedelta(hours=number)


@pytest.fixture
def past(store: Store) -> Past:
    return Past(store)


@pytest.fixture
def busy(past: Past) -> Past:
    """A week with everything in it."""
    past.wait(hours(-20), 1, by="Bob")  # arrived on Sunday, due on Monday
    past.wait(hours(9), 3, by="Bob")
    past.wait(hours(10), 21, by="Alice", channel="voice")  # nearly broken
    past.wait(hours(11), 26.5, by="Bob", channel="voice")  # late
    past.wait(hours(12), None, assignee="Bob")  # due on Tuesday, and nobody answered
    past.wait(hours(13), 30, cause="no_reply_needed", by="Alice")  # given up after it was due
    past.wait(hours(80), None)  # still in time
    past.wait(hours(14), 2, cause="spam")
    past.wait(hours(14), 2, cause="no_reply_needed", by="Alice")
    past.wait(hours(14), 2, cause="merged_into")
    past.wait(hours(-2000), 2100, cause="no_reply_needed", reason="It was in the mailbox before.")  # history
    past.wait(hours(-26), 2, by="Bob")  # due on Sunday: last week's
    past.wait(hours(150), 1, by="Bob")  # due next week
    return past


def test_every_wait_that_was_due_counts(busy: Past) -> None:
    with busy.store.reading() as session:
        found = promise_figures.figures(session, WEEK, NOW)
    assert found.tally == Tally(kept=3, late=1, unanswered=2, undecided=1, near=1)
    assert (found.tally.settled, found.tally.broken, found.tally.percent) == (6, 3, 50)
    took = sorted([1, 3, 21, 26.5, 84, 30])
    assert (found.median, found.p90, found.slowest) == tuple(timedelta(hours=took[place]) for place in (2, 5, 5))
    assert found.plain


def test_who_answers_late_does_not_make_the_figures_better(past: Past) -> None:
    """An open wait that is past due is broken from that instant on, and stays so when the answer comes."""
    past.wait(hours(0), None)
    with past.store.reading() as session:
        before = promise_figures.tally(session, WEEK, hours(24) - timedelta(microseconds=1))
        after = promise_figures.tally(session, WEEK, hours(24))
    assert (before, after) == (Tally(undecided=1), Tally(unanswered=1))


def test_groups_add_up_to_the_whole(busy: Past) -> None:
    with busy.store.reading() as session:
        whole = promise_figures.tally(session, WEEK, NOW)
        channels = promise_figures.by_channel(session, WEEK, NOW)
        people = promise_figures.by_person(session, WEEK, NOW)
        by_hour = promise_figures.by_hour(session, WEEK, NOW, ZoneInfo("Asia/Kathmandu"))
    for groups in (channels.values(), people.values(), by_hour):
        assert sum(groups, Tally()) == whole
    assert list(channels) == ["mail", "voice"]
    assert channels["voice"] == Tally(kept=1, late=1, near=1)
    alice, bob = busy.people["Alice"], busy.people["Bob"]
    assert people == {
        bob: Tally(kept=2, late=1, unanswered=1),
        alice: Tally(kept=1, unanswered=1, near=1),
        NOBODY: Tally(undecided=1),
    }
    assert by_hour[14] == Tally(kept=1)  # 09:00 in UTC is 14:45 there


@pytest.mark.parametrize(
    ("only", "number"),
    [
        (Only(), 7),
        (Only("kept"), 3),
        (Only("near"), 1),
        (Only("broken"), 3),
        (Only("settled"), 6),
        (Only("undecided"), 1),
        (Only(channel="voice"), 2),
        (Only("late", channel="voice"), 1),
        (Only(person=NOBODY), 1),
        (Only(hour=10), 1),
        (Only(hour=10, zone=ZoneInfo("Asia/Tokyo")), 0),
        (Only(hour=19, zone=ZoneInfo("Asia/Tokyo")), 1),
    ],
)
def test_what_is_counted_can_be_narrowed(busy: Past, only: Only, number: int) -> None:
    with busy.store.reading() as session:
        found = promise_figures.tally(session, WEEK, NOW, only)
    assert found.settled + found.undecided == number


def test_another_promise_than_a_day_is_not_called_one(past: Past) -> None:
    past.wait(hours(0), 1, hours=8)
    with past.store.reading() as session:
        found = promise_figures.figures(session, WEEK, NOW)
    assert not found.plain
    assert found.tally == Tally(kept=1)


def test_an_empty_week_has_no_percentage(past: Past) -> None:
    with past.store.reading() as session:
        found = promise_figures.figures(session, WEEK, NOW)
    assert (found.tally, found.tally.percent, found.median, found.slowest) == (Tally(), None, None, None)


def test_what_rang_and_was_erased_stays_broken(past: Past) -> None:
    gone = past.wait(hours(0), 30, cause="erased")
    past.wait(hours(0), 30, cause="erased")  # nobody ever saw it ring: imported and erased
    past.ring(gone, "breach", hours(24))
    with past.store.reading() as session:
        assert promise_figures.tally(session, WEEK, NOW) == Tally(unanswered=1)


def test_a_trend_counts_what_is_decided(busy: Past) -> None:
    spans = [Span(WEEK.start - timedelta(days=7), WEEK.start), WEEK]
    with busy.store.reading() as session:
        found = promise_figures.trend(session, spans, NOW)
    assert [(one.kept, one.late, one.unanswered) for one in found] == [(1, 0, 0), (3, 1, 2)]


def test_what_is_due_as_a_week_begins_is_of_that_week_alone(past: Past) -> None:
    next_week = Span(WEEK.end, WEEK.end + timedelta(days=7))
    edge = past.wait(WEEK.end - timedelta(hours=24), 1, by="Bob", channel="voice")
    broken = past.wait(WEEK.end - timedelta(hours=24), None)
    later = WEEK.end + timedelta(days=1)
    with past.store.reading() as session:
        counted = promise_figures.trend(session, [WEEK, next_week], later)
        channels = [promise_figures.by_channel(session, one, later) for one in (WEEK, next_week)]
        weeks = [promise_figures.week(session, one, later, UTC).figures.tally for one in (WEEK, next_week)]
        rows = [promise_rows.page(session, one, later, Only()) for one in (WEEK, next_week)]
        missing = [reviews.without_cause(session, one, later) for one in (WEEK, next_week)]
    assert counted == weeks == [Tally(), Tally(kept=1, unanswered=1)]
    assert channels == [{}, {"voice": Tally(kept=1), "mail": Tally(unanswered=1)}]
    assert [[one.id for one in found] for found in rows] == [[], [edge, broken]]
    assert missing == [0, 1]


def test_what_if_looks_at_whoever_began_to_wait_in_that_time(past: Past) -> None:
    past.wait(hours(0) - timedelta(microseconds=1), 30, by="Bob")  # before, and due within
    inside = [past.wait(hours(0), 1, by="Bob"), past.wait(hours(30), None)]
    past.wait(hours(40), None)  # after
    with past.store.reading() as session:
        found = past_waits.some(session, hours(0), hours(30), 1)
        assert past_waits.count(session, hours(0), hours(30)) == 2
    assert sorted(one.id for one in found) == inside


def test_very_many_waits_are_counted_and_ranked_in_the_store_alike(busy: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    with busy.store.reading() as session:
        few = promise_figures.week(session, WEEK, NOW, zone)
        assert few.figures == promise_figures.figures(session, WEEK, NOW)
        monkeypatch.setattr(promise_figures, "AT_ONCE", 0)
        monkeypatch.setattr(promise_figures, "RANKED", 0)
        assert promise_figures.week(session, WEEK, NOW, zone) == few


def test_the_index_of_slow_waits_holds_every_near_miss(past: Past) -> None:
    """It is written in words of the database; the rule is in Python. At 20 hours to the second it is no near miss."""
    instants = [timedelta(hours=20) + timedelta(microseconds=number) for number in (-1, 0, 1)]
    waited = [past.wait(hours(1), took / timedelta(hours=1), by="Bob") for took in instants]
    with past.store.reading() as session:
        near = [one.id for one in promise_rows.page(session, WEEK, NOW, Only("near"))]
        whole = promise_figures.tally(session, WEEK, NOW)
    assert near == [waited[2]]
    assert whole == Tally(kept=3, near=1)
    assert [promise.near_miss(hours(1), hours(25), hours(1) + took) for took in instants] == [False, False, True]


def test_matters_are_told_page_by_page(past: Past) -> None:
    begun = [*(hours(number // 2) for number in range(5)), hours(-1)]
    rows = [
        {"conversation_id": past.talk(subject=f"Matter {number}"), "policy_version_id": 1, "started_at": at}
        for number, at in enumerate(begun)
    ]
    with past.store.unit_of_work() as work:
        work.insert(Resolution, [{**row, "spent_seconds": 60} for row in rows])
    seen: list[str] = []
    with past.store.reading() as session:
        after = None
        while found := matter_rows.page(session, WEEK, after=after, limit=2):
            seen, after = [*seen, *(one.subject for one in found)], found[-1].id
    assert seen == [f"Matter {number}" for number in range(5)]


def test_a_week_costs_what_it_holds_however_many_waits_there_are(sqlite_store: Store) -> None:
    """Every question about a week walks the index of deadlines; none looks at all waits."""
    past, asked = Past(sqlite_store), list[str]()
    past.crowd(MONDAY - timedelta(weeks=26), 5_000, timedelta(hours=1))

    def listen(_connection: object, _cursor: object, statement: str, given: object, *_: object) -> None:
        if "FROM waits" in statement and not statement.startswith("EXPLAIN"):
            asked.append(_plan(sqlite_store, statement, given))

    event.listen(sqlite_store.reader, "before_cursor_execute", listen)
    with sqlite_store.reading() as session:
        promise_figures.figures(session, WEEK, NOW)
        promise_figures.by_channel(session, WEEK, NOW)
        promise_figures.by_person(session, WEEK, NOW)
        promise_figures.by_hour(session, WEEK, NOW, ZoneInfo("Europe/Paris"))
        promise_figures.trend(session, [WEEK], NOW)
        promise_rows.page(session, WEEK, NOW, Only("broken"))
        promise_rows.due_until(session, NOW, NOW)
        reviews.without_cause(session, WEEK, NOW)
        reviews.endings(session, WEEK, ())
        past_waits.count(session, MONDAY, NOW)
        past_waits.some(session, MONDAY, NOW, 3)
    assert len(asked) > 8
    assert [plan for plan in asked if "SCAN waits" in plan or "SCAN conversations" in plan] == []
    assert all("waits_by_due" in plan or "waits_slow" in plan or "waits_open" in plan for plan in asked), asked


def test_a_week_reads_the_steps_of_its_own_waits_alone_on_postgresql(postgres_store: Store) -> None:
    """Else each figure would read every step that ever rang."""
    Past(postgres_store).crowd(MONDAY - timedelta(weeks=26), 5_000, timedelta(hours=1))
    with postgres_store.unit_of_work() as work:
        work.session.execute(
            sa.text(
                "INSERT INTO wait_steps (wait_id, step, due_at, rung_at) SELECT id, 'breach', due_at, due_at FROM waits"
            )
        )
        work.session.execute(sa.text("ANALYZE waits, wait_steps"))
    told = []
    with postgres_store.reading() as session:
        for state in ("", "broken", "settled"):
            query = sa.select(sa.func.count()).where(*promise_conditions.within(session, WEEK, NOW, Only(state)))
            rows = session.execute(sa.text(f"EXPLAIN VERBOSE {_literal(session, query)}")).scalars()
            told.append("; ".join(rows))
    assert all("wait_steps" in plan and "hashed" not in plan for plan in told), told


def _literal(session: Session, query: sa.Select[Any]) -> str:
    bind = session.get_bind()
    return str(query.compile(bind, compile_kwargs={"literal_binds": True})).replace(":", "\\:")


def _plan(store: Store, statement: str, given: object) -> str:
    with sqlite3.connect(str(store.path)) as connection:
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", given).fetchall()  # type: ignore[arg-type]
    return "; ".join(str(row[3]) for row in rows)
