"""One configured channel: support@example.com, one phone number, one bot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc


class Account(SQLModel, table=True):
    """An account, where it stands on its channel, and how it is.

    settings holds what may be shown; secrets is the encrypted rest. `caught_up_at` is the time up to which
    everything the provider had is in the store. `error` is one sentence, "" while all is well.
    """

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("kind", "address"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    kind: str = Field(sa_type=Text)
    address: str = Field(sa_type=Text)
    name: str = Field(default="", sa_type=Text)
    settings: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    secrets: bytes = Field(default=b"", sa_type=LargeBinary, nullable=False)
    enabled: bool = Field(default=True, nullable=False)
    cursor: str | None = Field(default=None, sa_type=Text)
    caught_up_at: datetime | None = Field(default=None, sa_type=Utc)
    checked_at: datetime | None = Field(default=None, sa_type=Utc)
    reconciled_at: datetime | None = Field(default=None, sa_type=Utc)
    reconciled: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    error: str = Field(default="", sa_type=Text, nullable=False)
    error_since: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
