"""Opening hours, policies and their versions; every wait refers to one, and rings until it is answered."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Json, Utc

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_STEP = "step in ('warning', 'soon', 'last_call', 'breach') or step like 'late_%' or step like 'step_%'"
_ALL = ["app", "push", "mail"]


def _rung(name: str, before: int, whom: list[str], within: int | None = None, then: tuple[str, ...] = ()) -> object:
    told = {"name": name, "before": before, "whom": whom, "means": _ALL}
    return {**told, "claim_within": within, "then": list(then)}


_LADDER = json.dumps(
    {
        "steps": [
            _rung("warning", 480, ["assignee"], 120, ("duty", "next")),
            _rung("soon", 120, ["everyone"]),
            _rung("last_call", 30, ["founders"]),
            _rung("breach", 0, ["founders", "assignee"]),
        ],
        "again": 1440,
        "claim_for": 120,
    }
)


def upgrade() -> None:
    op.create_table(
        "opening_hours",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("week", Json, nullable=False),
        sa.Column("exceptions", Json, nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("subdivision", sa.Text(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("archived_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    _policies()
    _versions()
    op.create_table(
        "resolutions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("conversation_id", BigId, nullable=False),
        sa.Column("policy_version_id", BigId, nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("spent_seconds", sa.Integer(), nullable=False),
        sa.Column("running_since", Utc(), nullable=True),
        sa.Column("due_at", Utc(), nullable=True),
        sa.Column("first_closed_at", Utc(), nullable=True),
        sa.Column("closed_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.ForeignKeyConstraint(["policy_version_id"], ["policy_versions.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id"),
    )
    op.create_index("resolutions_by_start", "resolutions", ["started_at"])
    _the_promise()
    _waits()


def _policies() -> None:
    op.create_table(
        "policies",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("hours_id", BigId, nullable=True),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("resolution_minutes", sa.Integer(), nullable=True),
        sa.Column("resolution_pauses", sa.Boolean(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("archived_at", Utc(), nullable=True),
        sa.CheckConstraint("not is_default or condition = ''", name="default_policy_fits_all"),
        sa.CheckConstraint("not is_default or archived_at is null", name="default_policy_stays"),
        sa.CheckConstraint("duration_minutes > 0", name="policy_takes_time"),
        sa.ForeignKeyConstraint(["hours_id"], ["opening_hours.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    only = sa.text("is_default")
    op.create_index(
        "policies_one_default", "policies", ["is_default"], unique=True, sqlite_where=only, postgresql_where=only
    )
    op.create_index("policies_in_order", "policies", ["position", "id"])


def _versions() -> None:
    op.create_table(
        "policy_versions",
        sa.Column("id", BigId, nullable=False),
        sa.Column("policy_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Text(), nullable=True),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("resolution_minutes", sa.Integer(), nullable=True),
        sa.Column("resolution_pauses", sa.Boolean(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("by_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"]),
        sa.ForeignKeyConstraint(["by_id"], ["teammates.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("policy_id", "number"),
    )


def _the_promise() -> None:
    """The default policy, always there: number 1 of the new tables."""
    beginning = datetime(2026, 1, 1, tzinfo=UTC)
    told = {"name": "", "duration_minutes": 1440, "ladder": _LADDER, "number": 1, "resolution_pauses": True}
    row = {**told, "position": 0, "is_default": True, "condition": "", "changed_at": beginning}
    policies, versions = (
        sa.Table(name, sa.MetaData(), autoload_with=op.get_bind()) for name in ("policies", "policy_versions")
    )
    for made, name in ((policies, "changed_at"), (versions, "at")):
        made.c[name].type = Utc()
    op.execute(policies.insert().values(row))
    op.execute(versions.insert().values({**told, "policy_id": 1, "at": beginning}))


def _waits() -> None:
    """Waits refer to the promise as it is, and ring for its new steps; those that are late ring daily from now on."""
    op.add_column("waits", sa.Column("policy_version_id", BigId, server_default="1", nullable=False))
    with op.batch_alter_table("wait_steps") as batch:
        batch.create_check_constraint("wait_step_known", _STEP)
    hours = "3600000000 *" if op.get_bind().dialect.name == "sqlite" else "interval '1 hour' *"
    open_ones = "UPDATE waits SET next_step_at = due_at {} WHERE closed_at IS NULL AND next_step_at {}"
    op.execute(open_ones.format(f"- {hours} 2", "= due_at"))
    op.execute(open_ones.format(f"+ {hours} 24", "IS NULL"))


def downgrade() -> None:
    with op.batch_alter_table("wait_steps") as batch:
        batch.drop_constraint("wait_step_known", type_="check")
    op.execute("UPDATE waits SET next_step_at = NULL WHERE next_step_at > due_at")
    op.drop_column("waits", "policy_version_id")
    for name in ("resolutions", "policy_versions", "policies", "opening_hours"):
        op.drop_table(name)
