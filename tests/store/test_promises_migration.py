"""A store from before the policies: who waits there keeps their deadline, and rings by the ladder from now on."""

from __future__ import annotations

from alembic import command
from house import DAY, House, mail
from stores import MovedClock

from inbox.flow.tick import tick
from inbox.store import policies, waits
from inbox.store.db import Store
from inbox.store.migrate import config


def test_who_waits_keeps_their_deadline_and_rings_on(store: Store, clock: MovedClock) -> None:
    house = House(store, clock)
    account = house.add_account()
    house.receive(account, mail(), at=clock.now - 1.2 * DAY)
    house.receive(account, mail("Dana <dana@customer.example>"), at=clock.now - 0.8 * DAY)
    before = [(wait.started_at, wait.due_at) for wait in house.waits()]

    with store.writer.begin() as connection:
        command.downgrade(config(connection), "0010")
        command.upgrade(config(connection), "head")

    late, warned = house.waits()
    assert [(wait.started_at, wait.due_at) for wait in (late, warned)] == before
    with store.reading() as session:
        terms = policies.terms(session, [late.policy_version_id, warned.policy_version_id])
        assert [one.default for one in terms.values()] == [True]
    tick(store)
    for expected in (["breach"], ["late_1"]):
        with store.reading() as session:
            rung = waits.rung(session, [late.id or 0, warned.id or 0])
        assert set(expected) <= rung[late.id or 0]
        assert rung[warned.id or 0] >= {"warning"}
        clock.move(days=1)
        tick(store)
