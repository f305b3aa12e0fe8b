"""The engine and the unit of work: the only place that commits.

SQLite: one writer connection that also checkpoints (SQLite 3.7.0 to 3.51.2 can lose commits in WAL mode when a
checkpoint of one connection races a commit of another: sqlite.org/wal.html, "the WAL-reset bug"), and a small pool of
readers that never do. A second process (a command beside a running server) writes through the same lock file rules but
leaves every checkpoint to the owner. PostgreSQL: one pool.
"""

from __future__ import annotations

import fcntl
import threading
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool, QueuePool
from sqlmodel import Session, SQLModel

from inbox.store.tables import Change
from inbox.store.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from typing import IO

    from inbox.clock import Clock

CHANGES_LOCK = 824_001
CHANGES_CHANNEL = "under24_changes"
WRITE_WITHIN = 60.0
"""Seconds that a thread waits for its turn to write on SQLite."""


__all__ = ["Bell", "SQLModel", "Session", "Store", "StoreError", "Work"]


class StoreError(Exception):
    """The store cannot be used; the message is one sentence that says what to do."""


@dataclass
class Work:
    """One transaction: its session, its time, and the changes it will announce.

    because: on whose behalf this is done where no teammate does it; every change and event says so.
    """

    session: Session
    now: datetime
    dialect: str
    clock: Clock
    changes: list[dict[str, Any]] = field(default_factory=list)
    because: dict[str, Any] = field(default_factory=dict)
    knocks: bool = False
    at_end: list[Callable[[], None]] = field(default_factory=list)
    _next_id: dict[str, int] = field(default_factory=dict)

    def read_clock(self) -> None:
        """Take the time anew, after having waited for a lock: what others committed meanwhile is earlier than now."""
        self.now = self.clock()

    def announce(
        self, kind: str, *, conversation_id: int | None = None, teammate_id: int | None = None, **data: object
    ) -> None:
        """Append one change to the feed, in this transaction."""
        row = {"at": self.now, "kind": kind, "conversation_id": conversation_id, "teammate_id": teammate_id}
        self.changes.append({**row, "data": {**self.because, **data}})

    def knock(self) -> None:
        """Tell who listens to look again after the commit, of what is no change to remember (who looks at what)."""
        self.knocks = True

    def ids(self, table: type[SQLModel], count: int) -> list[int]:
        """Take `count` fresh ids of `table`, rising."""
        name = str(table.__tablename__)
        if count == 0:
            return []
        if self.dialect == "postgresql":
            query = sa.text(f"SELECT nextval(pg_get_serial_sequence('{name}', 'id')) FROM generate_series(1, :n)")  # noqa: S608 - our own table name
            return list(self.session.execute(query, {"n": count}).scalars())
        if name not in self._next_id:
            highest = self.session.execute(sa.select(sa.func.max(table.__table__.c.id))).scalar()  # type: ignore[attr-defined]
            self._next_id[name] = (highest or 0) + 1
        first = self._next_id[name]
        self._next_id[name] = first + count
        return list(range(first, first + count))

    def insert(self, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
        """Insert many rows at once; every row has the same keys."""
        if rows:
            self.session.connection().execute(sa.insert(table.__table__), rows)  # type: ignore[attr-defined]

    def flush_changes(self) -> int:
        """Write what was kept for the end, then the announced changes.

        On PostgreSQL each is behind a lock, so that its numbers rise in commit order; always in this order, so that no
        two transactions wait for each other.
        """
        for write in self.at_end:
            write()
        if self.dialect == "postgresql" and (self.changes or self.knocks):
            self.session.execute(sa.text(f"NOTIFY {CHANGES_CHANNEL}"))
        if not self.changes:
            return 0
        if self.dialect == "postgresql":
            self.session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHANGES_LOCK})
        self.insert(Change, self.changes)
        return len(self.changes)


