"""What goes from one shift to the next, and the calendars that speak with the rota."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_NOT_TAKEN = text("taken_at is null and climbed_at is null")


class Handover(SQLModel, table=True):
    """One change of shift, known by its instant: who went, who came, and what was left to them.

    left: numbers of conversations by what they are: open, due, later, snoozed, claimed; and how many there were in all.
    words: what those who went wrote with it, as [{"by": teammate, "text": …}].
    taken_at: when one of those who came said "taken over". climbed_at: when others were told that nobody had.
    """

    __tablename__ = "handovers"
    __table_args__ = (Index("handovers_open", "at", sqlite_where=_NOT_TAKEN, postgresql_where=_NOT_TAKEN),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    at: datetime = Field(sa_type=Utc, nullable=False, unique=True)
    went: list[int] = Field(default_factory=list, sa_type=Json, nullable=False)
    came: list[int] = Field(default_factory=list, sa_type=Json, nullable=False)
    left: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    words: list[dict[str, Any]] = Field(default_factory=list, sa_type=Json, nullable=False)
    sent_at: datetime = Field(sa_type=Utc, nullable=False)
    taken_at: datetime | None = Field(default=None, sa_type=Utc)
    taken_by: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    climbed_at: datetime | None = Field(default=None, sa_type=Utc)


class HandoverWords(SQLModel, table=True):
    """What a teammate wants to say at the end of their shift; it leaves this table with the note of the hand-over."""

    __tablename__ = "handover_words"

    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), primary_key=True, autoincrement=False))
    text: str = Field(sa_type=Text, nullable=False)
    at: datetime = Field(sa_type=Utc, nullable=False)


class CalendarLink(SQLModel, table=True):
    """The secret link to a teammate's shifts, known by the SHA-256 of its token; a new one replaces the old.

    ending: its last letters, to tell one from another.
    """

    __tablename__ = "calendar_links"

    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), primary_key=True, autoincrement=False))
    digest: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    ending: str = Field(sa_type=Text, nullable=False)
    created_at: datetime = Field(sa_type=Utc, nullable=False)


class CalendarSource(SQLModel, table=True):
    """A teammate's own calendar, where their absences come from.

    url: locked with the house's key, since whoever knows it reads the calendar; None when it was a file.
    containing: only entries whose title holds these words count. error: why the last reading failed.
    """

    __tablename__ = "calendar_sources"

    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), primary_key=True, autoincrement=False))
    url: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    host: str = Field(default="", sa_type=Text, nullable=False)
    containing: str = Field(default="", sa_type=Text, nullable=False)
    entries: int = Field(default=0, nullable=False)
    read_at: datetime | None = Field(default=None, sa_type=Utc)
    next_at: datetime | None = Field(default=None, sa_type=Utc)
    error: str = Field(default="", sa_type=Text, nullable=False)
