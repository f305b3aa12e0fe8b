"""The tables are what the models say, and every step can be taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from inbox.store.db import Store
from inbox.store.migrate import config
from inbox.store.tables import metadata


def test_migrations_make_what_the_models_describe(store: Store) -> None:
    """The search index is no model: each database has its own."""
    with store.writer.begin() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert [one for one in found if not getattr(one[1], "name", "").startswith("search")] == []


def test_every_step_can_be_taken_back_and_again(store: Store) -> None:
    with store.writer.begin() as connection:
        command.downgrade(config(connection), "base")
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    with store.writer.begin() as connection:
        command.upgrade(config(connection), "head")
        assert set(metadata.tables) <= set(sa.inspect(connection).get_table_names())
