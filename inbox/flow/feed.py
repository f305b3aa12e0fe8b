"""Read the feed of changes and act on some of them, each once, however many processes read.

The place of a reader moves in the transaction that acts, so that a death in between does neither. Changes that concern
nobody are passed over in memory; the stored place follows now and then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from inbox.store import changes, cursors
from inbox.store.trouble import Refused, passes

if TYPE_CHECKING:
    from inbox.store.db import Session, Store, Work
    from inbox.store.tables import Change

LOOK = 200
"""Changes that are looked at in one step."""
BATCH = 20
"""Changes that are acted on in one transaction."""
BEHIND = 2_000
"""So far the stored place may be behind."""

log = logging.getLogger(__name__)

Concerns = Callable[["Session"], Callable[["Change"], bool]]
"""Asks the store once a step what is of interest, and returns the question for each change."""


@dataclass
class Reader:
    """One reader of the feed in one process. at_once: how it acts on many changes together, where that is quicker."""

    store: Store
    name: str
    concerns: Concerns
    act: Callable[[Work, Change], None]
    at_once: Callable[[Work, list[Change]], None] | None = None
    seen: int = 0

    def step(self) -> bool:
        """Read on; True when there may be more."""
        with self.store.reading() as session:
            place = cursors.place(session, self.name)
            if place is not None:
                found = changes.after(session, max(place, self.seen), LOOK)
                wanted = any(map(self.concerns(session), found))
        if place is None:
            self._begin()
            return True
        if not found:
            return False
        if not wanted and (found[-1].seq or 0) - place < BEHIND:
            self.seen = found[-1].seq or 0
            return True
        return self._act()

    def _begin(self) -> None:
        with self.store.unit_of_work() as work:
            cursors.begin(work, self.name)

    def _act(self) -> bool:
        """Act in one transaction; what another process acts on meanwhile is left to it."""
        with self.store.unit_of_work() as work:
            place = cursors.take(work, self.name)
            if place is None:
                return False
            found = changes.after(work.session, max(place, self.seen), LOOK)
            if not found:
                return False
            done = self._act_on(work, found)
            cursors.move(work, self.name, done)
        self.seen = done
        return True

    def _act_on(self, work: Work, found: list[Change]) -> int:
        concerns = self.concerns(work.session)
        if self.at_once is not None:
            wanted = [change for change in found if concerns(change)]
            name = f"{self.name}: changes {found[0].seq} to {found[-1].seq}"
            if not wanted or attempt(work, name, partial(self.at_once, work, wanted)):
                return found[-1].seq or 0
        acted = 0
        for change in found:
            if concerns(change):
                if acted == BATCH:
                    break
                attempt(work, f"{self.name}: change {change.seq}", partial(self.act, work, change))
                acted += 1
            done = change.seq or 0
        return done


def attempt(work: Work, name: str, do: Callable[[], object]) -> bool:
    """Do something within a transaction, or nothing of it: what breaks is logged and passed over, lest it block all.

    Trouble of the store's own is not passed over: everything is tried again.
    """
    before = len(work.changes)
    try:
        with work.session.begin_nested():
            do()
    except Exception as error:
        if isinstance(error, Refused) and passes(error):
            raise
        log.exception("%s met something unexpected and was passed over", name)
        del work.changes[before:]
        work.because = {}
        return False
    return True
