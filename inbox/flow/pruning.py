"""Forget what was kept for a while: the feed of changes, what rules did about it, notices, letters to teammates.

A little at a time, between other work. Nothing goes that anybody has still to read, or that tells how somebody's wait
went: waits, their steps, who was told by which means, and the audit log stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from inbox.store import pruning

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.store.db import Session, Store, Work

FEED = timedelta(days=30)
"""So long the feed can be read from where somebody stopped, and a rule remembers what it did about a change."""
NOTICES, UNREAD = timedelta(days=90), timedelta(days=180)
LETTERS = timedelta(days=180)
UNDONE = timedelta(days=90)
"""So long the key of a send that was taken back is remembered: a page that is open for longer is asked anew."""
BATCH = 500

_Find = Callable[["Session"], Sequence[Any]]


def prune(store: Store, limit: int = BATCH) -> bool:
    """Forget a little of each that is old; True when there may be more."""
    return any([_some(store, find, forget, limit) for find, forget in _old(store.clock(), limit)])  # noqa: C419 - of each


def _old(now: datetime, limit: int) -> list[tuple[_Find, Callable[[Work, Any], None]]]:
    return [
        (partial(pruning.old_changes, before=now - FEED, limit=limit), pruning.forget_changes),
        (partial(pruning.old_acts, before=now - FEED, limit=limit), pruning.forget_acts),
        (
            partial(pruning.old_notices, before=now - NOTICES, unread=now - UNREAD, limit=limit),
            pruning.forget_notices,
        ),
        (partial(pruning.old_letters, before=now - LETTERS, limit=limit), pruning.forget_letters),
        (partial(pruning.old_undone, before=now - UNDONE, limit=limit), pruning.forget_undone),
    ]


def _some(store: Store, find: _Find, forget: Callable[[Work, Any], None], limit: int) -> bool:
    with store.reading() as session:
        if not find(session):
            return False
    with store.unit_of_work() as work:
        found = find(work.session)
        if found:
            forget(work, found)
    return len(found) == limit
