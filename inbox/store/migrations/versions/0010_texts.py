"""texts"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("language", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("contacts", "language")
