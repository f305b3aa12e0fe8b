"""Who may do what only one may do: an advisory lock a PostgreSQL session, the owner's lock on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from inbox.store.db import Store, Work

ACCOUNT_LOCKS = 824
WORKERS = 824_002
PLACING = 824_003


class Held:
    """A lock that is held for as long as its connection lives."""

    def __init__(self, connection: sa.Connection | None) -> None:
        self._connection = connection

    def alive(self) -> bool:
        """Whether the lock is still ours: the database may have cut the connection."""
        if self._connection is None:
            return True
        try:
            self._connection.execute(sa.text("SELECT 1"))
        except DBAPIError:
            return False
        return True


def placing_turn(work: Work) -> None:
    """Wait until no other transaction places messages, and keep others waiting until this one ends.

    Two that place at once do not see each other: they would make one person two contacts, or part an answer from its
    question. On SQLite every transaction that writes is alone.
    """
    if work.dialect == "postgresql":
        work.session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": PLACING})


@contextmanager
def working(store: Store, take_over: Callable[[], None]) -> Iterator[None]:
    """Be counted among the processes that work, while the body runs.

    Whoever comes when no other works calls `take_over` first: what others held, dead processes held. On SQLite only the
    owner works; on PostgreSQL each worker shares a lock, and the first has it alone for that moment.
    """
    if store.dialect == "sqlite":
        if store.owner:
            take_over()
        yield
        return
    with store.locks.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = {"key": WORKERS}
        if connection.execute(sa.text("SELECT pg_try_advisory_lock(:key)"), key).scalar():
            try:
                take_over()
            finally:
                connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), key)
        connection.execute(sa.text("SELECT pg_advisory_lock_shared(:key)"), key)
        try:
            yield
        finally:
            try:
                connection.execute(sa.text("SELECT pg_advisory_unlock_shared(:key)"), key)
            except DBAPIError:
                connection.invalidate()


@contextmanager
def account_lock(store: Store, account_id: int) -> Iterator[Held | None]:
    """Hold the right to poll an account; None while another process holds it."""
    if store.dialect == "sqlite":
        yield Held(None) if store.owner else None
        return
    with store.locks.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = {"space": ACCOUNT_LOCKS, "id": account_id}
        if not connection.execute(sa.text("SELECT pg_try_advisory_lock(:space, :id)"), key).scalar():
            yield None
            return
        try:
            yield Held(connection)
        finally:
            try:
                connection.execute(sa.text("SELECT pg_advisory_unlock(:space, :id)"), key)
            except DBAPIError:
                connection.invalidate()
