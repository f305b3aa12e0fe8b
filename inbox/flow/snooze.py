"""Out of the lists of work until a time. A snooze never stops or moves the wait: whoever waits, waits on."""

from __future__ import annotations

from datetime import datetime, timedelta

from inbox.flow.act import find, log
from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.store import readers, snoozes
from inbox.store.db import Work
from inbox.store.tables import Conversation

FARTHEST = timedelta(days=366)
BATCH = 500


class PastDeadlineError(RefusedError):
    """Somebody waits for an answer before that: say that it is meant."""


def snooze(work: Work, conversation_id: int, until: datetime, by: int | None, *, past_deadline: bool = False) -> None:
    """Put an open conversation away until a time; PastDeadlineError when its answer is due before, and nobody said so.

    It comes back at that time, or as soon as somebody writes.
    """
    conversation = find(work, conversation_id)
    if conversation.status != "open":
        raise RefusedError(say("Only an open conversation can be snoozed."))
    if until <= work.now:
        raise RefusedError(say("Choose a time that is still to come."))
    if until - work.now > FARTHEST:
        raise RefusedError(say("Choose a time within a year."))
    if conversation.due_at is not None and until > conversation.due_at and not past_deadline:
        raise PastDeadlineError(say("Somebody waits for an answer before that. Snooze it all the same?"))
    conversation.snoozed_until, conversation.snoozed_by = until, by
    log(work, conversation, by, "snoozed", until=until.isoformat())


def wake(work: Work, conversation_id: int, by: int) -> None:
    """Bring a snoozed conversation back now."""
    conversation = find(work, conversation_id)
    if conversation.snoozed_until is not None:
        conversation.snoozed_until = conversation.snoozed_by = None
        log(work, conversation, by, "woken")


def wake_due(work: Work) -> int:
    """Bring back what was snoozed until now, a batch at most; returns how many."""
    due = snoozes.due(work, BATCH)
    for conversation in due:
        _come_back(work, conversation)
    return len(due)


def _come_back(work: Work, conversation: Conversation) -> None:
    by = conversation.snoozed_by
    conversation.snoozed_until = conversation.snoozed_by = None
    if conversation.merged_into is None and conversation.status == "open":
        if by is not None:
            readers.unsee(work, by, conversation.id or 0)
        log(work, conversation, None, "woke", snoozed_by=by)