class Store:
    """Where everything is remembered. Thread-safe; make one a process."""

    def __init__(self, url: str, clock: Clock) -> None:
        """Open the database of `url`. It is not migrated here: see inbox.store.migrate."""
        self.url = url
        self.clock = clock
        self.dialect = "postgresql" if url.startswith("postgresql") else "sqlite"
        self._listeners: list[Callable[[], None]] = []
        self._owner_file: IO[bytes] | None = None
        self._turn = Turn()
        self.writer, self.reader = self._engines()
        self.locks = sa.create_engine(self.url, poolclass=NullPool) if self.dialect == "postgresql" else self.writer

    @property
    def path(self) -> Path | None:
        """The SQLite file, None on PostgreSQL."""
        return Path(sa.make_url(self.url).database or "") if self.dialect == "sqlite" else None

    @property
    def owner(self) -> bool:
        """Whether this process may checkpoint (SQLite) and may take over what a dead process held."""
        return self._owner_file is not None

    def _engines(self) -> tuple[sa.Engine, sa.Engine]:
        if self.dialect == "postgresql":
            engine = sa.create_engine(self.url, pool_size=12, max_overflow=8, pool_pre_ping=True)
            return engine, engine
        path = self.path
        if path is None or str(path) in {"", ":memory:"}:
            message = "The store must be a file: set INBOX_DATABASE_URL to sqlite:////path/to/under24.db."
            raise StoreError(message)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._owner_file = _try_lock(path.with_name(path.name + ".owner"))
        return _sqlite_engine(self.url, writes=True, owner=self.owner), _sqlite_engine(self.url, writes=False)

    @contextmanager
    def unit_of_work(self) -> Iterator[Work]:
        """Open one transaction, commit it at the end, roll it back on any error, then tell who listens for changes."""
        mine = self._turn.taken(WRITE_WITHIN) if self.dialect == "sqlite" else nullcontext()
        with mine, Session(self.writer, expire_on_commit=False, autoflush=True) as session:
            if self.dialect == "sqlite":
                session.connection()  # waits for its turn to write before it asks what time it is
            work = Work(session, self.clock(), self.dialect, self.clock)
            yield work
            session.flush()
            announced = work.flush_changes()
            session.commit()
        if announced or work.knocks:
            self.ring()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that only reads, on one snapshot."""
        with Session(self.reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    def on_change(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each commit of this process that announced changes; returns how to stop that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def ring(self) -> None:
        """Tell every listener that something changed."""
        for listener in list(self._listeners):
            listener()

    def close(self) -> None:
        """Let go of every connection and of the owner's lock."""
        self.writer.dispose()
        self.reader.dispose()
        self.locks.dispose()
        if self._owner_file is not None:
            self._owner_file.close()
            self._owner_file = None


def _try_lock(path: Path) -> IO[bytes] | None:
    handle = path.open("ab")
    path.chmod(0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def _sqlite_engine(url: str, *, writes: bool, owner: bool = False) -> sa.Engine:
    engine = sa.create_engine(
        url,
        poolclass=QueuePool,
        pool_size=1 if writes else 6,
        max_overflow=0 if writes else 10,
        pool_timeout=WRITE_WITHIN,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": 60},
    )
    pragmas = [
        "PRAGMA busy_timeout = 60000",
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON",  # what was erased is not left in free pages
        "PRAGMA temp_store = MEMORY",
        f"PRAGMA cache_size = {-16384 if writes else -4096}",
        f"PRAGMA wal_autocheckpoint = {2000 if writes and owner else 0}",
        f"PRAGMA query_only = {'OFF' if writes else 'ON'}",
    ]

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:  # noqa: ANN401
        for pragma in pragmas:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


class Bell:
    """An event many threads may ring; a waiter is woken once for any number of rings."""

    def __init__(self) -> None:
        """Start silent."""
        self._event = threading.Event()

    def ring(self) -> None:
        """Wake whoever waits, or the next one who will."""
        self._event.set()

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; True when it rang since the last wait."""
        rang = self._event.wait(timeout)
        self._event.clear()
        return rang
