"""Named questions about two contacts that are one person: what changes hands, and what goes back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from inbox.store.db import Work
from inbox.store.tables import Conversation, Identity, Merge
from inbox.store.tools import chunked, table

_conversations = table(Conversation)
_identities = table(Identity)


def move_contact(work: Work, from_id: int, into_id: int) -> dict[str, Any]:
    """Hand addresses and conversations of one contact to another; returns the ids that changed hands."""
    moved: dict[str, Any] = {}
    for name, owned in (("identities", _identities), ("conversations", _conversations)):
        move = sa.update(owned).where(owned.c.contact_id == from_id).values(contact_id=into_id)
        moved[name] = sorted(work.session.execute(move.returning(owned.c.id)).scalars())
    return moved


def move_back(work: Work, merge: Merge) -> None:
    """Hand back what a merge moved, as far as it is still where the merge put it."""
    for name, owned in (("identities", _identities), ("conversations", _conversations)):
        for chunk in chunked(merge.moved.get(name, [])):
            back = sa.update(owned).where(owned.c.id.in_(chunk), owned.c.contact_id == merge.into_id)
            work.session.execute(back.values(contact_id=merge.from_id))


def record(work: Work, kind: str, from_id: int, into_id: int, moved: dict[str, Any], by: int) -> int:
    """Remember a merge and return its id."""
    [row_id] = work.ids(Merge, 1)
    work.session.add(Merge(id=row_id, kind=kind, from_id=from_id, into_id=into_id, moved=moved, by_id=by, at=work.now))
    work.session.flush()
    return row_id


def get(work: Work, merge_id: int) -> Merge | None:
    """Return a merge that no other transaction can change until this one ends."""
    return work.session.get(Merge, merge_id, with_for_update=True)
