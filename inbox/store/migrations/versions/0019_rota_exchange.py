"""rota exchange"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Utc

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

NAMING = {"uq": "uq_%(table_name)s_%(column_0_name)s"}
UNIQUE = {"sqlite": "uq_rota_overrides_swap_id", "postgresql": "rota_overrides_swap_id_key"}
RETURNED = """DELETE FROM rota_overrides WHERE kind = 'swap' AND teammate_id =
(SELECT s.teammate_id FROM rota_swaps s WHERE s.id = rota_overrides.swap_id)"""
CHECKS = {
    "rota_swap_back_is_whole": "(back_starts_at is null) = (back_ends_at is null)",
    "rota_swap_back_lasts": "back_starts_at is null or back_starts_at < back_ends_at",
    "rota_swap_back_in_return": "in_return or back_starts_at is null",
    "rota_swap_taken_with_back": "not in_return or state <> 'taken' or back_starts_at is not null",
}


def upgrade() -> None:
    """Make room for shifts that are exchanged, and for each one's own public holidays."""
    _stand_aside()
    with op.batch_alter_table("rota_swaps") as batch:
        batch.add_column(sa.Column("in_return", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("back_starts_at", Utc(), nullable=True))
        batch.add_column(sa.Column("back_ends_at", Utc(), nullable=True))
        for name, check in CHECKS.items():
            batch.create_check_constraint(name, sa.text(check))
    with op.batch_alter_table("rota_overrides", naming_convention=NAMING) as batch:
        batch.drop_constraint(UNIQUE[op.get_bind().dialect.name], type_="unique")
        batch.create_unique_constraint("rota_override_of_swap_once", ["swap_id", "teammate_id"])
    _come_back()
    op.create_table(
        "holiday_places",
        sa.Column("teammate_id", BigId, autoincrement=False, nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.CheckConstraint("country <> ''", name="holiday_country_known"),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("teammate_id"),
    )
    op.create_table(
        "holidays_served",
        sa.Column("teammate_id", BigId, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("teammate_id", "day"),
    )


def downgrade() -> None:
    """Take it away: of an exchange, what was served for whoever asked stays."""
    for name in ("holidays_served", "holiday_places"):
        op.drop_table(name)
    op.execute(RETURNED)
    _stand_aside()
    with op.batch_alter_table("rota_overrides") as batch:
        batch.drop_constraint("rota_override_of_swap_once", type_="unique")
        batch.create_unique_constraint(UNIQUE[op.get_bind().dialect.name], ["swap_id"])
    with op.batch_alter_table("rota_swaps") as batch:
        for name in CHECKS:
            batch.drop_constraint(name, type_="check")
        for name in ("in_return", "back_starts_at", "back_ends_at"):
            batch.drop_column(name)
    _come_back()


def _stand_aside() -> None:
    """Where SQLite makes a table anew, the rows that point at it stand aside: it would not let go of it else."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE TEMP TABLE overrides_kept AS SELECT * FROM rota_overrides")
        op.execute("DELETE FROM rota_overrides")


def _come_back() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO rota_overrides SELECT * FROM overrides_kept")
        op.execute("DROP TABLE overrides_kept")
