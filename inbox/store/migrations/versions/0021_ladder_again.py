"""ladder again"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Utc

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TO_END = sa.text("again_at is not null")
_HELD_NOW = {
    "sqlite": "until > CAST(strftime('%s', 'now') AS INTEGER) * 1000000",
    "postgresql": "until > now()",
}


def upgrade() -> None:
    """Remember which claims have yet to end; a claim that runs rings again at its end, as those to come will."""
    op.add_column("claims", sa.Column("again_at", Utc(), nullable=True))
    op.add_column("tellings", sa.Column("claim_id", BigId, nullable=True))
    op.add_column("rules", sa.Column("swept_until", Utc(), nullable=True))
    op.add_column("rules", sa.Column("swept_id", BigId, nullable=True))
    held = _HELD_NOW[op.get_bind().dialect.name]
    op.execute(f"UPDATE claims SET again_at = until WHERE released_at IS NULL AND {held}")  # noqa: S608 - our own words
    op.create_index("claims_to_end", "claims", ["again_at", "id"], sqlite_where=TO_END, postgresql_where=TO_END)
    op.create_table(
        "means_tests",
        sa.Column("person", BigId, autoincrement=False, nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('queued', 'sent', 'failed')", name="means_test_state_known"),
        sa.PrimaryKeyConstraint("person", "means"),
    )


def downgrade() -> None:
    """Forget that again."""
    op.drop_table("means_tests")
    op.drop_index("claims_to_end", "claims")
    op.drop_column("rules", "swept_id")
    op.drop_column("rules", "swept_until")
    op.drop_column("tellings", "claim_id")
    op.drop_column("claims", "again_at")
