"""Which questions would read a whole table, as SQLite's own plans say."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa

# Tables that stay small whatever happens; json_each is the list of ids that a question brings along.
SMALL = {"accounts", "teammates", "settings", "json_each"}


def whole_tables_read(engine: sa.Engine, asked: list[tuple[str, Any]]) -> list[str]:
    """Return the steps of SQLite's plans that read all rows of a table, with or without an index."""
    found = []
    with engine.connect() as connection:
        for statement, given in asked:
            one = given[0] if isinstance(given, list) else given
            for *_, step in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", one):
                scan = re.match(r"SCAN (\w+)", step)
                if (
                    scan
                    and scan[1] not in SMALL
                    and not scan[1].startswith("anon_")
                    and not _is_bounded(statement, step)
                ):
                    found.append(f"{step}: {statement}")
    return found


def _is_bounded(statement: str, step: str) -> bool:
    """A walk along an index, or down the ids, that stops after a page; a question to the full-text index.

    Or a walk over what an inner question found: of one page, or where one person is mentioned.
    """
    walks = "USING" in step or "ORDER BY messages.id DESC" in statement
    inner = step.startswith(("SCAN (subquery", "SCAN mentioned", "SCAN CONSTANT ROW"))
    return "VIRTUAL TABLE INDEX" in step or (walks and "LIMIT" in statement) or inner
