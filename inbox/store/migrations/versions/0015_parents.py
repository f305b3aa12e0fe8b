"""parents"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_DIRECT = """
INSERT INTO awaited (rfc_message_id, message_id)
SELECT m.in_reply_to, m.id FROM messages AS m
WHERE m.in_reply_to <> '' AND m.kind = 'message'
AND NOT EXISTS (SELECT 1 FROM messages AS p WHERE p.rfc_message_id = m.in_reply_to AND p.rfc_message_id <> '')
"""


def upgrade() -> None:
    op.create_table(
        "awaited",
        sa.Column("rfc_message_id", sa.Text(), nullable=False),
        sa.Column("message_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"]),
        sa.PrimaryKeyConstraint("rfc_message_id", "message_id"),
    )
    op.create_index("awaited_by_message", "awaited", ["message_id"])
    op.execute(_DIRECT)


def downgrade() -> None:
    op.drop_table("awaited")
