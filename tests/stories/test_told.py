"""From a mail of a customer to one of a teammate: a rule, a notice and a letter, by the loops alone."""

from __future__ import annotations

from house import House, mail
from loopback import eventually
from smtp_sink import SmtpSink
from stores import MovedClock

from inbox.flow import notices, rules
from inbox.flow.rules import Draft
from inbox.jobs import Jobs
from inbox.store import cursors, teammates
from inbox.store import notices as rows
from inbox.store.db import Store
from rules.automation import Wish


def test_a_rule_gives_it_to_bob_and_bob_gets_one_mail(store: Store, clock: MovedClock, smtp_sink: SmtpSink) -> None:
    house = House(store, clock)
    settings = {"smtp_host": "127.0.0.1", "smtp_port": str(smtp_sink.port), "smtp_security": "none"}
    account = house.add_account(**settings)
    alice, bob = house.add_teammate("Alice", "founder"), house.add_teammate("Bob")
    with store.unit_of_work() as work:
        found = teammates.get(work.session, bob)
        assert found is not None
        found.mail = "bob@home.example"
        notices.prefer(work, bob, notices={"assigned": ["mail"]})
        rules.save(work, alice, Draft("Billing", "arrived", query="invoice", wish=Wish(assign=str(bob))))
    jobs = Jobs(house.context)
    jobs.start()
    try:
        assert eventually(lambda: _following(store), 30)
        house.receive(account, mail(text="My invoice"))
        assert eventually(lambda: _told(store, bob) == 1, 30)
        assert house.conversations()[0].assignee_id == bob
        clock.move(minutes=3)
        store.ring()
        assert eventually(lambda: len(smtp_sink.letters) == 1, 30)
        clock.move(hours=1)
        store.ring()
        assert not eventually(lambda: len(smtp_sink.letters) > 1 or _told(store, bob) > 1, seconds=1)
    finally:
        jobs.stop()
    assert smtp_sink.letters[0].recipients == ["bob@home.example"]
    assert len(house.open_waits()) == 1


def _following(store: Store) -> bool:
    """Whether both readers have found their place in the feed."""
    with store.reading() as session:
        return None not in {cursors.place(session, name) for name in ("rules", "notices")}


def _told(store: Store, who: int) -> int:
    with store.reading() as session:
        return rows.unread(session, who)
