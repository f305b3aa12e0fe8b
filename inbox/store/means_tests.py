"""Named questions about test messages: the newest of each person and means."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from inbox.store.db import Work
from inbox.store.tables import Delivery, MeansTest
from inbox.store.tools import table

_tests = table(MeansTest)


def begin(work: Work, person: int, means: str, key: str, before: datetime) -> bool:
    """Begin a test in the place of the last one; False where that began after `before`."""
    row = {"person": person, "means": means, "at": work.now, "state": "queued", "error": "", "key": key}
    dialect = postgresql if work.dialect == "postgresql" else sqlite
    made = dialect.insert(_tests).values(row)
    again = {name: row[name] for name in ("at", "state", "error", "key")}
    made = made.on_conflict_do_update(index_elements=["person", "means"], set_=again, where=_tests.c.at <= before)
    return work.session.execute(made.returning(_tests.c.person)).first() is not None


def end(work: Work, person: int, means: str, key: str, error: str) -> None:
    """Say how a test ended, unless another has begun since."""
    mine = sa.update(_tests).where(_tests.c.person == person, _tests.c.means == means, _tests.c.key == key)
    work.session.execute(mine.values(state="failed" if error else "sent", error=error))


def newest(session: Session, person: int) -> dict[str, MeansTest]:
    """Return the last test of each means of a person; 0 is the team's webhook."""
    return {one.means: one for one in session.exec(select(MeansTest).where(MeansTest.person == person)).all()}


def deliveries(session: Session, keys: list[str]) -> dict[str, Delivery]:
    """Return what the outbox has under these keys."""
    rows = session.exec(select(Delivery).where(table(Delivery).c.key.in_(keys))).all() if keys else []
    return {one.key: one for one in rows}
