"""rota"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from inbox.store.tables.types import BigId, Json, Utc

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KEPT = sa.text("cancelled_at is null")
OPEN = sa.text("state = 'open'")
OF_CALENDAR = sa.text("source = 'ical'")
TABLES = ("rota_handovers", "rota_shifts", "absences", "rota_overrides", "rota_swaps", "rota_seats", "rota_layers")


def upgrade() -> None:
    _rotas()
    _layers()
    _agreed()
    _absences()
    _published()


def downgrade() -> None:
    for name in (*TABLES, "rotas"):
        op.drop_table(name)


def _id() -> sa.Column[int]:
    return sa.Column("id", BigId, nullable=False)


def _to(name: str, other: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, BigId, sa.ForeignKey(other), nullable=nullable)


def _span() -> tuple[sa.Column[object], sa.Column[object]]:
    return sa.Column("starts_at", Utc(), nullable=False), sa.Column("ends_at", Utc(), nullable=False)


def _rotas() -> None:
    op.create_table(
        "rotas",
        _id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("always", sa.Boolean(), nullable=False),
        sa.Column("stamp", sa.Text(), nullable=False),
        sa.Column("published_until", Utc(), nullable=True),
        sa.Column("next_at", Utc(), nullable=True),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("removed_at", Utc(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )


def _layers() -> None:
    op.create_table(
        "rota_layers",
        _id(),
        _to("rota_id", "rotas.id"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("handover", sa.Text(), nullable=False),
        sa.Column("weekdays", sa.Integer(), nullable=False),
        sa.Column("spans", Json, nullable=False),
        sa.Column("holidays", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("beside", sa.Boolean(), nullable=False),
        sa.Column("removed_at", Utc(), nullable=True),
        sa.CheckConstraint("unit in ('business_day', 'day', 'week', 'month')", name="rota_unit_known"),
        sa.CheckConstraint("length between 1 and 365", name="rota_length_sensible"),
        sa.CheckConstraint("weekdays between 1 and 127", name="rota_weekdays_known"),
        sa.CheckConstraint("holidays in ('serve', 'skip')", name="rota_holidays_known"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rota_layers_of_rota", "rota_layers", ["rota_id"])
    op.create_table(
        "rota_seats",
        _id(),
        _to("layer_id", "rota_layers.id"),
        _to("teammate_id", "teammates.id"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("since is null or until is null or since < until", name="rota_seat_has_days"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rota_seats_of_layer", "rota_seats", ["layer_id", "position"])


def _agreed() -> None:
    op.create_table(
        "rota_swaps",
        _id(),
        _to("rota_id", "rotas.id"),
        _to("teammate_id", "teammates.id"),
        _to("wanted_id", "teammates.id", nullable=True),
        _to("taker_id", "teammates.id", nullable=True),
        *_span(),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", Utc(), nullable=False),
        sa.Column("settled_at", Utc(), nullable=True),
        sa.CheckConstraint("state in ('open', 'taken', 'declined', 'cancelled', 'expired')", name="rota_swap_known"),
        sa.CheckConstraint("(state = 'taken') = (taker_id is not null)", name="rota_swap_taken_by_someone"),
        sa.CheckConstraint("starts_at < ends_at", name="rota_swap_lasts"),
        sa.CheckConstraint("wanted_id is null or wanted_id <> teammate_id", name="rota_swap_with_another"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("rota_swaps_open", "rota_swaps", ["starts_at"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("rota_swaps_of_rota", "rota_swaps", ["rota_id", "starts_at"])
    op.create_table(
        "rota_overrides",
        _id(),
        _to("rota_id", "rotas.id"),
        sa.Column("kind", sa.Text(), nullable=False),
        _to("teammate_id", "teammates.id"),
        _to("instead_of_id", "teammates.id", nullable=True),
        _to("swap_id", "rota_swaps.id", nullable=True),
        *_span(),
        _to("by_id", "teammates.id"),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("cancelled_at", Utc(), nullable=True),
        sa.CheckConstraint("kind in ('add', 'remove', 'replace', 'swap', 'take_over')", name="rota_override_known"),
        sa.CheckConstraint("starts_at < ends_at", name="rota_override_lasts"),
        sa.CheckConstraint(
            "(kind in ('replace', 'swap')) = (instead_of_id is not null)", name="rota_override_replaces"
        ),
        sa.CheckConstraint("(kind = 'swap') = (swap_id is not null)", name="rota_override_of_swap"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("swap_id"),
    )
    op.create_index(
        "rota_overrides_by_end", "rota_overrides", ["rota_id", "ends_at"], sqlite_where=KEPT, postgresql_where=KEPT
    )


def _absences() -> None:
    op.create_table(
        "absences",
        _id(),
        _to("teammate_id", "teammates.id"),
        *_span(),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.CheckConstraint("source in ('manual', 'ical')", name="absence_source_known"),
        sa.CheckConstraint("(source = 'ical') = (uid <> '')", name="absence_uid_of_calendar"),
        sa.CheckConstraint("starts_at < ends_at", name="absence_lasts"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("absences_by_end", "absences", ["ends_at"])
    op.create_index("absences_of_teammate", "absences", ["teammate_id", "ends_at"])
    op.create_index(
        "absences_of_calendar",
        "absences",
        ["teammate_id", "uid", "starts_at"],
        unique=True,
        sqlite_where=OF_CALENDAR,
        postgresql_where=OF_CALENDAR,
    )


def _published() -> None:
    op.create_table(
        "rota_shifts",
        _id(),
        _to("rota_id", "rotas.id"),
        *_span(),
        sa.Column("people", Json, nullable=False),
        sa.Column("why", Json, nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="rota_shift_lasts"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("rota_id", "starts_at"),
    )
    op.create_index("rota_shifts_by_end", "rota_shifts", ["rota_id", "ends_at"])
    op.create_table(
        "rota_handovers",
        _to("rota_id", "rotas.id"),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("leaving", Json, nullable=False),
        sa.Column("coming", Json, nullable=False),
        sa.Column("noticed_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("rota_id", "at"),
    )
