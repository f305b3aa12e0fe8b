"""The audit log is added to, never changed, and says who acted and from where."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from house import House
from stores import MovedClock

from inbox.flow import audit
from inbox.flow.verify import verify
from inbox.store import audit as log
from inbox.store.audit import Wanted
from inbox.store.db import Store, Work
from inbox.store.tables import Audit


@pytest.fixture
def house(store: Store, clock: MovedClock) -> House:
    return House(store, clock)


def rows(house: House, wanted: Wanted | None = None) -> list[Audit]:
    with house.store.reading() as session:
        return log.page(session, wanted or Wanted(), before=None, limit=100)


def test_an_act_is_kept_with_who_when_and_from_where(house: House) -> None:
    alice = house.add_teammate("Alice", "founder")
    audit.comes_from("192.0.2.7", "browser")
    with house.store.unit_of_work() as work:
        audit.record(work, alice, "rule.added", rule=7, name="Refunds", on=True)
    (row,) = rows(house)
    assert (row.at, row.kind, row.teammate_id) == (house.clock.now, "rule.added", alice)
    assert (row.address, row.via) == ("192.0.2.7", "browser")
    assert row.details == {"rule": 7, "name": "Refunds", "on": True}


def test_an_act_that_failed_leaves_nothing(house: House) -> None:
    def fails(work: Work) -> None:
        audit.record(work, None, "rule.added")
        raise RuntimeError

    with pytest.raises(RuntimeError), house.store.unit_of_work() as work:
        fails(work)
    assert rows(house) == []


def test_what_sounds_secret_is_left_out(house: House) -> None:
    with house.store.unit_of_work() as work:
        audit.record(work, None, "account.changed", password="hunter22", client_secret="s3cret", address="a\0b")
    details = rows(house)[0].details
    assert details == {"password": "…", "client_secret": "…", "address": "ab"}


@pytest.mark.parametrize("act", ["UPDATE audit SET kind = 'x'", "DELETE FROM audit"])
def test_nothing_can_be_changed_or_taken_out(house: House, act: str) -> None:
    with house.store.unit_of_work() as work:
        audit.record(work, None, "rule.added")
    with pytest.raises(sa.exc.DBAPIError, match="only added to"), house.store.unit_of_work() as work:
        work.session.execute(sa.text(act))
    assert len(rows(house)) == 1


def test_whoever_works_around_that_is_found(house: House) -> None:
    for number in range(3):
        with house.store.unit_of_work() as work:
            audit.record(work, None, "rule.added", rule=number)
            audit.record(work, None, "rule.tried", rule=number)
    assert verify(house.store) == []
    with house.store.unit_of_work() as work:
        off = (
            "DROP TRIGGER audit_no_update" if work.dialect == "sqlite" else "DROP TRIGGER audit_only_added_to ON audit"
        )
        work.session.execute(sa.text(off))
        work.session.execute(sa.text("UPDATE audit SET address = '198.51.100.1' WHERE id = 4"))
    assert any("audit log" in told and "4" in told for told in verify(house.store))


def test_it_is_searched_by_person_kind_and_time(house: House) -> None:
    alice, bob = house.add_teammate("Alice"), house.add_teammate("Bob")
    for by, kind in ((alice, "teammate.invited"), (bob, "teammates"), (bob, "teammate.role"), (None, "sign_in.failed")):
        with house.store.unit_of_work() as work:
            audit.record(work, by, kind)
        house.clock.move(minutes=1)
    start = house.clock.now
    assert [row.kind for row in rows(house, Wanted("teammate"))] == ["teammate.role", "teammate.invited"]
    assert [row.kind for row in rows(house, Wanted(teammate_id=bob))] == ["teammate.role", "teammates"]
    assert [row.kind for row in rows(house, Wanted("sign_in.failed"))] == ["sign_in.failed"]
    assert rows(house, Wanted(since=start)) == []
    assert len(rows(house, Wanted(until=start))) == 4
    with house.store.reading() as session:
        assert log.kinds(session) == ["sign_in.failed", "teammate.invited", "teammate.role", "teammates"]
