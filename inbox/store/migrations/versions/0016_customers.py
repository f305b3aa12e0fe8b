"""customers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Utc

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

LEFT = sa.text("skipped = ''")


def upgrade() -> None:
    op.create_table(
        "acknowledgements",
        sa.Column("conversation_id", BigId, sa.ForeignKey("conversations.id"), autoincrement=False, nullable=False),
        sa.Column("contact_id", BigId, sa.ForeignKey("contacts.id"), nullable=False),
        sa.Column("wait_id", BigId, sa.ForeignKey("waits.id"), nullable=False),
        sa.Column("message_id", BigId, sa.ForeignKey("messages.id"), nullable=True),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id"),
        sa.CheckConstraint("(skipped = '') = (message_id is not null)", name="acknowledgement_left_or_says_why_not"),
    )
    columns = ["contact_id", "at"]
    op.create_index(
        "acknowledgements_by_contact", "acknowledgements", columns, sqlite_where=LEFT, postgresql_where=LEFT
    )
    op.create_index("acknowledgements_by_time", "acknowledgements", ["at"])


def downgrade() -> None:
    op.drop_table("acknowledgements")
