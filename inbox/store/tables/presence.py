"""Who is looking at which conversation, and who writes there. One row for each open page, for some seconds."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Utc


class Presence(SQLModel, table=True):
    """One open page of a teammate. `typing` is reply, note, or "" for only reading; forgotten when `seen_at` is old.

    The conversation has no foreign key: a row that outlives it for some seconds does no harm, and saves a look-up.
    """

    __tablename__ = "presence"
    __table_args__ = (Index("presence_by_age", "seen_at"),)

    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id", ondelete="CASCADE"), primary_key=True))
    tab: str = Field(sa_column=Column(Text, primary_key=True))
    conversation_id: int = Field(sa_type=BigId, nullable=False)
    typing: str = Field(default="", sa_type=Text, nullable=False)
    seen_at: datetime = Field(sa_type=Utc, nullable=False)
