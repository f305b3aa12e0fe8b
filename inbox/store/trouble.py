"""What can go wrong with the database, by names the other rooms may know."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, SQLAlchemyError

Trouble = SQLAlchemyError
"""The store could not be used, for whatever reason."""
Refused = DBAPIError
"""The database did not take a statement, or could not be reached."""
Conflict = IntegrityError
"""A law of the schema stood against it: a unique key, a check, a foreign key."""
UNKEEPABLE: tuple[type[Exception], ...] = (DataError, OverflowError, UnicodeEncodeError)
"""A value that no column holds: a number beyond 64 bits, a NUL on PostgreSQL, half a letter."""

_FILE = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_CANTOPEN", "SQLITE_NOMEM")
_SERVER = ("08", "40", "53", "55", "57", "58")


def passes(error: DBAPIError) -> bool:
    """Whether the trouble is the store's own and may pass: no space, no server, a lock. Else it is what was written."""
    orig = error.orig
    if orig is None or error.connection_invalidated:
        return True
    if name := getattr(orig, "sqlite_errorname", ""):
        return str(name).startswith(_FILE)
    if isinstance(orig, sqlite3.Error):
        return False
    state = getattr(orig, "sqlstate", None)
    return str(state).startswith(_SERVER) if state else isinstance(error, OperationalError)


__all__ = ["UNKEEPABLE", "Conflict", "Refused", "Trouble", "passes"]
