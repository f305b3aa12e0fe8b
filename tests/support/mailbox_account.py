"""A real mailbox as an account of a house, looked into by hand."""

from __future__ import annotations

from dovecot import Dovecot
from house import House

from connectors.contract import Pulls
from inbox.flow.pull import pull_once, reconcile
from inbox.store.tables import Account


def add_mailbox(house: House, server: Dovecot) -> int:
    """Add the server's mailbox; returns the account."""
    return house.add_account(
        server.user,
        password=server.password,
        imap_host=server.host,
        imap_port=str(server.port),
        imap_security="none",
    )


def pull(house: House, account_id: int) -> int:
    """Fetch until nothing is left, on a new connection; returns how many arrivals were new."""
    with house.store.reading() as session:
        connector = house.context.channels.open(session.get_one(Account, account_id))
    assert isinstance(connector, Pulls)
    try:
        fetched, more = 0, True
        while more:
            taken, more = pull_once(house.context, account_id, connector)
            fetched += taken
        assert reconcile(house.context, account_id, connector)["missing"] == 0
        return fetched
    finally:
        connector.close()
