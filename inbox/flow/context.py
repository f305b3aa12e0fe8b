"""What every loop and screen is given: the store, the key, and how to open a channel. Made once, in wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from inbox.store.db import Bell

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


@dataclass(frozen=True)
class Context:
    """The house's keys."""

    store: Store
    settings: Settings
    vault: Vault
    channels: Channels
    clock: Clock
    bells: Bells = field(default_factory=Bells)
    random: Callable[[], float] = lambda: 0.5
