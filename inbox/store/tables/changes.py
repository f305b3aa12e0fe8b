"""The append-only feed of what changed, in commit order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc


class Change(SQLModel, table=True):
    """One change: live screens, the audit trail and webhooks read it by `seq`, which rises in commit order."""

    __tablename__ = "changes"
    __table_args__ = (Index("changes_by_conversation", "conversation_id", "seq"), {"sqlite_autoincrement": True})

    seq: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_type=Utc, nullable=False)
    kind: str = Field(sa_type=Text, nullable=False)
    conversation_id: int | None = Field(default=None, sa_type=BigId)
    teammate_id: int | None = Field(default=None, sa_type=BigId)
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
