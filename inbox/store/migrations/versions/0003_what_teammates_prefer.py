"""what teammates prefer"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("teammates") as batch_op:
        batch_op.add_column(sa.Column("language", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("zone", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("preferences", Json, server_default="{}", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("teammates") as batch_op:
        for name in ("preferences", "zone", "language"):
            batch_op.drop_column(name)
