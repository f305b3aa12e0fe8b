"""What was promised when somebody wrote is what counts, whatever is decided meanwhile; and the founders look back."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
from house import House
from office import Office
from stores import MovedClock

from inbox.flow import policies, review
from inbox.flow.errors import RefusedError
from inbox.flow.policies import Draft
from inbox.store import promise_figures
from inbox.store.db import Store
from inbox.store.promise_figures import Only
from rules.promise import week_of
from rules.sla import Condition

HOUR = timedelta(hours=1)


@pytest.fixture
def office(sqlite: Store, clock: MovedClock) -> Office:
    made = Office(House(sqlite, clock))
    made.hire("Alice", "founder")
    made.hire("Bob", on_duty=True)
    return made


def promise(office: Office, minutes: int, number: int | None = None) -> int:
    with office.house.store.unit_of_work() as work:
        draft = Draft("Mail in a hurry", Condition(channels=frozenset({"mail"})), minutes)
        return policies.save(work, office.team["Alice"], draft, number)


def test_a_policy_that_changes_moves_nobody_who_waits_already(office: Office) -> None:
    number = promise(office, 4 * 60)
    carol = office.write("Carol")
    promise(office, 60, number)
    dana = office.write("Dana")
    office.pass_time(hours=1)
    assert "breach" not in office.steps(carol)
    assert office.steps(dana)["breach"] == HOUR
    with office.house.store.unit_of_work() as work:
        policies.archive(work, office.team["Alice"], number)
    office.pass_time(hours=3)
    assert office.steps(carol)["breach"] == 4 * HOUR
    sam = office.write("Sam")
    assert office.wait_of(sam).due_at == office.now + 24 * HOUR


def test_a_short_promise_leaves_out_the_steps_that_would_come_before_it_began(office: Office) -> None:
    promise(office, 60)
    carol = office.write("Carol")
    office.pass_time(hours=1, hop=15 * timedelta(minutes=1))
    assert office.steps(carol) == {"last_call": HOUR / 2, "breach": HOUR}


def test_a_week_is_signed_off_once_every_broken_promise_of_it_has_a_cause(office: Office) -> None:
    carol, dana = office.write("Carol"), office.write("Dana")
    office.pass_time(hours=3, hop=3 * HOUR)
    office.answer(dana, "Bob")
    office.pass_time(hours=23, hop=6 * HOUR)
    office.answer(carol, "Bob")
    week = week_of(office.now, UTC)
    wait = office.wait_of(carol).id or 0
    with office.house.store.unit_of_work() as work, pytest.raises(RefusedError, match="not over"):
        review.sign_off(work, week, office.team["Alice"])
    office.pass_time(days=7, hop=24 * HOUR)
    with office.house.store.unit_of_work() as work:
        span = review.span_of(work.session, week)
        found = promise_figures.figures(work.session, span, work.now)
        assert (found.tally.kept, found.tally.late, found.slowest) == (1, 1, 26 * HOUR)
        assert promise_figures.tally(work.session, span, work.now, Only("broken")).broken == 1
        with pytest.raises(RefusedError, match="without a cause: 1"):
            review.sign_off(work, week, office.team["Alice"])
        review.explain(work, wait, review.Found("notice_missed"), office.team["Alice"])
        review.sign_off(work, week, office.team["Alice"])


def test_on_monday_at_eight_founders_get_the_week_by_mail_once(sqlite: Store, clock: MovedClock) -> None:
    office = Office(House(sqlite, clock), processes=2)
    office.hire("Alice", "founder")
    office.hire("Bob", on_duty=True)
    carol = office.write("Carol")
    office.pass_time(hours=26, hop=6 * HOUR)
    office.answer(carol, "Bob")
    office.pass_time(days=5, hours=20, hop=24 * HOUR)
    assert [one.subject for one in office.letters("Alice") if "week" in one.subject] == []
    office.pass_time(hours=2)
    [letter] = [one for one in office.letters("Alice") if "week" in one.subject]
    assert "0 of 1" in letter.markdown
    assert [one for one in office.letters("Bob") if "week" in one.subject] == []
