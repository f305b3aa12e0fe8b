"""Who looks at what, and who writes where: said by open pages every few seconds, forgotten when they fall silent."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import IDLE, digest
from inbox.say import say
from inbox.store import presence
from inbox.store.db import Session, Work
from inbox.store.presence import Seen

FORGOTTEN = timedelta(seconds=25)
"""Pages speak every ten seconds: one that missed two is gone."""
TYPING = timedelta(seconds=14)
"""So long after the last letter somebody is said to write."""
OFTEN = timedelta(seconds=5)
SWEPT = timedelta(minutes=1)
MOST_TABS = 20
"""Open pages of one person that are remembered."""
KINDS = frozenset({"", "reply", "note"})
_TAB = re.compile(r"[0-9a-z]{8,32}")


def here(work: Work, by: int, tab: str, conversation_id: int, typing: str = "") -> None:
    """Say that one open page of `by` shows a conversation; 0 is none, and forgets the page.

    Saying the same again within OFTEN changes nothing: however often a page asks, writes are few.
    """
    if not _TAB.fullmatch(tab) or typing not in KINDS or not 0 <= conversation_id < 2**62:
        raise RefusedError(say("This page does not say clearly where it is; load it anew."))
    before = presence.of_tab(work.session, by, tab)
    if conversation_id == 0:
        if before is not None:
            presence.drop(work, by, tab)
            work.knock()
        return
    same = before is not None and (before.conversation_id, before.typing) == (conversation_id, typing)
    if same and before is not None and work.now - before.seen_at < OFTEN:
        return
    presence.put(work, by, tab, conversation_id, typing)
    presence.sweep(work, by, work.now - SWEPT, MOST_TABS)
    work.knock()


def now_here(session: Session, now: datetime) -> list[Seen]:
    """Return who is where."""
    return presence.now_here(session, now - FORGOTTEN, now - TYPING)


def still_signed_in(session: Session, tokens: Collection[str], now: datetime) -> set[str]:
    """Return those of these browsers' tokens that still let somebody in."""
    by_digest = {digest(token): token for token in tokens}
    return {by_digest[one] for one in presence.signed_in(session, by_digest, now, IDLE)}
