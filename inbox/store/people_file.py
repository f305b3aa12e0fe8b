"""Named questions about people who come from a file, or go into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.placing import Handle, identities
from inbox.store.tables import Contact, Identity
from inbox.store.tools import insert_new

PAGE = 500
NAMES = 200
"""Attributes that become columns of their own."""


def contacts_of(session: Session, handles: Sequence[Handle]) -> dict[Handle, int]:
    """Return the contact of each of these handles that is known."""
    return identities(session, set(handles))


def add(work: Work, name: str) -> int:
    """Add a person."""
    [row_id] = work.ids(Contact, 1)
    work.session.add(Contact(id=row_id, name=name, created_at=work.now))
    work.session.flush()
    work.announce("contact.added", contact_id=row_id)
    return row_id


def call(work: Work, contact_id: int, name: str) -> None:
    """Give a person a name who had none but their address."""
    row = work.session.get_one(Contact, contact_id, with_for_update=True)
    known = {value for _, value in _handles(work.session, [contact_id]).get(contact_id, [])}
    if name and (not row.name or row.name in known):
        row.name = name


def add_handles(work: Work, contact_id: int, handles: Sequence[Handle], name: str) -> None:
    """Add addresses and numbers."""
    rows = [
        {"contact_id": contact_id, "kind": kind, "value": value, "name": name, "created_at": work.now}
        for kind, value in handles
    ]
    insert_new(work, Identity, rows)


def add_facts(work: Work, contact_id: int, data: dict[str, str], notes: str, *, most: int) -> None:
    """Add attributes, the newer word counts, and notes that are not there yet."""
    row = work.session.get_one(Contact, contact_id, with_for_update=True)
    merged = {**row.data, **data}
    row.data = dict(list(merged.items())[:most])
    if notes and notes not in row.notes:
        row.notes = f"{row.notes}\n\n{notes}".strip()[:20_000]
    work.session.flush()


def pages(session: Session) -> Iterator[list[tuple[Contact, list[Handle]]]]:
    """Return everybody who is known by something, a page at a time."""
    last = 0
    while True:
        query = select(Contact).where(col(Contact.id) > last, col(Contact.merged_into).is_(None))
        found = session.exec(query.where(col(Contact.erased_at).is_(None)).order_by(col(Contact.id)).limit(PAGE)).all()
        if not found:
            return
        handles = _handles(session, [one.id or 0 for one in found])
        yield [(one, handles[one.id or 0]) for one in found if one.id in handles]
        last = found[-1].id or 0
        session.expunge_all()


def _handles(session: Session, contact_ids: Sequence[int]) -> dict[int, list[Handle]]:
    query = select(Identity).where(col(Identity.contact_id).in_(contact_ids)).order_by(col(Identity.id))
    found: dict[int, list[Handle]] = {}
    for one in session.exec(query).all():
        found.setdefault(one.contact_id, []).append((one.kind, one.value))
    return found


def attribute_names(session: Session) -> list[str]:
    """Return the names of attributes that people have, as many as make a table."""
    found: set[str] = set()
    query = sa.select(Contact.data).where(col(Contact.merged_into).is_(None))  # type: ignore[call-overload]
    for (data,) in session.execute(query.execution_options(yield_per=PAGE)):
        found.update(data)
        if len(found) > NAMES:
            break
    return sorted(found)[:NAMES]
