"""handover"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Json, Utc

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NOT_TAKEN = sa.text("taken_at is null and climbed_at is null")


def upgrade() -> None:
    """Make room for notes of hand-over and for calendars."""
    op.create_table(
        "handovers",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("went", Json, nullable=False),
        sa.Column("came", Json, nullable=False),
        sa.Column("left", Json, nullable=False),
        sa.Column("words", Json, nullable=False),
        sa.Column("sent_at", Utc(), nullable=False),
        sa.Column("taken_at", Utc(), nullable=True),
        sa.Column("taken_by", BigId, nullable=True),
        sa.Column("climbed_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["taken_by"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("at"),
    )
    op.create_index("handovers_open", "handovers", ["at"], sqlite_where=NOT_TAKEN, postgresql_where=NOT_TAKEN)
    op.create_table(
        "handover_words",
        sa.Column("teammate_id", BigId, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("teammate_id"),
    )
    _calendars()


def _calendars() -> None:
    op.create_table(
        "calendar_links",
        sa.Column("teammate_id", BigId, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("teammate_id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_table(
        "calendar_sources",
        sa.Column("teammate_id", BigId, autoincrement=False, nullable=False),
        sa.Column("url", sa.LargeBinary(), nullable=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("containing", sa.Text(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("read_at", Utc(), nullable=True),
        sa.Column("next_at", Utc(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("teammate_id"),
    )


def downgrade() -> None:
    """Forget them."""
    for name in ("calendar_sources", "calendar_links", "handover_words", "handovers"):
        op.drop_table(name)
