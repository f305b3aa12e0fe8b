"""Bring a store to the newest shape. Safe to run at every start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

if TYPE_CHECKING:
    from alembic.config import Config

    from inbox.store.db import Store

SCRIPTS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 824_000


def config(connection: sa.Connection) -> Config:
    """Alembic's settings, with the connection to use."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(SCRIPTS))
    made.attributes["connection"] = connection
    return made


def upgrade(store: Store) -> None:
    """Run every migration that is missing, in one transaction; two processes at once take turns.

    Where none is missing, Alembic is not loaded: that takes longer than what most commands do.
    """
    current, newest = version(store)
    if current == newest:
        return
    from alembic import command

    with store.writer.begin() as connection:
        if store.dialect == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        command.upgrade(config(connection), "head")


def version(store: Store) -> tuple[str | None, str]:
    """Return the store's version and the newest one: migrations are files whose names begin with their number."""
    newest = max(path.name[:4] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))
    with store.reader.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None, newest
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar(), newest
