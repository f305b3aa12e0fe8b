"""data"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Json, Utc

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FULL = sa.text("emptied_at is null")
TO_CALL = sa.text("state in ('queued', 'sending')")
TO_DO = sa.text("state in ('waiting', 'running')")


def upgrade() -> None:
    op.add_column("contacts", sa.Column("data", Json, nullable=False, server_default="{}"))
    op.add_column("contacts", sa.Column("erased_at", Utc(), nullable=True))
    op.add_column("conversations", sa.Column("emptied_at", Utc(), nullable=True))
    columns = ["status", "updated_at", "id"]
    op.create_index("conversations_to_empty", "conversations", columns, sqlite_where=FULL, postgresql_where=FULL)
    op.create_table(
        "webhooks",
        sa.Column("id", BigId, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kinds", Json, nullable=False),
        sa.Column("secrets", sa.LargeBinary(), nullable=False),
        sa.Column("old_until", Utc(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("why_off", sa.Text(), nullable=False),
        sa.Column("failing_since", Utc(), nullable=True),
        sa.Column("seen_seq", BigId, nullable=False),
        sa.Column("created_by", BigId, sa.ForeignKey("teammates.id"), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "webhook_calls",
        sa.Column("id", BigId, nullable=False),
        sa.Column("webhook_id", BigId, sa.ForeignKey("webhooks.id"), nullable=False),
        sa.Column("seq", BigId, nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", Utc(), nullable=False),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("lease", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("sent", Json, nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("tried_at", Utc(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.CheckConstraint("state in ('queued', 'sending', 'sent', 'failed')", name="webhook_call_state_known"),
        sa.CheckConstraint("(state = 'sending') = (lease_until is not null)", name="webhook_call_leased_while_sending"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key"),
        sa.UniqueConstraint("webhook_id", "seq"),
    )
    op.create_index(
        "webhook_calls_to_make", "webhook_calls", ["not_before", "id"], sqlite_where=TO_CALL, postgresql_where=TO_CALL
    )
    op.create_index("webhook_calls_by_webhook", "webhook_calls", ["webhook_id", "id"])
    op.create_index("webhook_calls_by_time", "webhook_calls", ["created_at"])
    op.create_table(
        "data_jobs",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked", Json, nullable=False),
        sa.Column("done", BigId, nullable=False),
        sa.Column("total", BigId, nullable=False),
        sa.Column("result", Json, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease_until", Utc(), nullable=True),
        sa.Column("lease", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, sa.ForeignKey("teammates.id"), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("finished_at", Utc(), nullable=True),
        sa.Column("expires_at", Utc(), nullable=True),
        sa.CheckConstraint("kind in ('export', 'erase', 'import')", name="data_job_kind_known"),
        sa.CheckConstraint("state in ('waiting', 'running', 'done', 'failed')", name="data_job_state_known"),
        sa.CheckConstraint("(state = 'running') = (lease_until is not null)", name="data_job_leased_while_running"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("data_jobs_to_do", "data_jobs", ["id"], sqlite_where=TO_DO, postgresql_where=TO_DO)
    op.create_index("data_jobs_by_kind", "data_jobs", ["kind", "id"])
    op.create_table(
        "tombstones",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )


def downgrade() -> None:
    for table in ("tombstones", "data_jobs", "webhook_calls", "webhooks"):
        op.drop_table(table)
    op.drop_index("conversations_to_empty", "conversations")
    op.drop_column("conversations", "emptied_at")
    op.drop_column("contacts", "erased_at")
    op.drop_column("contacts", "data")
