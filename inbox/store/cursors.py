"""How far each reader of the feed of changes has come: one row of the settings each."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store import changes
from inbox.store.db import Work
from inbox.store.tables import Setting
from inbox.store.tools import insert_new, table

_settings = table(Setting)


def place(session: Session, reader: str) -> int | None:
    """Return the number of the last change that a reader is done with, None before it began."""
    return _number(session.get(Setting, _key(reader)))


def begin(work: Work, reader: str) -> None:
    """Let a reader begin with what changes from now on, unless it began before."""
    newest = changes.last_seq(work.session)
    insert_new(work, Setting, [{"key": _key(reader), "value": {"seq": newest}}])


def take(work: Work, reader: str) -> int | None:
    """Return the reader's place and keep other processes from moving it; None while another one has it."""
    query = sa.select(_settings.c.value).where(_settings.c.key == _key(reader)).with_for_update(skip_locked=True)
    found = work.session.execute(query).scalar()
    return None if found is None else int(found["seq"])


def move(work: Work, reader: str, seq: int) -> None:
    """Be done with every change up to this one."""
    moved = sa.update(_settings).where(_settings.c.key == _key(reader))
    work.session.execute(moved.values(value={"seq": seq}))


def _key(reader: str) -> str:
    return f"cursor.{reader}"


def _number(row: Setting | None) -> int | None:
    return None if row is None else int(row.value["seq"])
