"""How long what people wrote is kept: closed conversations lose their words after so many months, if founders say so.

Off by default. A conversation in which anybody waits, or that is open, is never touched. Its times, waits and figures
stay; so does what must not come back with the next synchronisation. A person of whom nothing else is left is
forgotten too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from inbox.flow import audit, erase
from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.store import belongings, erasing, retaining, tombstones
from inbox.store.tools import chunked

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.store.db import Session, Work

LEAST, MOST = 1, 120
BATCH = 20
DAYS = 30.4375
"""Days of a month, on average."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a period would remove now: so many conversations, the oldest of that day."""

    conversations: int
    oldest: datetime | None


def months(session: Session) -> int:
    """Return for how many months closed conversations are kept, 0 for ever."""
    return retaining.months(session)


def set_months(work: Work, number: int, by: int) -> None:
    """Keep closed conversations for so many months, 0 for ever."""
    if number and not LEAST <= number <= MOST:
        raise RefusedError(say("Give a number of months from {least} to {most}.", least=LEAST, most=MOST))
    was = retaining.months(work.session)
    retaining.set_months(work, number)
    audit.record(work, by, "retention.changed", months=number, was=was)


def outlook(session: Session, number: int, now: datetime) -> Outlook:
    """Say what a period would remove if it were set now."""
    if not number:
        return Outlook(0, None)
    count, oldest = retaining.due(session, retaining.before(now, number, DAYS))
    return Outlook(count, oldest)


def run_once(context: Context) -> int:
    """Empty a few conversations that are due; returns how many."""
    with context.store.reading() as session:
        number = retaining.months(session)
        if not number:
            return 0
        limit = retaining.before(context.clock(), number, DAYS)
        found = retaining.next_due(session, limit, BATCH)
    return sum(_empty(context, conversation_id, limit) for conversation_id in found)


def _empty(context: Context, conversation_id: int, limit: datetime) -> bool:
    """Empty one conversation, unless somebody wrote or acted since it was looked at."""
    with context.store.unit_of_work() as work:
        row = retaining.still_due(work, conversation_id, limit)
        if row is None:
            return False
        contact_id = row.contact_id
        ids = retaining.messages_of(work.session, conversation_id)
    for chunk in chunked(ids, erase.BATCH):
        erase.empty(context, chunk)
    with context.store.unit_of_work() as work:
        if retaining.still_due(work, conversation_id, limit) is None:
            return True
        merged = retaining.merged_into(work.session, conversation_id)
        tombstones.drop_blobs(work, erasing.empty_conversations(work, [conversation_id, *merged]))
        if retaining.nothing_left(work.session, contact_id):
            erasing.forget_contacts(work, belongings.one_person(work.session, contact_id), erase.NAME)
        work.announce("conversation.emptied", conversation_id=conversation_id)
    return True
