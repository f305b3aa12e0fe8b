"""Watch one account: fetch whatever is there, wait for the bell, and say how the account is.

Every state of trouble is a sentence on the account; nothing stops the loop but `stop`. On PostgreSQL an advisory lock
makes one process the account's only poller.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from connectors.contract import Connector, Pulls, Waits
from connectors.errors import BadCredentials, ChannelError, Permanent
from inbox.flow.pull import pull_all, reconcile
from inbox.say import say
from inbox.store import accounts
from inbox.store.locks import Held, account_lock
from inbox.store.trouble import Trouble
from inbox.vault import VaultError
from rules.retrying import reconnect_in

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.store.tables import Account

POLL = 60.0
"""Seconds between looks at an account that did not ring: the Sent folder never rings."""
PLAIN_POLL = 15.0
"""Seconds between looks where the channel has no bell at all."""
RECONCILE = timedelta(hours=1)
LOCK_RETRY = 5.0
STORE_RETRY = 3.0
"""Seconds before the store is tried again: it is our own, and nobody is bothered by the asking."""
HOPELESS = 300.0
"""Seconds before an account whose password or settings were refused is tried again; a change tries at once."""

log = logging.getLogger(__name__)


class AccountLoop(threading.Thread):
    """The thread of one account. `made_of` tells whether the account has changed since."""

    def __init__(self, context: Context, account: Account) -> None:
        super().__init__(name=f"account-{account.id}", daemon=True)
        self._context, self._id = context, account.id or 0
        self.made_of = self.signature(account)
        self._stopping = threading.Event()
        self._connector: Connector | None = None
        self._failures = 0
        self._reconciled_at: datetime | None = None

    @staticmethod
    def signature(account: Account) -> str:
        """Return a digest of all that a connector is made of."""
        parts = json.dumps([account.kind, account.address, account.settings], sort_keys=True, default=str)
        return hashlib.sha256(parts.encode() + account.secrets).hexdigest()

    def stop(self) -> None:
        """Ask the thread to end and cut what it waits for."""
        self._stopping.set()
        connector = self._connector
        if connector is not None:
            connector.close()

    def run(self) -> None:
        """Connect, pull, wait; after trouble wait longer and longer, then again."""
        while not self._stopping.is_set():
            pause = self._attempt()
            if pause:
                self._stopping.wait(pause)

    def _attempt(self) -> float:
        try:
            with account_lock(self._context.store, self._id) as held:
                if held is None:
                    return LOCK_RETRY
                return self._session(held)
        except (ChannelError, VaultError, LookupError, Trouble) as error:
            return 0.0 if self._stopping.is_set() else self._trouble(error)
        except Exception as error:
            log.exception("Account %s met something unexpected; it is tried again.", self._id)
            return self._trouble(error)

    def _session(self, held: Held) -> float:
        with self._context.store.reading() as session:
            account = accounts.get(session, self._id)
        if account is None:
            return LOCK_RETRY
        connector = self._connector = self._context.channels.open(account)
        try:
            if isinstance(connector, Pulls):
                self._reconciled_at = None
                while not self._stopping.is_set() and held.alive():
                    self._round(connector, connector)
            return LOCK_RETRY
        finally:
            connector.close()
            self._connector = None

    def _round(self, connector: Connector, pulls: Pulls) -> None:
        """One look: all there is, an occasional comparison, then sleep until the bell rings."""
        pull_all(self._context, self._id, pulls, lambda: not self._stopping.is_set())
        self._failures = 0
        now = self._context.clock()
        if self._reconciled_at is None or now - self._reconciled_at >= RECONCILE:
            reconcile(self._context, self._id, connector)
            self._reconciled_at = now
        if isinstance(connector, Waits):
            connector.wait(POLL)
        else:
            self._stopping.wait(PLAIN_POLL)

    def _trouble(self, error: Exception) -> float:
        self._failures += 1
        known = isinstance(error, ChannelError | VaultError | LookupError)
        sentence = str(error) if known else say("Something unexpected happened; it is tried again.")
        if not isinstance(error, Trouble):
            self._mark(sentence, refused=isinstance(error, BadCredentials))
        if isinstance(error, BadCredentials | Permanent | VaultError):
            return min(HOPELESS, 15.0 * self._failures)
        if isinstance(error, Trouble):
            return STORE_RETRY
        asked = getattr(error, "retry_after", None) or 0.0
        return max(float(asked), reconnect_in(self._failures, self._context.random()))

    def _mark(self, sentence: str, *, refused: bool) -> None:
        try:
            with self._context.store.unit_of_work() as work:
                if accounts.mark_error(work, self._id, sentence):
                    work.announce("account.trouble", account_id=self._id, error=sentence, refused=refused)
        except Trouble as error:
            log.warning("The trouble of account %s could not be noted (%s).", self._id, type(error).__name__)
