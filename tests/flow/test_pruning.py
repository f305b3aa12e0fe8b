"""What is kept for a while goes when its time is over: a little at once, and nothing that anybody has still to read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from house import House, mail
from sqlmodel import func, select
from stores import MovedClock

from inbox.flow import act, audit, notices, pruning, rule_runs, rules, undo, webhooks
from inbox.flow.data_jobs import look_after
from inbox.flow.notices import News
from inbox.flow.tick import tick
from inbox.flow.verify import verify
from inbox.store import changes, cursors
from inbox.store import notices as notice_rows
from inbox.store.db import SQLModel, Store
from inbox.store.pruning import NEWEST
from inbox.store.tables import (
    Audit,
    Change,
    Delivery,
    Notice,
    NoticeSend,
    RuleAct,
    TakenBack,
    WaitEvent,
    WaitStep,
    Webhook,
)
from inbox.web import hub
from rules.automation import Wish

MANY = NEWEST + 300


@pytest.fixture
def alice(house: House) -> Iterator[int]:
    yield house.add_teammate("Alice", "founder")
    assert verify(house.store, quick=True) == []


def count(house: House, model: type[SQLModel]) -> int:
    with house.store.reading() as session:
        return session.exec(select(func.count()).select_from(model)).one()


def busy(house: House, number: int = MANY) -> None:
    """So much happens that nobody has to look at again."""
    with house.store.unit_of_work() as work:
        for _ in range(number):
            work.announce("presence.seen")


def prune(house: House, limit: int = pruning.BATCH) -> int:
    """Forget until nothing is old any more; returns in how many steps."""
    steps = 1
    while pruning.prune(house.store, limit):
        steps += 1
    return steps


def test_changes_go_after_a_month_a_few_at_a_time_and_the_newest_stay(house: House, alice: int) -> None:
    busy(house)
    house.clock.move(days=29)
    assert (prune(house), count(house, Change)) == (1, MANY)
    house.clock.move(days=2)
    assert prune(house, 100) == 4
    assert count(house, Change) == NEWEST
    with house.store.reading() as session:
        assert (changes.first_seq(session), changes.last_seq(session)) == (301, MANY)


def test_what_a_reader_or_a_webhook_has_still_to_read_stays(house: House, alice: int) -> None:
    rule_runs.reader(house.store).step()
    with house.store.unit_of_work() as work:
        hook = webhooks.add(
            work, house.context.vault, "https://desk.example/hook", "Desk", ["message.in"], alice, loopback=False
        )
    busy(house)
    house.clock.move(days=31)
    prune(house)
    assert count(house, Change) >= MANY, "the rules have not looked yet"

    read_up_to(house, 200, 100, hook.id or 0)
    prune(house)
    assert first(house) == 101, "the endpoint has not heard of the rest"
    with house.store.unit_of_work() as work:
        webhooks.set_enabled(work, hook.id or 0, alice, on=False)
    prune(house)
    assert first(house) == 201


def first(house: House) -> int:
    with house.store.reading() as session:
        return changes.first_seq(session)


def read_up_to(house: House, rules_place: int, hook_place: int, hook: int) -> None:
    with house.store.unit_of_work() as work:
        cursors.move(work, "rules", rules_place)
        work.session.get_one(Webhook, hook).seen_seq = hook_place


def test_who_comes_back_after_the_feed_was_forgotten_is_told_to_look_anew(house: House, alice: int) -> None:
    busy(house)
    house.clock.move(days=31)
    prune(house)
    assert "reset" in hub.missed(house.context, 100, MANY)
    assert "reset" not in hub.missed(house.context, MANY - 10, MANY)


def test_what_rules_did_is_forgotten_where_they_cannot_do_it_again(house: House, alice: int) -> None:
    account, reader = house.add_account(), rule_runs.reader(house.store)
    reader.step()
    with house.store.unit_of_work() as work:
        rules.save(work, alice, rules.Draft("Greet", "arrived", 0, "", Wish(note="Say hello")))
        rules.save(work, alice, rules.Draft("Long", "waiting", 4, "", Wish(note="Still here")))
    house.receive(account, mail(), mail("Dana <dana@x.example>"))
    while reader.step():
        pass
    house.clock.move(hours=5)
    rule_runs.sweep(house.store)
    with house.store.unit_of_work() as work:
        act.no_reply_needed(work, 1, alice, "She rang")
    assert subjects(house) == ["seq", "seq", "wait:1", "wait:2"]
    house.clock.move(days=31)
    prune(house)
    assert subjects(house) == ["wait:2"]
    while reader.step() or rule_runs.sweep(house.store):
        pass
    told = [one.text for talk in (1, 2) for one in house.messages(talk) if one.kind == "note"]
    assert told == ["Say hello", "Still here"] * 2


def subjects(house: House) -> list[str]:
    with house.store.reading() as session:
        found = session.exec(select(RuleAct.subject).order_by(RuleAct.subject)).all()
    return ["seq" if one.startswith("seq:") else one for one in found]


def test_notices_letters_and_undone_sends_go_in_their_time(house: House, alice: int) -> None:
    account, bob = house.add_account(), house.add_teammate("Bob")
    house.receive(account, mail())
    said = house.reply(1, alice, hold=timedelta(minutes=1))
    with house.store.unit_of_work() as work:
        undo.take_back(work, said, alice)
        team = notices.team(work.session, work.now)
        notices.tell(work, News("rule", "rule:1", 1, (alice, bob), data={"rule": "Greet"}), team)
        notice_rows.mark_read(work, alice)
        letter = {"key": "a letter", "kind": "letter", "account_id": account, "state": "sent", "payload": {}}
        work.insert(Delivery, [{**letter, "external_id": "l@x", "not_before": work.now, "created_at": work.now}])
    kept = (TakenBack, Notice, NoticeSend, Delivery)
    before = [count(house, one) for one in kept]
    assert before[:2] == [1, 2]
    house.clock.move(days=89)
    prune(house)
    assert [count(house, one) for one in kept] == before
    house.clock.move(days=2)
    prune(house)
    assert [count(house, one) for one in (TakenBack, Notice)] == [0, 1]
    house.clock.move(days=90)
    prune(house)
    assert [count(house, one) for one in kept] == [0, 0, 0, 0]


def test_the_story_of_a_wait_and_the_audit_log_stay_however_old(house: House, alice: int) -> None:
    house.receive(house.add_account(), mail())
    house.clock.move(days=2)
    tick(house.store)
    with house.store.unit_of_work() as work:
        audit.record(work, alice, "routing.on")
    kept = (WaitStep, WaitEvent, Audit)
    before = [count(house, one) for one in kept]
    assert min(before) > 0
    house.clock.move(days=2_000)
    while look_after(house.context):
        pass
    assert [count(house, one) for one in kept] == before


def test_what_is_old_is_found_by_an_index(sqlite: Store, clock: MovedClock) -> None:
    """However much there is that is not old: no table is walked from its beginning to its end."""
    house = House(sqlite, clock)
    asked: list[tuple[str, tuple[object, ...]]] = []

    def note(_connection: object, _cursor: object, statement: str, given: tuple[object, ...], *_: object) -> None:
        asked.append((statement, given))

    sa.event.listen(house.store.reader, "before_cursor_execute", note)
    pruning.prune(house.store)
    sa.event.remove(house.store.reader, "before_cursor_execute", note)
    with house.store.reading() as session:
        plans = [session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", given).all() for one, given in asked]
    walked = [str(row[3]) for plan in plans for row in plan if str(row[3]).startswith("SCAN")]
    assert len(asked) > 5
    assert {one for one in walked if "INDEX" not in one} <= {"SCAN settings", "SCAN webhooks"}, "a few rows each"
