"""Every law, broken by hand, is found; a store nobody broke is well."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from house import House, mail

from inbox.flow import act, merge
from inbox.flow.tick import tick
from inbox.flow.verify import verify


@pytest.fixture
def busy(house: House) -> House:
    """A week of support: waits answered, closed, merged, breached and open."""
    account, bob = house.add_account(), house.add_teammate("Bob")
    for name in ("Carol", "Dana", "Erin", "Frank", "Grace"):
        house.receive(account, mail(f"{name} <{name.lower()}@customer.example>", f"{name} writes", subject=name))
        house.clock.move(hours=1)
    carol, dana, erin, frank, grace = (talk.id or 0 for talk in house.conversations())
    house.receive(account, mail("News <news@shop.example>", "Sale", List_Id="<news.shop.example>"), b"No mail\n")
    with house.store.unit_of_work() as work:
        act.no_reply_needed(work, carol, bob, "She found it herself")
        act.mark_spam(work, dana, bob)
        merge.merge(work, erin, frank, bob)
    house.receive(account, mail("Grace <grace@customer.example>", "Please", reply_to_id="x@y"), direction="out")
    house.clock.move(hours=30)
    tick(house.store)
    assert grace
    return house


def test_a_store_that_was_used_is_well(busy: House) -> None:
    assert verify(busy.store) == []


BREAKS = {
    "law 2": "UPDATE arrivals SET message_id = 999 WHERE state = 'threaded' AND id = 1",
    "other bytes": "UPDATE messages SET raw_sha256 = NULL WHERE id = 1",
    "law 5": "DELETE FROM wait_steps; DELETE FROM wait_events WHERE wait_id = 1; DELETE FROM waits WHERE id = 1",
    "another deadline": "UPDATE conversations SET due_at = NULL WHERE due_at IS NOT NULL",
    "closed, spam or merged": "UPDATE conversations SET status = 'closed' WHERE due_at IS NOT NULL",
    "their history says": "DELETE FROM wait_events WHERE wait_id = 1 AND kind = 'closed'",
    "another cause": "UPDATE waits SET cause = 'spam' WHERE cause = 'no_reply_needed'",
    "never ring": "DELETE FROM wait_steps; UPDATE waits SET next_step_at = NULL",
    "terms that are not there": "UPDATE waits SET policy_version_id = 99",
    "before their time": "UPDATE wait_steps SET rung_at = (SELECT min(started_at) FROM waits)",
    "left behind": "UPDATE messages SET conversation_id = 3 WHERE conversation_id = 4 AND kind = 'message'",
    "could not be read": "UPDATE messages SET external_id = '' WHERE external_id LIKE 'unreadable:%'",
    "raw mail": "UPDATE blobs SET data = (SELECT data FROM blobs WHERE size < 10)",
}


@pytest.mark.parametrize("named", BREAKS)
def test_what_is_broken_by_hand_is_found(busy: House, named: str) -> None:
    with busy.store.writer.connect() as connection:
        if busy.store.dialect == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN")
        else:
            connection.execute(sa.text("SET session_replication_role = replica"))
        for statement in BREAKS[named].split(";"):
            connection.execute(sa.text(statement))
        connection.commit()
        if busy.store.dialect == "postgresql":
            connection.execute(sa.text("RESET session_replication_role"))
            connection.commit()

    found = verify(busy.store)
    assert any(named in sentence for sentence in found) or (named == "law 2" and "not there" in " ".join(found)), found


def test_a_quick_look_reads_no_raw_mail(busy: House) -> None:
    with busy.store.writer.begin() as connection:
        connection.execute(sa.text("UPDATE blobs SET data = (SELECT data FROM blobs WHERE size < 10)"))
    assert verify(busy.store, quick=True) == []
    assert verify(busy.store)
