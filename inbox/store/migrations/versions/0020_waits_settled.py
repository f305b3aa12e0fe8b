"""waits settled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a wait wait for the rules of its own message; those that are open are settled as they are."""
    op.add_column("waits", sa.Column("unsettled", sa.Text(), nullable=True))


def downgrade() -> None:
    """Forget what was not settled: each keeps the terms it opened with."""
    op.drop_column("waits", "unsettled")
