"""What a person decides about arrivals that were set aside: read again, let go, or take as a person's after all.

Whoever calls `retry` or `accept` rings the bell `arrived` once the transaction is through.
"""

from __future__ import annotations

from inbox.flow import standins
from inbox.flow.errors import NotFoundError, ReasonNeededError, RefusedError
from inbox.say import say
from inbox.store import arrivals, quarantine
from inbox.store.db import Work
from inbox.store.quarantine import Row
from inbox.store.tables import Teammate

GONE = say("This arrival is not there any more.")
REASON_LIMIT = 500


def retry(work: Work, arrival_id: int, by: int) -> None:
    """Let a quarantined or ignored arrival be read again."""
    row = _found(work, arrival_id)
    quarantine.mark(work, arrival_id, read_again="yes")
    _reopen(work, row)
    work.announce("arrival.retried", teammate_id=by, arrival_id=arrival_id)


def discard(work: Work, arrival_id: int, by: int, reason: str) -> None:
    """Let go of a quarantined arrival; the original and the reason are kept."""
    row, words = _found(work, arrival_id), " ".join(reason.split())[:REASON_LIMIT]
    if not words:
        raise ReasonNeededError("Say why nobody needs to answer it: the reason is kept in the ledger.")
    if row.state != "quarantined":
        raise RefusedError(
            say("Only what is in quarantine can be discarded; this one is {state}.", state=say(row.state))
        )
    told = say("Discarded by {name}: {reason}", name=_name(work, by), reason=words)
    quarantine.set_aside_for_good(work, arrival_id, str(told))
    standins.discarded(work, row, by, words)
    work.announce("arrival.discarded", teammate_id=by, arrival_id=arrival_id, reason=words)


def accept(work: Work, arrival_id: int, by: int) -> None:
    """Take an ignored arrival as a person's: it is read again, opens a wait, and its 24 hours began when it came."""
    row = _found(work, arrival_id)
    if row.state != "ignored":
        raise RefusedError(
            say("Only what was ignored can be taken as a person's; this one is {state}.", state=say(row.state))
        )
    quarantine.mark(work, arrival_id, treat_as="person")
    _reopen(work, row)
    work.announce("arrival.accepted", teammate_id=by, arrival_id=arrival_id)


def _found(work: Work, arrival_id: int) -> Row:
    row = quarantine.get(work.session, arrival_id)
    if row is None:
        raise NotFoundError(GONE)
    return row


def _reopen(work: Work, row: Row) -> None:
    if not arrivals.reopen(work, row.id):
        raise RefusedError(
            say(
                "Only what could not be read, or was ignored, can be read again; this one is {state}.",
                state=say(row.state),
            )
        )


def _name(work: Work, teammate_id: int) -> str:
    teammate = work.session.get(Teammate, teammate_id)
    return teammate.name if teammate else "somebody"
