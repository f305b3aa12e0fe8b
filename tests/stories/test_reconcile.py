"""What a cursor skipped is found by comparing all that the mailbox holds with all that we stored."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from dovecot import Dovecot
from house import House, mail

from connectors.mail.connector import MailboxConnector
from inbox.flow.pull import pull_once, reconcile
from inbox.store.tables import Account

LARGE = 3 * 1024 * 1024


@dataclass
class Desk:
    """An account of the house, and its mailbox."""

    house: House
    server: Dovecot
    account_id: int

    def account(self) -> Account:
        with self.house.store.reading() as session:
            return session.get_one(Account, self.account_id)

    def open(self) -> MailboxConnector:
        connector = self.house.context.channels.open(self.account())
        assert isinstance(connector, MailboxConnector)
        return connector

    def pull(self) -> int:
        connector = self.open()
        try:
            return pull_once(self.house.context, self.account_id, connector)[0]
        finally:
            connector.close()

    def reconcile(self) -> dict[str, int]:
        connector = self.open()
        try:
            return reconcile(self.house.context, self.account_id, connector)
        finally:
            connector.close()

    def skip_to(self, uid: int) -> None:
        """Move the cursor past mails that were never fetched, as a server that shows UID 12 before 11 makes us do."""
        with self.house.store.unit_of_work() as work:
            account = work.session.get_one(Account, self.account_id)
            places = json.loads(account.cursor or "{}")
            account.cursor = json.dumps({**places, "INBOX": [self.server.uidvalidity(), uid]})


@pytest.fixture
def desk(house: House, dovecot: Dovecot) -> Desk:
    return Desk(
        house,
        dovecot,
        house.add_account(
            dovecot.user,
            password=dovecot.password,
            imap_host=dovecot.host,
            imap_port=str(dovecot.port),
            imap_security="none",
        ),
    )


def test_a_mail_that_the_cursor_skipped_is_found_and_counted(desk: Desk) -> None:
    desk.server.append(mail(text="First"))
    assert desk.pull() == 1
    skipped = [desk.server.append(mail(text=f"Skipped {number}")) for number in range(3)]
    desk.skip_to(skipped[-1])
    desk.server.append(mail(text="Last"))
    assert desk.pull() == 1
    assert len(desk.house.conversations()) == 2

    assert desk.reconcile() == {"listed": 5, "missing": 3, "fetched": 3}

    assert len(desk.house.conversations()) == 5
    assert desk.account().reconciled == {"listed": 5, "missing": 3, "fetched": 3}
    assert desk.account().reconciled_at == desk.house.clock.now
    assert desk.house.ledger().threaded == 5
    assert desk.reconcile() == {"listed": 5, "missing": 0, "fetched": 0}
    assert desk.pull() == 0


def test_what_was_skipped_is_found_whole_when_it_is_more_than_one_batch(desk: Desk) -> None:
    desk.server.append(mail(text="First"))
    desk.pull()
    for number in range(7):
        last = desk.server.append(mail(text=f"Skipped {number}\n" + ("x" * 70 + "\n") * (LARGE // 71)))
    desk.skip_to(last)

    assert desk.reconcile() == {"listed": 8, "missing": 7, "fetched": 7}


def test_a_mail_that_was_removed_in_the_mailbox_stays_in_the_store(desk: Desk) -> None:
    uid = desk.server.append(mail(text="Keep me"))
    desk.pull()

    desk.server.expunge(uid)

    assert desk.reconcile() == {"listed": 0, "missing": 0, "fetched": 0}
    assert len(desk.house.conversations()) == 1
