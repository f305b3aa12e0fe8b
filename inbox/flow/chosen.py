"""Take an answer to a message of ours that offered choices: somebody pressed 1, and is on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.flow import claims
from inbox.flow.errors import FlowError
from inbox.say import say
from inbox.store import arrivals

if TYPE_CHECKING:
    from inbox.flow.scene import Reading
    from inbox.store.db import Work
    from inbox.vault import Vault

TAKEN = str(say("It answers a message of ours: somebody is on it."))


def take(work: Work, vault: Vault, reading: Reading) -> None:
    """Claim what was chosen. The arrival says nothing to anybody, so it is ignored, with what became of it."""
    if reading.inbound is None or not arrivals.still_held(work, [reading.item]):
        return
    reason = TAKEN
    try:
        claims.claim_linked(work, vault, reading.inbound.chosen, via="call")
    except FlowError as error:
        reason = str(error)
    arrivals.end(work, [{"arrival_id": reading.item.id, "state": "ignored", "message_id": None, "reason": reason}])
