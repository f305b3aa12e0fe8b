"""ladder"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Json, Utc

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_HELD = sa.text("released_at is null")
_LASTS = sa.text("over_at is null")
_WAITING = sa.text("state = 'waiting'")
_UNCLAIMED = sa.text("unclaimed_at is not null")
_QUEUED = sa.text("state = 'queued'")
_LEFT = sa.text("state = 'handed'")
_OF_WAITS = sa.text("wait_id is not null")


def upgrade() -> None:
    _claims()
    _outages()
    _tellings()
    _sends()
    _let_notices_be_about_no_conversation(nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM notice_sends WHERE notice_id IN (SELECT id FROM notices WHERE conversation_id IS NULL)")
    op.execute("DELETE FROM notices WHERE conversation_id IS NULL")
    _let_notices_be_about_no_conversation(nullable=False)
    for name in ("telling_sends", "tellings", "outages", "claims"):
        op.drop_table(name)


def _claims() -> None:
    op.create_table(
        "claims",
        sa.Column("id", BigId, nullable=False),
        sa.Column("wait_id", BigId, nullable=False),
        sa.Column("teammate_id", BigId, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("until", Utc(), nullable=False),
        sa.Column("released_at", Utc(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["wait_id"], ["waits.id"]),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("claims_held", "claims", ["wait_id"], unique=True, sqlite_where=_HELD, postgresql_where=_HELD)
    op.create_index("claims_by_wait", "claims", ["wait_id", "id"])


def _outages() -> None:
    op.create_table(
        "outages",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("since", Utc(), nullable=False),
        sa.Column("noticed_at", Utc(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("next_at", Utc(), nullable=True),
        sa.Column("over_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    lasting = {"unique": True, "sqlite_where": _LASTS, "postgresql_where": _LASTS}
    op.create_index("outages_last", "outages", ["account_id"], **lasting)


def _tellings() -> None:
    op.create_table(
        "tellings",
        sa.Column("id", BigId, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("wait_id", BigId, nullable=True),
        sa.Column("outage_id", BigId, nullable=True),
        sa.Column("due_at", Utc(), nullable=False),
        sa.Column("not_before", Utc(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("whom", Json, nullable=False),
        sa.Column("means", Json, nullable=False),
        sa.Column("nobody", sa.Boolean(), nullable=False),
        sa.Column("told_at", Utc(), nullable=True),
        sa.Column("unclaimed_at", Utc(), nullable=True),
        sa.CheckConstraint("state in ('waiting', 'told', 'dropped')", name="telling_state_known"),
        sa.ForeignKeyConstraint(["wait_id"], ["waits.id"]),
        sa.ForeignKeyConstraint(["outage_id"], ["outages.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("subject", "step"),
    )
    for name, columns, where in (
        ("tellings_due", ["not_before", "id"], _WAITING),
        ("tellings_unclaimed", ["unclaimed_at"], _UNCLAIMED),
        ("tellings_by_wait", ["wait_id"], _OF_WAITS),
    ):
        op.create_index(name, "tellings", columns, sqlite_where=where, postgresql_where=where)


def _sends() -> None:
    op.create_table(
        "telling_sends",
        sa.Column("id", BigId, nullable=False),
        sa.Column("telling_id", BigId, nullable=False),
        sa.Column("person", BigId, nullable=False),
        sa.Column("means", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("not_before", Utc(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("left_at", Utc(), nullable=True),
        sa.Column("at", Utc(), nullable=False),
        sa.CheckConstraint(
            "means in ('app', 'mail', 'push', 'webhook', 'telegram', 'sms', 'call')", name="telling_means_known"
        ),
        sa.CheckConstraint(
            "state in ('queued', 'handed', 'sent', 'failed', 'skipped')", name="telling_send_state_known"
        ),
        sa.ForeignKeyConstraint(["telling_id"], ["tellings.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("telling_id", "person", "means"),
    )
    for name, columns, where in (
        ("telling_sends_due", ["not_before", "id"], _QUEUED),
        ("telling_sends_handed", ["bundle"], _LEFT),
    ):
        op.create_index(name, "telling_sends", columns, sqlite_where=where, postgresql_where=where)
    op.create_index("telling_sends_of_person", "telling_sends", ["person", "means", "left_at"])


def _let_notices_be_about_no_conversation(*, nullable: bool) -> None:
    """Where SQLite makes the table anew, the rows that point at it stand aside: it would not let go of it else."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        op.execute("CREATE TEMP TABLE sends_kept AS SELECT * FROM notice_sends")
        op.execute("DELETE FROM notice_sends")
    with op.batch_alter_table("notices") as batch_op:
        batch_op.alter_column("conversation_id", existing_type=BigId, nullable=nullable)
    if sqlite:
        op.execute("INSERT INTO notice_sends SELECT * FROM sends_kept")
        op.execute("DROP TABLE sends_kept")
