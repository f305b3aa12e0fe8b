"""presence"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Utc

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("teammate_id", BigId, nullable=False),
        sa.Column("tab", sa.Text(), nullable=False),
        sa.Column("conversation_id", BigId, nullable=False),
        sa.Column("typing", sa.Text(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("teammate_id", "tab"),
    )
    op.create_index("presence_by_age", "presence", ["seen_at"])


def downgrade() -> None:
    op.drop_table("presence")
