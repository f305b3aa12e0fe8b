"""waits settled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PASSING = sa.text("substr(subject, 1, 8) <> 'message:'")
LETTERS = sa.text("kind = 'letter'")


def upgrade() -> None:
    """Let a wait wait for the rules of its own message; let what is kept for a while be found by its age."""
    op.add_column("waits", sa.Column("unsettled", sa.Text(), nullable=True))
    op.create_index("notices_by_time", "notices", ["at"])
    op.create_index("taken_back_by_time", "taken_back", ["at"])
    op.create_index("rule_acts_passing", "rule_acts", ["at"], sqlite_where=PASSING, postgresql_where=PASSING)
    op.create_index("outbox_letters_by_time", "outbox", ["created_at"], sqlite_where=LETTERS, postgresql_where=LETTERS)


def downgrade() -> None:
    """Forget what was not settled: each keeps the terms it opened with."""
    op.drop_index("outbox_letters_by_time", "outbox")
    op.drop_index("rule_acts_passing", "rule_acts")
    op.drop_index("taken_back_by_time", "taken_back")
    op.drop_index("notices_by_time", "notices")
    op.drop_column("waits", "unsettled")
