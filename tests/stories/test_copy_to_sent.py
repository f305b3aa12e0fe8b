"""A reply also lies in the account's own Sent folder, once, and reading it there makes no second message."""

from __future__ import annotations

from dovecot import PASSWORD, USER, Dovecot
from house import House, mail
from smtp_sink import SmtpSink
from stores import MovedClock

from connectors.contract import Pulls
from inbox.flow.pull import pull_all
from inbox.store.db import Store
from inbox.store.tables import Account


def test_a_reply_is_copied_to_sent_and_known_when_it_is_read_there(
    sqlite: Store, clock: MovedClock, dovecot: Dovecot, smtp_sink: SmtpSink
) -> None:
    house = House(sqlite, clock)
    account = house.add_account(
        USER,
        password=PASSWORD,
        imap_host=dovecot.host,
        imap_port=str(dovecot.port),
        imap_security="none",
        smtp_host=smtp_sink.host,
        smtp_port=str(smtp_sink.port),
        smtp_security="none",
        smtp_username="",
    )
    house.receive(account, mail())
    cid = house.conversations()[0].id or 0
    house.reply(cid, house.add_teammate("Bob"))

    while house.deliver():
        clock.move(seconds=1)

    [kept] = dovecot.messages(folder="Sent")
    assert kept.raw == smtp_sink.letters[0].raw
    pull(house, account)
    assert (house.ledger().threaded, house.ledger().duplicates) == (1, 1)
    assert [m.direction for m in house.messages(cid)] == ["in", "out"]


def pull(house: House, account_id: int) -> None:
    with house.store.reading() as session:
        connector = house.context.channels.open(session.get_one(Account, account_id))
    assert isinstance(connector, Pulls)
    pull_all(house.context, account_id, connector)
    connector.close()
