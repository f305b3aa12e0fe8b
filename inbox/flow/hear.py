"""Take in what is brought to us (the LMTP door, an import): stored and committed before anyone is told so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.flow import resets
from inbox.store import arrivals

if TYPE_CHECKING:
    from connectors.contract import Arrival
    from inbox.flow.context import Context
    from inbox.store.arrivals import ToRead


def hear(context: Context, account_id: int, heard: Sequence[Arrival], *, claimed: bool = True) -> list[ToRead]:
    """Commit these arrivals and return the new ones, to be read by the caller (claimed) or by the reading loop."""
    with context.store.unit_of_work() as work:
        resets.overheard(work, (arrival.raw for arrival in heard))
        return arrivals.store(work, account_id, heard, claimed=claimed)
