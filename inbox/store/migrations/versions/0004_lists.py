"""lists"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Json, Utc

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SNOOZED = sa.text("snoozed_until is not null")
_WITH_THEM = sa.text("status = 'open' and due_at is null and last_from = 'us' and merged_into is null")
_ANSWERED = sa.text("replied_at is not null and merged_into is null")
_RUNNING = sa.text("state in ('running', 'undoing')")
_SPOKEN = """(SELECT max(m.at) FROM messages m WHERE m.conversation_id = conversations.id AND m.kind = 'message'
  AND m.nature = 'person' AND m.direction = '{direction}')"""


def upgrade() -> None:
    op.add_column("conversations", sa.Column("snoozed_until", Utc(), nullable=True))
    op.add_column("conversations", sa.Column("snoozed_by", BigId, nullable=True))
    op.add_column("conversations", sa.Column("last_from", sa.Text(), server_default="", nullable=False))
    op.add_column("conversations", sa.Column("replied_at", Utc(), nullable=True))
    ours, theirs = _SPOKEN.format(direction="out"), _SPOKEN.format(direction="in")
    op.execute(f"UPDATE conversations SET replied_at = {ours}")  # noqa: S608 - our own words
    op.execute(
        f"UPDATE conversations SET last_from = CASE WHEN {theirs} IS NULL AND replied_at IS NULL THEN ''"  # noqa: S608 - our own words
        f" WHEN replied_at IS NULL OR {theirs} > replied_at THEN 'them' ELSE 'us' END"
    )
    _index("conversations_snoozed", "conversations", ["snoozed_until", "id"], _SNOOZED)
    _index("conversations_with_them", "conversations", ["updated_at", "id"], _WITH_THEM)
    _index("conversations_answered", "conversations", ["replied_at", "id"], _ANSWERED)
    _people()
    _views_and_bulk()


def _index(name: str, table: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)


def _people() -> None:
    op.create_table(
        "seen",
        sa.Column("teammate_id", BigId, autoincrement=False, nullable=False),
        sa.Column("conversation_id", BigId, autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("teammate_id", "conversation_id"),
    )
    op.create_table(
        "follows",
        sa.Column("teammate_id", BigId, autoincrement=False, nullable=False),
        sa.Column("conversation_id", BigId, autoincrement=False, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("teammate_id", "conversation_id"),
    )
    op.create_index("follows_by_conversation", "follows", ["conversation_id"])
    op.create_table(
        "senders",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("conversation_id", BigId, nullable=True),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("last_hit_at", Utc(), nullable=True),
        sa.CheckConstraint("kind in ('address', 'domain')", name="sender_kind_known"),
        sa.CheckConstraint("verdict in ('blocked', 'learned')", name="sender_verdict_known"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("kind", "value"),
    )


def _views_and_bulk() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("sorting", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("teammate_id", BigId, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.CheckConstraint("sorting in ('newest', 'urgent')", name="saved_view_sorting_known"),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("saved_views_by_place", "saved_views", ["place", "id"])
    op.create_table(
        "bulk_acts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("given", Json, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("touched_at", Utc(), nullable=False),
        sa.CheckConstraint("state in ('running', 'done', 'undoing', 'undone')", name="bulk_act_state_known"),
        sa.ForeignKeyConstraint(["by_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    _index("bulk_acts_at_work", "bulk_acts", ["touched_at", "id"], _RUNNING)
    op.create_index("bulk_acts_by_time", "bulk_acts", ["at"])
    op.create_table(
        "bulk_items",
        sa.Column("bulk_id", BigId, autoincrement=False, nullable=False),
        sa.Column("conversation_id", BigId, autoincrement=False, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", Json, nullable=True),
        sa.CheckConstraint(
            "state in ('waiting', 'done', 'same', 'refused', 'undone', 'kept')", name="bulk_item_state_known"
        ),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_acts.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("bulk_id", "conversation_id"),
    )
    op.create_index("bulk_items_by_state", "bulk_items", ["bulk_id", "state", "conversation_id"])
    op.create_index("bulk_items_by_conversation", "bulk_items", ["conversation_id"])


def downgrade() -> None:
    for name in ("bulk_items", "bulk_acts", "saved_views", "senders", "follows", "seen"):
        op.drop_table(name)
    for name in ("conversations_answered", "conversations_with_them", "conversations_snoozed"):
        op.drop_index(name, table_name="conversations")
    for name in ("replied_at", "last_from", "snoozed_by", "snoozed_until"):
        op.drop_column("conversations", name)
