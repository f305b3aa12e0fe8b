"""Named questions about the audit log, and the one way to add to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Audit
from inbox.store.tables.types import to_micros
from inbox.store.tools import table

CHAIN_LOCK = 824_005
FIRST = bytes(32)
SPAN = 1_000

_audit = table(Audit)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the log is looked for. kind: one, or a family of them ("teammate" for every "teammate.…")."""

    kind: str = ""
    teammate_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


def add(work: Work, row: dict[str, Any]) -> None:
    """Add a row when the transaction ends: each is chained to the one before, so they are written one after another."""

    def write() -> None:
        if work.dialect == "postgresql":
            work.session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
        before = work.session.execute(sa.select(_audit.c.chain).order_by(_audit.c.id.desc()).limit(1)).scalar()
        work.insert(Audit, [{**row, "chain": chained(before or FIRST, row)}])

    work.at_end.append(write)


def chained(before: bytes, row: dict[str, Any]) -> bytes:
    """Return the fingerprint of a row and of all rows before it."""
    told = [to_micros(row["at"]), *(row[name] for name in ("kind", "teammate_id", "address", "via", "details"))]
    return hashlib.sha256(before + json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).digest()


def page(session: Session, wanted: Wanted, *, before: int | None, limit: int) -> list[Audit]:
    """Return the newest rows before an id."""
    query = select(Audit).where(*_where(wanted))
    if before is not None:
        query = query.where(col(Audit.id) < before)
    return list(session.exec(query.order_by(col(Audit.id).desc()).limit(limit)).all())


def _where(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.kind:
        # "/" is the sign after ".", so that this is a range of an index.
        family = sa.and_(_audit.c.kind >= f"{wanted.kind}.", _audit.c.kind < f"{wanted.kind}/")
        found.append(sa.or_(_audit.c.kind == wanted.kind, family))
    if wanted.teammate_id is not None:
        found.append(_audit.c.teammate_id == wanted.teammate_id)
    if wanted.since is not None:
        found.append(_audit.c.at >= wanted.since)
    if wanted.until is not None:
        found.append(_audit.c.at < wanted.until)
    return found


def walk(session: Session, wanted: Wanted) -> Iterator[Audit]:
    """Return every row that is wanted, the newest first, in bounded memory."""
    before: int | None = None
    while rows := page(session, wanted, before=before, limit=SPAN):
        yield from rows
        session.expunge_all()
        before = rows[-1].id


def kinds(session: Session) -> list[str]:
    """Return the kinds there are, by name; each is one step in an index, however many rows there are."""
    found: list[str] = []
    while True:
        rest = _audit.c.kind > (found[-1] if found else "")
        following: str | None = session.execute(sa.select(sa.func.min(_audit.c.kind)).where(rest)).scalar()
        if following is None:
            return found
        found.append(following)


def broken(session: Session) -> int | None:
    """Return the id of the first row that is not as it was written, None when all are."""
    before, last = FIRST, 0
    while True:
        query = sa.select(_audit).where(_audit.c.id > last).order_by(_audit.c.id).limit(SPAN)
        rows = session.execute(query).mappings().all()
        if not rows:
            return None
        for row in rows:
            if chained(before, dict(row)) != row["chain"]:
                return int(row["id"])
            before, last = row["chain"], row["id"]
