"""writing"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Json, Utc

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LATER = sa.text("scheduled_at is not null and state = 'queued'")


def upgrade() -> None:
    op.create_table(
        "mentions",
        sa.Column("message_id", BigId, autoincrement=False, nullable=False),
        sa.Column("teammate_id", BigId, autoincrement=False, nullable=False),
        sa.Column("seen_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("message_id", "teammate_id"),
    )
    op.create_index("mentions_of_teammate", "mentions", ["teammate_id", "seen_at", "message_id"])
    _drafts()
    _texts()
    op.add_column("outbox", sa.Column("scheduled_at", Utc(), nullable=True))
    op.create_index("outbox_later", "outbox", ["conversation_id", "id"], sqlite_where=_LATER, postgresql_where=_LATER)


def _drafts() -> None:
    op.create_table(
        "drafts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("conversation_id", BigId, nullable=False),
        sa.Column("teammate_id", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("people", Json, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.Column("discarded_at", Utc(), nullable=True),
        sa.CheckConstraint("kind in ('reply', 'note', 'forward')", name="draft_kind_known"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id", "teammate_id", "kind"),
    )
    op.create_index("drafts_by_teammate", "drafts", ["teammate_id", "updated_at"])
    op.create_table(
        "draft_files",
        sa.Column("id", BigId, nullable=False),
        sa.Column("draft_id", BigId, nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", BigId, nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["drafts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sha256"], ["blobs.sha256"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("draft_files_by_draft", "draft_files", ["draft_id", "id"])


def _texts() -> None:
    op.create_table(
        "saved_replies",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("used_at", Utc(), nullable=True),
        sa.Column("updated_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("saved_replies_by_owner", "saved_replies", ["owner_id", "name"])
    op.create_table(
        "signatures",
        sa.Column("teammate_id", BigId, autoincrement=False, nullable=False),
        sa.Column("account_id", BigId, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("teammate_id", "account_id"),
    )
    op.create_table(
        "taken_back",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("teammate_id", BigId, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("key"),
    )


def downgrade() -> None:
    op.drop_index("outbox_later", table_name="outbox", sqlite_where=_LATER, postgresql_where=_LATER)
    op.drop_column("outbox", "scheduled_at")
    for name in ("taken_back", "signatures", "saved_replies", "draft_files", "drafts", "mentions"):
        op.drop_table(name)
