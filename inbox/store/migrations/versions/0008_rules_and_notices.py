"""rules and notices"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Json, Utc

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

UNREAD = sa.text("read_at is null")
QUEUED = sa.text("state = 'queued'")
NAMED = "delivery_names_its_message"
LETTERS = sa.text("kind = 'letter'")


def upgrade() -> None:
    _rules()
    _notices()
    _allow_letters("kind in ('send', 'copy', 'letter')", letters=True)
    op.create_index("outbox_letters", "outbox", ["external_id"], sqlite_where=LETTERS, postgresql_where=LETTERS)


def downgrade() -> None:
    op.drop_index("outbox_letters", "outbox")
    op.execute("DELETE FROM outbox WHERE kind = 'letter'")
    _allow_letters("kind in ('send', 'copy')", letters=False)
    for name in ("push_subscriptions", "notice_sends", "notices", "rule_acts", "rules"):
        op.drop_table(name)


def _rules() -> None:
    op.create_table(
        "rules",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("acts", Json, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("deleted_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rules_in_order", "rules", ["position", "id"])
    op.create_table(
        "rule_acts",
        sa.Column("id", BigId, nullable=False),
        sa.Column("rule_id", BigId, nullable=False),
        sa.Column("conversation_id", BigId, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("did", Json, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["rule_id"], ["rules.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rule_id", "conversation_id", "subject"),
    )
    op.create_index("rule_acts_by_conversation", "rule_acts", ["conversation_id"])
    op.create_index("rule_acts_by_time", "rule_acts", ["rule_id", "at"])


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", BigId, nullable=False),
        sa.Column("teammate_id", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("conversation_id", BigId, nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("browser", sa.Boolean(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("read_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("teammate_id", "kind", "subject"),
    )
    op.create_index("notices_of_teammate", "notices", ["teammate_id", "id"])
    op.create_index("notices_unread", "notices", ["teammate_id", "id"], sqlite_where=UNREAD, postgresql_where=UNREAD)
    op.create_index("notices_by_conversation", "notices", ["conversation_id"])
    op.create_table(
        "notice_sends",
        sa.Column("id", BigId, nullable=False),
        sa.Column("notice_id", BigId, nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("target", BigId, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("not_before", Utc(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("done_at", Utc(), nullable=True),
        sa.CheckConstraint("means in ('mail', 'push')", name="notice_means_known"),
        sa.CheckConstraint("state in ('queued', 'sent', 'failed', 'skipped')", name="notice_send_state_known"),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("notice_id", "means", "target"),
    )
    op.create_index(
        "notice_sends_due", "notice_sends", ["not_before", "id"], sqlite_where=QUEUED, postgresql_where=QUEUED
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("teammate_id", BigId, nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.Text(), nullable=False),
        sa.Column("auth", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("used_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("endpoint"),
    )
    op.create_index("push_subscriptions_by_teammate", "push_subscriptions", ["teammate_id"])


def _allow_letters(kinds: str, *, letters: bool) -> None:
    """Let a delivery be without a message, or no longer."""
    with op.batch_alter_table("outbox") as batch_op:
        batch_op.drop_constraint("delivery_kind_known", type_="check")
        batch_op.create_check_constraint("delivery_kind_known", sa.text(kinds))
        if letters:
            batch_op.create_check_constraint(NAMED, sa.text("(kind = 'letter') = (message_id is null)"))
        else:
            batch_op.drop_constraint(NAMED, type_="check")
        batch_op.alter_column("conversation_id", existing_type=BigId, nullable=letters)
        batch_op.alter_column("message_id", existing_type=BigId, nullable=letters)
