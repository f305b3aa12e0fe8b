"""What is promised to whom: opening hours, policies, and each policy as it stood when a wait began."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_DEFAULT = text("is_default")


class OpeningHours(SQLModel, table=True):
    """A calendar of business hours as founders wrote it.

    week: seven lists of ["09:00", "18:00"], Monday first. exceptions: the same by date. country and subdivision: whose
    public holidays are closed days, "" for none.
    """

    __tablename__ = "opening_hours"

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    name: str = Field(sa_type=Text, nullable=False)
    zone: str = Field(sa_type=Text, nullable=False)
    week: list[Any] = Field(default_factory=list, sa_type=Json, nullable=False)
    exceptions: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    country: str = Field(default="", sa_type=Text, nullable=False)
    subdivision: str = Field(default="", sa_type=Text, nullable=False)
    changed_at: datetime = Field(sa_type=Utc, nullable=False)
    archived_at: datetime | None = Field(default=None, sa_type=Utc)


class Policy(SQLModel, table=True):
    """How fast a person is answered whose conversation fits the condition; the first that fits counts.

    The one that `is_default` stands last, fits every conversation and is always there. condition: JSON of
    rules.sla.Condition, "" for every conversation. number: the version of it that counts for waits that open now.
    A policy is never deleted: archived, for the waits it promised name it.
    """

    __tablename__ = "policies"
    __table_args__ = (
        CheckConstraint("not is_default or condition = ''", name="default_policy_fits_all"),
        CheckConstraint("not is_default or archived_at is null", name="default_policy_stays"),
        CheckConstraint("duration_minutes > 0", name="policy_takes_time"),
        Index("policies_one_default", "is_default", unique=True, sqlite_where=_DEFAULT, postgresql_where=_DEFAULT),
        Index("policies_in_order", "position", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    name: str = Field(default="", sa_type=Text, nullable=False)
    position: int = Field(default=0, nullable=False)
    is_default: bool = Field(default=False, nullable=False)
    condition: str = Field(default="", sa_type=Text, nullable=False)
    duration_minutes: int = Field(default=1440, nullable=False)
    hours_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("opening_hours.id")))
    ladder: str = Field(sa_type=Text, nullable=False)
    resolution_minutes: int | None = Field(default=None)
    resolution_pauses: bool = Field(default=True, nullable=False)
    number: int = Field(default=1, nullable=False)
    changed_at: datetime = Field(sa_type=Utc, nullable=False)
    archived_at: datetime | None = Field(default=None, sa_type=Utc)


class PolicyVersion(SQLModel, table=True):
    """A policy with its hours and ladder as they stood: what a wait refers to. Never changed, never deleted.

    hours: JSON of rules.hours with the holidays written out, None for the wall clock.
    """

    __tablename__ = "policy_versions"
    __table_args__ = (UniqueConstraint("policy_id", "number"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    policy_id: int = Field(sa_column=Column(BigId, ForeignKey("policies.id"), nullable=False))
    number: int = Field(nullable=False)
    name: str = Field(default="", sa_type=Text, nullable=False)
    duration_minutes: int = Field(nullable=False)
    hours: str | None = Field(default=None, sa_type=Text)
    ladder: str = Field(sa_type=Text, nullable=False)
    resolution_minutes: int | None = Field(default=None)
    resolution_pauses: bool = Field(default=True, nullable=False)
    at: datetime = Field(sa_type=Utc, nullable=False)
    by_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))


class Resolution(SQLModel, table=True):
    """How long a matter takes from the first message to its end; no part of the promise, and it may pause.

    spent_seconds: the open time that has counted up to running_since, which is None while it pauses or has ended.
    due_at: when the time is used up if nothing pauses; None while it does.
    """

    __tablename__ = "resolutions"
    __table_args__ = (Index("resolutions_by_start", "started_at"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    conversation_id: int = Field(sa_column=Column(BigId, ForeignKey("conversations.id"), nullable=False, unique=True))
    policy_version_id: int = Field(sa_column=Column(BigId, ForeignKey("policy_versions.id"), nullable=False))
    started_at: datetime = Field(sa_type=Utc, nullable=False)
    spent_seconds: int = Field(default=0, nullable=False)
    running_since: datetime | None = Field(default=None, sa_type=Utc)
    due_at: datetime | None = Field(default=None, sa_type=Utc)
    first_closed_at: datetime | None = Field(default=None, sa_type=Utc)
    closed_at: datetime | None = Field(default=None, sa_type=Utc)
