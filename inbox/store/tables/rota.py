"""The rota: who takes turns, what was agreed besides, who is away, what was published, and when it changed hands."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_KEPT = text("cancelled_at is null")
_OPEN = text("state = 'open'")


class Lasting(SQLModel):
    """What has a beginning and an end."""

    starts_at: datetime = Field(sa_type=Utc, nullable=False)
    ends_at: datetime = Field(sa_type=Utc, nullable=False)


class RotaTable(SQLModel, table=True):
    """A rota: its zone, its country for public holidays, and how far it was published.

    always: somebody is wanted at every hour, else only when a layer serves. stamp: another one after every change of
    what decides who is on duty, so that whoever remembers an answer knows that it is out of date. next_at: when duty
    passes on, or more has to be published.
    """

    __tablename__ = "rotas"

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    name: str = Field(sa_type=Text, nullable=False)
    zone: str = Field(sa_type=Text, nullable=False)
    country: str = Field(default="", sa_type=Text, nullable=False)
    region: str = Field(default="", sa_type=Text, nullable=False)
    always: bool = Field(default=True, nullable=False)
    stamp: str = Field(sa_type=Text, nullable=False)
    published_until: datetime | None = Field(default=None, sa_type=Utc)
    next_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    removed_at: datetime | None = Field(default=None, sa_type=Utc)


class RotaLayer(SQLModel, table=True):
    """A rotation of people; see rules.rota_time.Layer.

    handover: "09:00" in the rota's zone. weekdays: a mask, Monday is 1, Sunday is 64. spans: [["09:00", "18:00"]], none
    for all day. holidays: whether it serves on those of `country`, or of the rota's where that is empty.
    """

    __tablename__ = "rota_layers"
    __table_args__ = (
        CheckConstraint("unit in ('business_day', 'day', 'week', 'month')", name="rota_unit_known"),
        CheckConstraint("length between 1 and 365", name="rota_length_sensible"),
        CheckConstraint("weekdays between 1 and 127", name="rota_weekdays_known"),
        CheckConstraint("holidays in ('serve', 'skip')", name="rota_holidays_known"),
        Index("rota_layers_of_rota", "rota_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    rota_id: int = Field(sa_column=Column(BigId, ForeignKey("rotas.id"), nullable=False))
    name: str = Field(sa_type=Text, nullable=False)
    priority: int = Field(default=0, nullable=False)
    unit: str = Field(sa_type=Text, nullable=False)
    length: int = Field(default=1, nullable=False)
    starts_on: date = Field(nullable=False)
    handover: str = Field(sa_type=Text, nullable=False)
    weekdays: int = Field(default=127, nullable=False)
    spans: list[list[str]] = Field(default_factory=list, sa_type=Json, nullable=False)
    holidays: str = Field(default="serve", sa_type=Text, nullable=False)
    country: str = Field(default="", sa_type=Text, nullable=False)
    region: str = Field(default="", sa_type=Text, nullable=False)
    beside: bool = Field(default=False, nullable=False)
    removed_at: datetime | None = Field(default=None, sa_type=Utc)


class RotaSeat(SQLModel, table=True):
    """A teammate's place in a layer, from a day on and until a day."""

    __tablename__ = "rota_seats"
    __table_args__ = (
        CheckConstraint("since is null or until is null or since < until", name="rota_seat_has_days"),
        Index("rota_seats_of_layer", "layer_id", "position"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    layer_id: int = Field(sa_column=Column(BigId, ForeignKey("rota_layers.id"), nullable=False))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    position: int = Field(nullable=False)
    since: date | None = Field(default=None)
    until: date | None = Field(default=None)


class RotaOverride(Lasting, table=True):
    """What was agreed for some time. swap_id: the swap that it comes of; an exchange makes two of them."""

    __tablename__ = "rota_overrides"
    __table_args__ = (
        CheckConstraint("kind in ('add', 'remove', 'replace', 'swap', 'take_over')", name="rota_override_known"),
        CheckConstraint("starts_at < ends_at", name="rota_override_lasts"),
        CheckConstraint("(kind in ('replace', 'swap')) = (instead_of_id is not null)", name="rota_override_replaces"),
        CheckConstraint("(kind = 'swap') = (swap_id is not null)", name="rota_override_of_swap"),
        UniqueConstraint("swap_id", "teammate_id", name="rota_override_of_swap_once"),
        Index("rota_overrides_by_end", "rota_id", "ends_at", sqlite_where=_KEPT, postgresql_where=_KEPT),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    rota_id: int = Field(sa_column=Column(BigId, ForeignKey("rotas.id"), nullable=False))
    kind: str = Field(sa_type=Text, nullable=False)
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    instead_of_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    swap_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("rota_swaps.id")))
    by_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    cancelled_at: datetime | None = Field(default=None, sa_type=Utc)


class RotaSwap(Lasting, table=True):
    """Somebody asks to be relieved of a time on duty: of a colleague whom they name, or of anyone (wanted_id null).

    in_return: they take a shift of the colleague's for it. back_starts_at, back_ends_at: that shift, where it was named
    as it was asked for, else as it was accepted.
    """

    __tablename__ = "rota_swaps"
    __table_args__ = (
        CheckConstraint("state in ('open', 'taken', 'declined', 'cancelled', 'expired')", name="rota_swap_known"),
        CheckConstraint("(state = 'taken') = (taker_id is not null)", name="rota_swap_taken_by_someone"),
        CheckConstraint("starts_at < ends_at", name="rota_swap_lasts"),
        CheckConstraint("wanted_id is null or wanted_id <> teammate_id", name="rota_swap_with_another"),
        CheckConstraint("(back_starts_at is null) = (back_ends_at is null)", name="rota_swap_back_is_whole"),
        CheckConstraint("back_starts_at is null or back_starts_at < back_ends_at", name="rota_swap_back_lasts"),
        CheckConstraint("in_return or back_starts_at is null", name="rota_swap_back_in_return"),
        CheckConstraint(
            "not in_return or state <> 'taken' or back_starts_at is not null", name="rota_swap_taken_with_back"
        ),
        Index("rota_swaps_open", "starts_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("rota_swaps_of_rota", "rota_id", "starts_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    rota_id: int = Field(sa_column=Column(BigId, ForeignKey("rotas.id"), nullable=False))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    wanted_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    taker_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    state: str = Field(default="open", sa_type=Text, nullable=False)
    asked_at: datetime = Field(sa_type=Utc, nullable=False)
    settled_at: datetime | None = Field(default=None, sa_type=Utc)
    in_return: bool = Field(default=False, sa_column=Column(Boolean, nullable=False, server_default=false()))
    back_starts_at: datetime | None = Field(default=None, sa_type=Utc)
    back_ends_at: datetime | None = Field(default=None, sa_type=Utc)


class Absence(Lasting, table=True):
    """A time when a teammate is away. uid: of the event of a calendar it was read from, "" when typed here."""

    __tablename__ = "absences"
    __table_args__ = (
        CheckConstraint("source in ('manual', 'ical')", name="absence_source_known"),
        CheckConstraint("(source = 'ical') = (uid <> '')", name="absence_uid_of_calendar"),
        CheckConstraint("starts_at < ends_at", name="absence_lasts"),
        Index("absences_by_end", "ends_at"),
        Index("absences_of_teammate", "teammate_id", "ends_at"),
        Index(
            "absences_of_calendar",
            "teammate_id",
            "uid",
            "starts_at",
            unique=True,
            sqlite_where=text("source = 'ical'"),
            postgresql_where=text("source = 'ical'"),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    source: str = Field(default="manual", sa_type=Text, nullable=False)
    uid: str = Field(default="", sa_type=Text, nullable=False)
    created_at: datetime = Field(sa_type=Utc, nullable=False)


class RotaShift(Lasting, table=True):
    """What was published of the rota, and what is past: who served when and why. people may be none: a hole."""

    __tablename__ = "rota_shifts"
    __table_args__ = (
        CheckConstraint("starts_at < ends_at", name="rota_shift_lasts"),
        UniqueConstraint("rota_id", "starts_at"),
        Index("rota_shifts_by_end", "rota_id", "ends_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    rota_id: int = Field(sa_column=Column(BigId, ForeignKey("rotas.id"), nullable=False))
    people: list[int] = Field(default_factory=list, sa_type=Json, nullable=False)
    why: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)


class RotaHandover(SQLModel, table=True):
    """That duty passed from some people to others at a moment; announced once, whoever noticed it first."""

    __tablename__ = "rota_handovers"

    rota_id: int = Field(sa_column=Column(BigId, ForeignKey("rotas.id"), primary_key=True))
    at: datetime = Field(sa_column=Column(Utc, primary_key=True))
    leaving: list[int] = Field(default_factory=list, sa_type=Json, nullable=False)
    coming: list[int] = Field(default_factory=list, sa_type=Json, nullable=False)
    noticed_at: datetime = Field(sa_type=Utc, nullable=False)
