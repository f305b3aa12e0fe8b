"""Carol was erased here, but not in the mailbox: no second look at the mailbox brings her back (R27)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dovecot import Dovecot
from house import House, mail
from mailbox_account import add_mailbox, pull
from sqlmodel import select

from inbox.flow import erase
from inbox.flow.verify import verify
from inbox.store.tables import Arrival, Blob, Identity, Message

CAROL = "Carol Diaz <carol@customer.example>"
DANA = "Dana Kim <dana@customer.example>"


@pytest.fixture
def account(house: House, dovecot: Dovecot) -> int:
    return add_mailbox(house, dovecot)


def held(house: House) -> str:
    """Return everything that could say who wrote what."""
    with house.store.reading() as session:
        raws = [row.data for row in session.exec(select(Blob)).all()]
        said = [f"{row.subject} {row.text} {row.people}" for row in session.exec(select(Message)).all()]
        known = [f"{row.value} {row.name}" for row in session.exec(select(Identity)).all()]
        facts = [str(row.facts) for row in session.exec(select(Arrival)).all()]
    return " ".join([*said, *known, *facts]) + b" ".join(raws).decode("utf-8", "replace")


@pytest.mark.dovecot
def test_a_new_uidvalidity_and_a_reconciliation_bring_nobody_back(house: House, account: int, dovecot: Dovecot) -> None:
    then = house.clock.now - timedelta(hours=3)
    for number in range(8):
        who = CAROL if number % 2 else DANA
        dovecot.append(mail(who, f"Marmalade {number}" if who is CAROL else f"Toast {number}"), internaldate=then)
    pull(house, account)
    with house.store.reading() as session:
        [carol] = session.exec(select(Identity).where(Identity.value == "carol@customer.example")).all()
    erase.run(house.context, {"contact": carol.contact_id, "handles": []}, lambda _asked: None, lambda _d, _t: None)
    assert "arol" not in held(house)

    dovecot.renew_uidvalidity()
    pull(house, account)
    pull(house, account)

    left = held(house)
    assert ("arol" in left, "armalade" in left, "Toast" in left) == (False, False, True)
    ledger = house.ledger()
    assert (ledger.arrivals, ledger.threaded, ledger.duplicates, ledger.ignored) == (16, 8, 4, 4)
    assert verify(house.store) == []

    house.clock.move(days=1)
    dovecot.append(mail(CAROL, "I am back"), internaldate=house.clock.now)
    pull(house, account)
    assert [wait for wait in house.open_waits() if house.messages(wait.conversation_id)[-1].text.strip() == "I am back"]
