"""Take in mail from files, through the same corridor as all other mail: stored, read, placed, and counted.

What the account has already is not stored again; it counts as a duplicate of this import, so that law 2 holds for an
import as for the store. Reading that was cut short by a stop is finished by the next import of the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inbox.flow.hear import hear
from inbox.flow.place import place
from inbox.flow.read import BATCH, read_items, read_pending, understand
from inbox.flow.scene import Reading
from inbox.store import accounts, arrivals, quarantine
from inbox.store.trouble import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.contract import Arrival
    from inbox.flow.context import Context
    from inbox.store.arrivals import ToRead
    from inbox.store.tables import Account

BATCH_BYTES = 32 * 1024 * 1024


@dataclass
class Counts:
    """The ledger of one import: `arrivals` mails were offered, and the others say what became of them."""

    arrivals: int = 0
    duplicates: int = 0
    states: dict[str, int] = field(default_factory=dict)

    def add(self, states: dict[str, int]) -> None:
        """Add arrivals by the state they ended in."""
        for state, number in states.items():
            self.states[state] = self.states.get(state, 0) + number

    def as_words(self) -> dict[str, int]:
        """Return the counts by the names of the ledger; new_messages is how many mails became a message."""
        tally = arrivals.tally(self.states)
        return {
            "arrivals": self.arrivals,
            "threaded": tally.threaded,
            "duplicates": self.duplicates + tally.duplicates,
            "quarantined": tally.quarantined,
            "ignored": tally.ignored,
            "pending": tally.pending,
            "new_messages": tally.threaded,
        }


def take_in(
    context: Context,
    account_id: int,
    offered: Iterable[Arrival],
    *,
    history_before: datetime | None = None,
    progress: Callable[[int], None] = lambda _number: None,
) -> Counts:
    """Import mails into an account; `progress` hears how many were done after each batch.

    history_before: nobody waits for an answer to mail of before that time; the account itself does not change.
    """
    counts, unread = Counts(), set[int]()
    if context.store.owner:
        with context.store.unit_of_work() as work:
            arrivals.release_all(work)
    for batch in batches(offered):
        unread |= _one_batch(context, account_id, batch, history_before, counts, unread)
        progress(len(batch))
    while unread and read_pending(context):
        pass
    with context.store.reading() as session:
        counts.add(quarantine.states(session, unread))
    return counts


def batches(offered: Iterable[Arrival]) -> Iterator[list[Arrival]]:
    """Cut a stream into batches, bounded in number and in bytes."""
    batch: list[Arrival] = []
    size = 0
    for arrival in offered:
        batch.append(arrival)
        size += len(arrival.raw)
        if len(batch) >= BATCH or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _one_batch(
    context: Context,
    account_id: int,
    batch: list[Arrival],
    history_before: datetime | None,
    counts: Counts,
    known: set[int],
) -> set[int]:
    """Store, read and count one batch; returns the arrivals that are still to be read, besides the known ones."""
    names = [arrival.external_id for arrival in batch]
    with context.store.reading() as session:
        cut_short = quarantine.pending_named(session, account_id, names) - known
    with context.turns.of(account_id):
        taken = hear(context, account_id, batch)
        if history_before is None:
            read_items(context, taken)
        else:
            _read_as_history(context, account_id, taken, history_before)
    ids = {item.id for item in taken}
    with context.store.reading() as session:
        unread = quarantine.pending_among(session, ids)
        counts.add(quarantine.states(session, ids - unread))
    counts.arrivals += len(batch)
    counts.duplicates += len(batch) - len(taken) - len(cut_short)
    return unread | cut_short


def _read_as_history(context: Context, account_id: int, taken: list[ToRead], before: datetime) -> None:
    """Place mail as if the account had been added at `before`.

    What the store refuses together is placed one by one, and what it refuses alone is left to the usual reading.
    """
    with context.store.reading() as session:
        account = accounts.get(session, account_id)
    if account is None or not taken:
        return
    account.settings = {**account.settings, "history_before": before.isoformat()}
    reader = context.channels.reader(account)
    readings = [reading for item in taken for reading in understand(reader, item)]
    try:
        _place_all(context, account, readings)
    except Refused:
        for reading in readings:
            _place_alone(context, account, reading)


def _place_alone(context: Context, account: Account, reading: Reading) -> None:
    try:
        _place_all(context, account, [reading])
    except Refused:
        read_items(context, [reading.item])


def _place_all(context: Context, account: Account, readings: list[Reading]) -> None:
    with context.store.unit_of_work() as work:
        place(work, account, context.vault, readings)
