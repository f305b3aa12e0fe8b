"""Long work on the data itself (exports, erasures, imports), and what must not come back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_TO_DO = text("state in ('waiting', 'running')")


class DataJob(SQLModel, table=True):
    """One piece of long work: it can be cut short at any moment and begun again without harm.

    kind: export (one person), erase (one person), import. asked: what to do, emptied once nobody needs it.
    done of total: how far it is, total 0 where that is not known. result: counts for the screen.
    file: the name of its file in the data folder, "" for none. error: one sentence.
    """

    __tablename__ = "data_jobs"
    __table_args__ = (
        CheckConstraint("kind in ('export', 'erase', 'import')", name="data_job_kind_known"),
        CheckConstraint("state in ('waiting', 'running', 'done', 'failed')", name="data_job_state_known"),
        CheckConstraint("(state = 'running') = (lease_until is not null)", name="data_job_leased_while_running"),
        Index("data_jobs_to_do", "id", sqlite_where=_TO_DO, postgresql_where=_TO_DO),
        Index("data_jobs_by_kind", "kind", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    kind: str = Field(sa_type=Text, nullable=False)
    state: str = Field(default="waiting", sa_type=Text, nullable=False)
    asked: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    done: int = Field(default=0, sa_type=BigId, nullable=False)
    total: int = Field(default=0, sa_type=BigId, nullable=False)
    result: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    error: str = Field(default="", sa_type=Text, nullable=False)
    file: str = Field(default="", sa_type=Text, nullable=False)
    tries: int = Field(default=0, nullable=False)
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    lease: str = Field(default="", sa_type=Text, nullable=False)
    by_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    finished_at: datetime | None = Field(default=None, sa_type=Utc)
    expires_at: datetime | None = Field(default=None, sa_type=Utc)


class Tombstone(SQLModel, table=True):
    """What was erased and must stay so, as a keyed hash: without the installation's key it says nothing of anybody.

    The key stands for raw bytes, for a Message-ID, or for an address. Mail of that address that its provider had
    before `at` is not taken in again; what they write later is a new acquaintance.
    """

    __tablename__ = "tombstones"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    at: datetime = Field(sa_type=Utc, nullable=False)
