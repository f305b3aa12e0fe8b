"""What the LMTP door brings: stored and committed before it is acknowledged, read right after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from connectors.errors import Temporary
from inbox.flow.hear import hear
from inbox.flow.rows import is_own, own_addresses
from inbox.store import accounts

if TYPE_CHECKING:
    from connectors.contract import Arrival
    from inbox.flow.context import Context
    from inbox.store.tables import Account


class Deliveries:
    """Answers the door: whose address this is, and where its mail goes."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def knows(self, address: str) -> bool:
        """Whether an enabled mail account has this address (what stands behind a plus does not count)."""
        return self._account(address.lower()) is not None

    def store(self, arrival: Arrival, recipients: Sequence[str]) -> None:
        """Commit one mail for every account among the recipients; reading follows by the reader's bell."""
        found = {account.id: account for address in recipients if (account := self._account(address.lower()))}
        if not all(self.knows(address) for address in recipients):
            raise Temporary("This address does not take mail just now.")
        for account_id in found:
            one = replace(arrival, external_id=f"{arrival.external_id};{account_id}")
            hear(self._context, account_id or 0, [one], claimed=False)
        self._context.bells.arrived.ring()

    def _account(self, address: str) -> Account | None:
        with self._context.store.reading() as session:
            every = [one for one in accounts.all_accounts(session) if one.kind == "mail" and one.enabled]
        return next((one for one in every if is_own(address, own_addresses(one))), None)
