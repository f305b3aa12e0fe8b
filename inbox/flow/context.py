"""What every loop and screen is given: the store, the key, and how to open a channel. Made once, in wiring."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from inbox.store.db import Bell
from inbox.store.trouble import Trouble

if TYPE_CHECKING:
    from connectors.contract import Card, Connector
    from inbox.clock import Clock
    from inbox.settings import Settings
    from inbox.store.db import Store
    from inbox.store.tables import Account
    from inbox.vault import Vault


class Channels(Protocol):
    """How the flow and the web come by channels without importing one."""

    def kinds(self) -> list[str]:
        """Name the kinds an account can have."""
        ...

    def card(self, kind: str) -> Card:
        """Describe a kind. LookupError when there is none."""
        ...

    def open(self, account: Account) -> Connector:
        """Open an account's connector; the caller closes it. Permanent | VaultError when its settings are wrong."""
        ...

    def reader(self, account: Account) -> Connector:
        """Return a shared connector of the account that is only used for its pure parts (`read`, `open`)."""
        ...


@dataclass
class Bells:
    """Who is woken by what: `arrived` wakes readers, `queued` wakes deliverers, `due` wakes the deadline timer."""

    arrived: Bell = field(default_factory=Bell)
    queued: Bell = field(default_factory=Bell)
    due: Bell = field(default_factory=Bell)


class Turns:
    """One lock for each account: whoever holds it reads the account's arrivals.

    dropped: a reader of this process met trouble with the store, and may have left arrivals claimed and unread.
    """

    def __init__(self) -> None:
        """Start with nobody reading."""
        self.dropped = False
        self._locks: dict[int, AbstractContextManager[bool]] = {}
        self._guard = threading.Lock()

    @contextmanager
    def of(self, account_id: int) -> Iterator[None]:
        """Hold the turn of an account; the same thread may take it twice."""
        with self._guard:
            lock = self._locks.setdefault(account_id, threading.RLock())
        with lock:
            try:
                yield
            except Trouble:
                self.dropped = True
                raise


@dataclass(frozen=True)
class Context:
    """The house's keys. `stopping` is set when this process was told to end.

    voice: says a sentence of inbox.say in a language.
    """

    store: Store
    settings: Settings
    vault: Vault
    channels: Channels
    clock: Clock
    bells: Bells = field(default_factory=Bells)
    turns: Turns = field(default_factory=Turns)
    random: Callable[[], float] = lambda: 0.5
    voice: Callable[[str, str], str] = lambda _language, sentence: sentence
    stopping: threading.Event = field(default_factory=threading.Event)
