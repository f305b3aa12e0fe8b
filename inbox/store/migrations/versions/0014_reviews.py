"""reviews"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Utc

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TO_DO = sa.text("action <> '' and done_at is null")
CAUSES = "'nobody_on_duty', 'notice_missed', 'channel_down', 'hard_question', 'ignored', 'other'"


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", BigId, nullable=False),
        sa.Column("wait_id", BigId, nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("done_at", Utc(), nullable=True),
        sa.Column("done_by", BigId, nullable=True),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.CheckConstraint(f"cause in ({CAUSES})", name="review_cause_known"),
        sa.CheckConstraint("cause <> 'other' or words <> ''", name="review_other_is_said"),
        sa.CheckConstraint("action = '' or owner_id is not null", name="review_action_has_an_owner"),
        sa.ForeignKeyConstraint(["wait_id"], ["waits.id"]),
        sa.ForeignKeyConstraint(["owner_id"], ["teammates.id"]),
        sa.ForeignKeyConstraint(["done_by"], ["teammates.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("wait_id"),
    )
    op.create_index("reviews_by_week", "reviews", ["week", "wait_id"])
    op.create_index("reviews_to_do", "reviews", ["week", "id"], sqlite_where=TO_DO, postgresql_where=TO_DO)
    op.create_table(
        "review_weeks",
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("signed_by", BigId, nullable=False),
        sa.Column("signed_at", Utc(), nullable=False),
        sa.Column("broken", sa.Integer(), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["signed_by"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("week"),
    )
    op.create_table(
        "review_samples",
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("wait_id", BigId, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.CheckConstraint("verdict in ('right', 'wrong')", name="review_verdict_known"),
        sa.CheckConstraint("verdict = 'right' or reason <> ''", name="review_wrong_has_a_reason"),
        sa.ForeignKeyConstraint(["wait_id"], ["waits.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("week", "wait_id"),
    )
    op.create_index(op.f("ix_review_samples_wait_id"), "review_samples", ["wait_id"])


def downgrade() -> None:
    for name in ("review_samples", "review_weeks", "reviews"):
        op.drop_table(name)
