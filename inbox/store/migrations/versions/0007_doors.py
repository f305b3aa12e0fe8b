"""doors"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Json, Utc

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_NO = "The audit log is only added to."


def upgrade() -> None:
    _audit()
    _invites_and_steps()
    _factors()
    with op.batch_alter_table("sessions") as batch_op:
        batch_op.add_column(sa.Column("address", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("proved_at", Utc(), nullable=True))
    with op.batch_alter_table("api_tokens") as batch_op:
        batch_op.add_column(sa.Column("scope", sa.Text(), server_default="admin", nullable=False))
        batch_op.add_column(sa.Column("ending", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("expires_at", Utc(), nullable=True))
    op.create_index("api_tokens_by_teammate", "api_tokens", ["teammate_id"])


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("teammate_id", BigId, nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("details", Json, nullable=False),
        sa.Column("chain", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_by_kind", "audit", ["kind", "id"])
    op.create_index("audit_by_teammate", "audit", ["teammate_id", "id"])
    op.create_index("audit_by_time", "audit", ["at", "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_NO}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_only_added_to BEFORE UPDATE OR DELETE ON audit "
            "FOR EACH ROW EXECUTE FUNCTION audit_only_added_to()"
        )
        return
    for act in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit BEGIN SELECT RAISE(ABORT, '{_NO}'); END"
        )


def _invites_and_steps() -> None:
    op.create_table(
        "invites",
        sa.Column("id", BigId, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", BigId, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("accepted_at", Utc(), nullable=True),
        sa.Column("revoked_at", Utc(), nullable=True),
        sa.Column("teammate_id", BigId, nullable=True),
        sa.CheckConstraint("role in ('founder', 'member')", name="invite_role_known"),
        sa.ForeignKeyConstraint(["invited_by"], ["teammates.id"]),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("invites_by_mail", "invites", ["mail"])
    op.create_table(
        "steps",
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("teammate_id", BigId, nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("steps_by_expiry", "steps", ["expires_at"])
    op.create_index("steps_by_teammate", "steps", ["teammate_id"])


def _factors() -> None:
    op.create_table(
        "totp",
        sa.Column("teammate_id", BigId, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", BigId, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("confirmed_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("teammate_id"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.LargeBinary(length=32), nullable=False),
        sa.Column("teammate_id", BigId, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("used_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("recovery_codes_by_teammate", "recovery_codes", ["teammate_id"])
    op.create_table(
        "passkeys",
        sa.Column("id", BigId, nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=False),
        sa.Column("teammate_id", BigId, nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("transports", Json, nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("used_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["teammate_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("credential"),
    )
    op.create_index("passkeys_by_teammate", "passkeys", ["teammate_id"])


def downgrade() -> None:
    op.drop_index("api_tokens_by_teammate", table_name="api_tokens")
    with op.batch_alter_table("api_tokens") as batch_op:
        for name in ("expires_at", "ending", "scope"):
            batch_op.drop_column(name)
    with op.batch_alter_table("sessions") as batch_op:
        for name in ("proved_at", "address"):
            batch_op.drop_column(name)
    for name in ("passkeys", "recovery_codes", "totp", "steps", "invites", "audit"):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_only_added_to()")
