"""On Monday morning each founder is mailed how the week went, once, whatever happened meanwhile."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from house import House
from past import Past
from sqlmodel import select

from inbox.flow import data_jobs, letters_of_weeks, pruning, review
from inbox.flow.review import Found
from inbox.store import outbox
from inbox.store.tables import Account, Delivery, Teammate
from inbox.web.language import tell_in
from rules.promise import read_week

MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
"""The week that ended then is 2026-W45."""


@pytest.fixture
def past(house: House) -> Past:
    """Alice lives in Paris and reads French; Ann in Auckland, English. Two of twelve waited too long."""
    account = house.add_account(smtp_host="smtp.example.com")
    made = Past(house.store, account=account)
    made.teammate("Alice", "founder", zone="Europe/Paris", language="fr")
    made.teammate("Ann", "founder", zone="Pacific/Auckland")
    made.teammate("Bob")
    for hours in range(10):
        made.wait(MONDAY - timedelta(days=4, hours=hours), 2, by="Bob")
    made.wait(MONDAY - timedelta(days=3), 30, by="Bob")
    made.wait(MONDAY - timedelta(days=2), None)
    with house.store.unit_of_work() as work:
        for one in work.session.exec(select(Teammate)):
            one.mail = f"{one.name.lower()}@home.example"
    return made


def sent(house: House) -> dict[str, dict[str, str]]:
    with house.store.reading() as session:
        rows = session.exec(select(Delivery).where(Delivery.kind == "letter").order_by(Delivery.id)).all()  # type: ignore[arg-type]
        return {row.payload["to"][0]["value"]: row.payload for row in rows}


def test_each_founder_is_told_at_eight_in_their_own_morning(house: House, past: Past) -> None:
    told = []
    house.clock.now = MONDAY - timedelta(hours=12)
    for _ in range(80):
        house.clock.move(minutes=30)
        if letters_of_weeks.send_due(house.context):
            told.append((house.clock.now - MONDAY, sorted(sent(house))))
    # Ann's Monday begins while the house's week still runs: she hears when it is over (in Paris, at 23:00 UTC).
    assert told == [
        (timedelta(hours=-1), ["ann@home.example"]),
        (timedelta(hours=7), ["alice@home.example", "ann@home.example"]),
    ]


def test_the_letter_says_the_result_what_is_open_and_where(house: House, past: Past) -> None:
    house.clock.now = MONDAY + timedelta(hours=9)
    with house.store.unit_of_work() as work:
        late = 11
        found = Found("ignored", action="Look [twice](http://evil.example) a day", owner=past.people["Bob"])
        review.explain(work, late, found, past.people["Alice"])
    letters_of_weeks.send_due(house.context)
    letter = sent(house)["ann@home.example"]
    assert letter["subject"] == "The promise in the week of 2 November 2026"
    assert letter["markdown"].splitlines() == [
        "Answered in time: 10 of 12 (83 %).",
        "Waited longer than promised: 2. Of those, without an answer until now: 1.",
        "Broken promises that nobody has given a cause: 1.",
        "",
        "To be done: 1",
        "- Look twicehttp://evil.example a day (Bob)",
        "",
        f"The review of the week: {house.context.settings.public_url}/promise/team/review?week=2026-W45",
    ]


def test_it_speaks_the_language_of_its_reader(house: House, past: Past) -> None:
    house.clock.now = MONDAY + timedelta(hours=9)
    object.__setattr__(house.context, "voice", tell_in)
    letters_of_weeks.send_due(house.context)
    assert "2 novembre 2026" in sent(house)["alice@home.example"]["subject"]
    assert "2 November 2026" in sent(house)["ann@home.example"]["subject"]


def test_however_often_it_is_tried_it_leaves_once(house: House, past: Past) -> None:
    house.clock.now = MONDAY + timedelta(hours=9)
    for _ in range(3):
        data_jobs.look_after(house.context)  # as the background does, every few seconds
    with house.store.reading() as session:
        letters = session.exec(select(Delivery).where(Delivery.kind == "letter")).all()
    assert sorted(row.key for row in letters) == [f"promise:2026-W45:{past.people[name]}" for name in ("Alice", "Ann")]


def test_the_review_of_a_week_long_ago_says_to_whom_it_was_mailed(house: House, past: Past) -> None:
    house.clock.now = MONDAY + timedelta(hours=9)
    letters_of_weeks.send_due(house.context)
    with house.store.unit_of_work() as work:
        for one in work.session.exec(select(Delivery)):
            one.state = "sent"
    house.clock.move(days=400)
    while pruning.prune(house.store):
        pass
    week = read_week("2026-W45")
    assert week is not None
    with house.store.reading() as session:
        assert letters_of_weeks.mailed(session, week) == ["Alice", "Ann"]


@pytest.mark.parametrize(("hours", "number"), [(40, 2), (46.9, 2), (47, 1), (48, 0)])
def test_after_an_outage_it_is_still_mailed_until_tuesday_is_over(
    house: House, past: Past, hours: float, number: int
) -> None:
    with house.store.unit_of_work() as work:
        work.session.get_one(Teammate, past.people["Ann"]).zone = "UTC"
    house.clock.now = MONDAY + timedelta(hours=hours)
    assert letters_of_weeks.send_due(house.context) == number


def test_where_nothing_can_leave_it_is_tried_again(house: House, past: Past) -> None:
    with house.store.unit_of_work() as work:
        work.session.get_one(Account, past.account).enabled = False
    house.clock.now = MONDAY + timedelta(hours=9)
    assert letters_of_weeks.send_due(house.context) == 0
    week = read_week("2026-W45")
    assert week is not None
    with house.store.unit_of_work() as work:
        assert letters_of_weeks.mailed(work.session, week) == []
        work.session.get_one(Account, past.account).enabled = True
    house.clock.move(hours=2)
    assert letters_of_weeks.send_due(house.context) == 2
    with house.store.reading() as session:
        assert letters_of_weeks.mailed(session, week) == ["Alice", "Ann"]
        assert outbox.by_key(session, f"promise:2026-W45:{past.people['Ann']}") is not None


@pytest.mark.parametrize("there", [True, False])
def test_whom_no_letter_can_reach_nothing_is_reckoned_for(house: House, past: Past, there: bool) -> None:
    with house.store.unit_of_work() as work:
        account = work.session.get_one(Account, past.account)
        account.enabled = there
        for name in ("Alice", "Ann"):
            where = account.address.replace("@", f"+{name}@")
            work.session.get_one(Teammate, past.people[name]).mail = where.lower()
    house.clock.now = MONDAY + timedelta(hours=9)
    asked: list[str] = []
    for engine in {house.store.reader, house.store.writer}:
        sa.event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    assert letters_of_weeks.send_due(house.context) == 0
    assert asked
    assert not [one for one in asked if " waits" in one]


def test_an_empty_week_is_told_as_such(house: House) -> None:
    house.add_account(smtp_host="smtp.example.com")
    with house.store.unit_of_work() as work:
        work.session.add(Teammate(name="Ann", mail="ann@home.example", role="founder", created_at=work.now))
    house.clock.now = MONDAY + timedelta(hours=9)
    letters_of_weeks.send_due(house.context)
    assert re.match("Nobody was due an answer.", sent(house)["ann@home.example"]["markdown"])
