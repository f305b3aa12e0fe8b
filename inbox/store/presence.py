"""Named questions about who looks at what, and which listeners are still signed in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session as Reading

from inbox.store.db import Work
from inbox.store.tables import Presence, Session, Teammate
from inbox.store.tools import chunked, table

MOST_SHOWN = 500

_p = table(Presence).c
_sessions = table(Session).c
_teammates = table(Teammate).c


@dataclass(frozen=True, slots=True)
class Seen:
    """One teammate at one conversation; typing is reply, note or "" for only reading."""

    conversation_id: int
    teammate_id: int
    name: str
    typing: str


def now_here(session: Reading, since: datetime, typing_since: datetime) -> list[Seen]:
    """Return who was seen where since then, each once for each conversation; who types counts before who reads."""
    query = (
        sa.select(_p.conversation_id, _p.teammate_id, _teammates.name, _p.typing, _p.seen_at)
        .join(table(Teammate), _teammates.id == _p.teammate_id)
        .where(_p.seen_at > since, _teammates.disabled_at.is_(None))
        .order_by(_p.conversation_id, _p.teammate_id)
        .limit(MOST_SHOWN)
    )
    found: dict[tuple[int, int], Seen] = {}
    for conversation_id, teammate_id, name, typing, seen_at in session.execute(query):
        writes = typing if seen_at > typing_since else ""
        before = found.get((conversation_id, teammate_id))
        if before is None or (writes and not before.typing):
            found[conversation_id, teammate_id] = Seen(conversation_id, teammate_id, name, writes)
    return list(found.values())


def of_tab(session: Reading, teammate_id: int, tab: str) -> Presence | None:
    """Return what one open page said last."""
    return session.get(Presence, (teammate_id, tab))


def put(work: Work, teammate_id: int, tab: str, conversation_id: int, typing: str) -> None:
    """Remember what one open page shows, in place of what it showed before."""
    dialect = postgresql if work.dialect == "postgresql" else sqlite
    shown = {"conversation_id": conversation_id, "typing": typing, "seen_at": work.now}
    query = dialect.insert(table(Presence)).values(teammate_id=teammate_id, tab=tab, **shown)
    work.session.execute(query.on_conflict_do_update(index_elements=["teammate_id", "tab"], set_=shown))


def drop(work: Work, teammate_id: int, tab: str) -> None:
    """Forget one page: it was closed."""
    work.session.execute(sa.delete(Presence).where(_p.teammate_id == teammate_id, _p.tab == tab))


def sweep(work: Work, teammate_id: int, before: datetime, most: int) -> None:
    """Forget what is old, and of one teammate's pages all but the newest."""
    work.session.execute(sa.delete(Presence).where(_p.seen_at <= before))
    newest = sa.select(_p.tab).where(_p.teammate_id == teammate_id).order_by(_p.seen_at.desc(), _p.tab)
    kept = work.session.execute(newest.limit(most + 1)).scalars().all()
    if len(kept) > most:
        work.session.execute(sa.delete(Presence).where(_p.teammate_id == teammate_id, _p.tab.not_in(list(kept[:most]))))


def signed_in(session: Reading, digests: Collection[bytes], now: datetime, idle: timedelta) -> set[bytes]:
    """Return those of these sessions whose owner may still be here: one question, however many listen."""
    found: set[bytes] = set()
    for some in chunked(sorted(digests)):
        query = (
            sa.select(_sessions.id)
            .join(table(Teammate), _teammates.id == _sessions.teammate_id)
            .where(
                _sessions.id.in_(list(some)),
                _teammates.disabled_at.is_(None),
                _sessions.expires_at > now,
                _sessions.seen_at > now - idle,
            )
        )
        found.update(bytes(one) for one in session.execute(query).scalars())
    return found
