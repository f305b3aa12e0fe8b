"""Hear of other processes' commits: NOTIFY on PostgreSQL, the file's data version on SQLite."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from inbox.store.db import CHANGES_CHANNEL

if TYPE_CHECKING:
    from inbox.store.db import Store

POLL = 1.0
"""Seconds between looks; a commit of this process rings at once by itself."""

log = logging.getLogger(__name__)


class Listener(threading.Thread):
    """Rings the store's listeners when another process committed changes. Stops within POLL seconds."""

    def __init__(self, store: Store) -> None:
        super().__init__(name="listen", daemon=True)
        self._store = store
        self._stopping = threading.Event()

    def run(self) -> None:
        """Listen until stopped; a lost connection is made again."""
        while not self._stopping.is_set():
            try:
                self._postgres() if self._store.dialect == "postgresql" else self._sqlite()
            except (psycopg.Error, DBAPIError) as error:
                log.warning("Listening for changes failed (%s); trying again.", type(error).__name__)
                self._stopping.wait(POLL)

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        self.join(timeout=POLL * 5)

    def _postgres(self) -> None:
        url = self._store.url.replace("postgresql+psycopg://", "postgresql://", 1)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANGES_CHANNEL}")
            while not self._stopping.is_set():
                for _ in connection.notifies(timeout=POLL, stop_after=1):
                    self._store.ring()

    def _sqlite(self) -> None:
        with self._store.reader.connect() as connection:
            seen = self._version(connection)
            while not self._stopping.wait(POLL):
                version = self._version(connection)
                if version != seen:
                    seen = version
                    self._store.ring()

    @staticmethod
    def _version(connection: sa.Connection) -> int:
        version = int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())
        connection.rollback()
        return version
