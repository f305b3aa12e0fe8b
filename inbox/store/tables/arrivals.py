"""The durable record of one thing received, raw, and the raw bytes themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_PENDING = text("state = 'pending'")
_SET_ASIDE = text("state = 'quarantined'")


class Blob(SQLModel, table=True):
    """Raw bytes, stored once under their SHA-256."""

    __tablename__ = "blobs"

    sha256: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    size: int = Field(sa_type=BigId, nullable=False)
    data: bytes = Field(sa_type=LargeBinary, nullable=False)


class Arrival(SQLModel, table=True):
    """One thing received. It ends as exactly one of threaded, duplicate, quarantined or ignored.

    received_at is the provider's time, stored_at ours; both UTC. `reason` is a sentence for people where the state
    needs one. `message_id` is what it became (threaded) or what it repeats (duplicate). `tries` counts readings that
    did not end; `not_before` keeps a failed one aside for a while. `size` is the true size in bytes.
    """

    __tablename__ = "arrivals"
    __table_args__ = (
        UniqueConstraint("account_id", "external_id"),
        CheckConstraint("direction in ('in', 'out')", name="arrival_direction_known"),
        CheckConstraint(
            "state in ('pending', 'threaded', 'duplicate', 'quarantined', 'ignored')", name="arrival_state_known"
        ),
        CheckConstraint(
            "(state in ('threaded', 'duplicate')) = (message_id is not null)", name="arrival_names_its_message"
        ),
        CheckConstraint("state not in ('quarantined', 'ignored') or reason <> ''", name="arrival_reason_given"),
        Index("arrivals_by_state", "account_id", "state"),
        Index("arrivals_by_raw", "sha256", "account_id"),
        Index("arrivals_by_message", "message_id"),
        Index("arrivals_to_read", "account_id", "id", "not_before", sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index("arrivals_set_aside", "id", sqlite_where=_SET_ASIDE, postgresql_where=_SET_ASIDE),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    account_id: int = Field(sa_column=Column(BigId, ForeignKey("accounts.id"), nullable=False))
    external_id: str = Field(sa_type=Text, nullable=False)
    sha256: bytes = Field(sa_column=Column(LargeBinary(32), ForeignKey("blobs.sha256"), nullable=False))
    size: int = Field(sa_type=BigId, nullable=False)
    complete: bool = Field(default=True, nullable=False)
    direction: str = Field(default="in", sa_type=Text, nullable=False)
    folder: str = Field(default="", sa_type=Text, nullable=False)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    received_at: datetime = Field(sa_type=Utc, nullable=False)
    stored_at: datetime = Field(sa_type=Utc, nullable=False)
    state: str = Field(default="pending", sa_type=Text, nullable=False)
    reason: str = Field(default="", sa_type=Text, nullable=False)
    message_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("messages.id")))
    tries: int = Field(default=0, nullable=False)
    not_before: datetime = Field(sa_type=Utc, nullable=False)
