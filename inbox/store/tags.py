"""Named questions about tags: which there are, how often they are used; renaming and removing one everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.db import Work
from inbox.store.tables import ConversationTag
from inbox.store.tools import table

MOST = 300
CEILING = 1000
_tags = table(ConversationTag)

# From each tag straight to the next one: however many conversations bear it, it is looked at once.
_KNOWN = sa.text(
    "WITH RECURSIVE known(tag) AS (SELECT (SELECT tag FROM conversation_tags ORDER BY tag LIMIT 1) UNION ALL"
    " SELECT (SELECT c.tag FROM conversation_tags c WHERE c.tag > known.tag ORDER BY c.tag LIMIT 1) FROM known"
    " WHERE known.tag IS NOT NULL) SELECT tag FROM known WHERE tag IS NOT NULL LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Used:
    """A tag and on how many conversations it is; a number above CEILING means "more than CEILING"."""

    name: str
    count: int


def known(session: Session, most: int = MOST) -> list[str]:
    """Return the tags there are, in order."""
    return list(session.execute(_KNOWN, {"most": most}).scalars())


def used(session: Session, most: int = MOST) -> list[Used]:
    """Return the tags there are with how often each is used."""
    return [Used(name, count(session, name)) for name in known(session, most)]


def count(session: Session, name: str) -> int:
    """Count the conversations with a tag, up to the ceiling."""
    some = sa.select(sa.literal(1)).select_from(_tags).where(_tags.c.tag == name).limit(CEILING + 1).subquery()
    return session.execute(sa.select(sa.func.count()).select_from(some)).scalar() or 0


def rename(work: Work, name: str, into: str) -> int:
    """Give a tag another name everywhere; where both are, they become one. Returns how many conversations bore it."""
    both = sa.select(_tags.c.conversation_id).where(_tags.c.tag == into)
    doubled = sa.delete(_tags).where(_tags.c.tag == name, _tags.c.conversation_id.in_(both))
    gone = work.session.execute(doubled).rowcount  # type: ignore[attr-defined]
    moved = work.session.execute(sa.update(_tags).where(_tags.c.tag == name).values(tag=into))
    return int(gone) + int(moved.rowcount)  # type: ignore[attr-defined]


def remove(work: Work, name: str) -> int:
    """Take a tag off every conversation; returns how many bore it."""
    return int(work.session.execute(sa.delete(_tags).where(_tags.c.tag == name)).rowcount)  # type: ignore[attr-defined]
