"""Bring a store to the newest shape. Safe to run at every start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from inbox.store.db import Store

SCRIPTS = Path(__file__).parent / "migrations"
MIGRATION_LOCK = 824_000


def config(connection: sa.Connection) -> Config:
    """Alembic's settings, with the connection to use."""
    made = Config()
    made.set_main_option("script_location", str(SCRIPTS))
    made.attributes["connection"] = connection
    return made


def upgrade(store: Store) -> None:
    """Run every migration that is missing, in one transaction; two processes at once take turns."""
    with store.writer.begin() as connection:
        if store.dialect == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        command.upgrade(config(connection), "head")


def version(store: Store) -> tuple[str | None, str | None]:
    """Return the store's version and the newest one, for doctor."""
    with store.reader.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current, ScriptDirectory(str(SCRIPTS)).get_current_head()
