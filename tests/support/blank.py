"""What a prepared database holds before anybody has written to it, and how one that was used becomes so again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection, sql

# Each is waited for: one that is ending may still commit a row, which the next guest would find.
_SEEN_OFF = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_WRITTEN = """
SELECT relname, pg_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0 ORDER BY relname
"""
_COUNTED = "SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences WHERE last_value IS NOT NULL"
# Whoever changes a table, an index or a trigger, or has rows counted for the planner, writes to one of these.
_CATALOGUES = (
    "pg_class",
    "pg_attribute",
    "pg_constraint",
    "pg_index",
    "pg_trigger",
    "pg_proc",
    "pg_type",
    "pg_statistic",
)
_CHANGED = " UNION ALL ".join(f"SELECT count(*), max(xmin::text::bigint)::text FROM {name}" for name in _CATALOGUES)
_LARGE = 512 * 1024
"""Bytes of a table; the room that deleted rows took is not given free, and a plan depends on how large a table is."""
_ROWS = sql.SQL("SELECT count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM {} t")


@dataclass(frozen=True)
class Blank:
    """The tables that migrations filled, with what is in them, how far each sequence counted, and the catalogues."""

    filled: list[str]
    counted: dict[str, int]
    shape: list[tuple[Any, ...]]

    @classmethod
    def of(cls, connection: Connection[Any]) -> Blank:
        """Look at a database that nobody used."""
        filled = [name for name, _ in connection.execute(_WRITTEN)]
        return cls(filled, _counted(connection), _shape(connection, filled))

    def restored(self, connection: Connection[Any]) -> bool:
        """End every other session and take away what was written; False when it cannot become what it was."""
        connection.execute(_SEEN_OFF)
        connection.execute("SET session_replication_role = replica")  # rows go in any order, and no trigger minds
        written = {name: size for name, size in connection.execute(_WRITTEN) if name not in self.filled}
        if max(written.values(), default=0) > _LARGE or _shape(connection, self.filled) != self.shape:
            return False
        away = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in written]
        for name, last in _counted(connection).items():
            if last != self.counted.get(name):
                back = (name, self.counted.get(name, 1), name in self.counted)
                away.append(sql.SQL("SELECT setval({}, {}, {})").format(*back))
        connection.execute(sql.SQL(";").join(away))
        return True


def _counted(connection: Connection[Any]) -> dict[str, int]:
    return dict(connection.execute(_COUNTED).fetchall())


def _shape(connection: Connection[Any], filled: list[str]) -> list[tuple[Any, ...]]:
    asked = [sql.SQL(_CHANGED), *(_ROWS.format(sql.Identifier(name)) for name in filled)]
    return connection.execute(sql.SQL(" UNION ALL ").join(asked)).fetchall()
