"""Named questions about people and what we know them by."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.tables import Contact, Identity, Merge
from inbox.store.tools import table

_contacts = table(Contact).c
_identities = table(Identity).c


def get(session: Session, contact_id: int) -> Contact | None:
    """Return one contact, also one that was merged into another."""
    return session.get(Contact, contact_id)


def identities_of(session: Session, contact_id: int) -> list[Identity]:
    """Return a person's addresses, numbers and handles, in the order we met them."""
    query = select(Identity).where(Identity.contact_id == contact_id).order_by(col(Identity.id))
    return list(session.exec(query).all())


def names(session: Session, contact_ids: list[int]) -> dict[int, str]:
    """Return the names of these contacts."""
    query = sa.select(_contacts.id, _contacts.name).where(_contacts.id.in_(contact_ids))
    return {row[0]: row[1] for row in session.execute(query)}


def find(session: Session, said: str, limit: int = 8) -> list[tuple[Contact, str]]:
    """Return people whose address, number or handle begins so, with what was found; by index, never by scan."""
    start = said.strip().lower()
    if len(start) < 2:
        return []
    kinds = session.execute(sa.select(_identities.kind).distinct()).scalars().all()
    found: list[tuple[Contact, str]] = []
    for kind in kinds:
        query = (
            sa.select(Contact, _identities.value)
            .join(table(Identity), _contacts.id == _identities.contact_id)
            .where(_identities.kind == kind, _identities.value >= start, _identities.value < start + "\U0010ffff")
            .where(_contacts.merged_into.is_(None))
            .order_by(_identities.value)
            .limit(limit)
        )
        found.extend((row[0], row[1]) for row in session.execute(query))
    return found[:limit]


def merges_of(session: Session, contact_id: int) -> list[Merge]:
    """Return the merges into this person that can be undone, the newest first."""
    query = select(Merge).where(Merge.into_id == contact_id, Merge.kind == "contacts", col(Merge.undone_at).is_(None))
    return list(session.exec(query.order_by(col(Merge.id).desc())).all())
