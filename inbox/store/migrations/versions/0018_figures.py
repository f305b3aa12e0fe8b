"""figures"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


COLUMNS = ["due_at", "cause", "closed_at", "started_at", "closed_by", "conversation_id"]
SLOW = sa.text("closed_at is null or (closed_at - started_at) * 6 > (due_at - started_at) * 5")

CLOSER = ["closed_by", "closed_at", "cause"]
CLOSED = sa.text("closed_by is not null")


def upgrade() -> None:
    """Let figures be read from an index, and the few waits that were slow from one of their own."""
    op.drop_index("waits_by_due", "waits")
    op.create_index("waits_by_due", "waits", COLUMNS)
    op.create_index("waits_by_closer", "waits", CLOSER, sqlite_where=CLOSED, postgresql_where=CLOSED)
    op.create_index("waits_slow", "waits", COLUMNS, sqlite_where=SLOW, postgresql_where=SLOW)
    op.create_index("outages_of_account", "outages", ["account_id", "id"])


def downgrade() -> None:
    """Know when each was due, and no more."""
    op.drop_index("outages_of_account", "outages")
    op.drop_index("waits_slow", "waits")
    op.drop_index("waits_by_closer", "waits")
    op.drop_index("waits_by_due", "waits")
    op.create_index("waits_by_due", "waits", ["due_at"])
