"""Rules that a team wrote without code, and what each has done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_PASSING = text("substr(subject, 1, 8) <> 'message:'")


class Rule(SQLModel, table=True):
    """When something happens and the conditions hold, do this.

    trigger: one of rules.automation.TRIGGERS. hours: how long, for those that wait for a time; 0 for the others.
    query: conditions in the search language, "" for every conversation. acts: what to do, by name. stop: no later rule
    looks at what this one took. A deleted rule stays, for what it did names it.
    swept_until, swept_id: how far the sweeps of a rule that waits for silence have come among conversations, by when
    something last happened there; None before the first.
    """

    __tablename__ = "rules"
    __table_args__ = (Index("rules_in_order", "position", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    name: str = Field(sa_type=Text, nullable=False)
    trigger: str = Field(sa_type=Text, nullable=False)
    hours: int = Field(default=0, nullable=False)
    query: str = Field(default="", sa_type=Text, nullable=False)
    acts: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    position: int = Field(default=0, nullable=False)
    enabled: bool = Field(default=True, nullable=False)
    stop: bool = Field(default=False, nullable=False)
    by_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    changed_at: datetime = Field(sa_type=Utc, nullable=False)
    deleted_at: datetime | None = Field(default=None, sa_type=Utc)
    swept_until: datetime | None = Field(default=None, sa_type=Utc)
    swept_id: int | None = Field(default=None, sa_type=BigId)


class RuleAct(SQLModel, table=True):
    """That a rule looked at one thing that happened, once. `did` names what it did, empty where it did not apply.

    subject: "seq:81" for a change of the feed, "wait:7" or "message:12" for what lasted as long as a rule asks.
    """

    __tablename__ = "rule_acts"
    __table_args__ = (
        UniqueConstraint("rule_id", "conversation_id", "subject"),
        Index("rule_acts_by_conversation", "conversation_id"),
        Index("rule_acts_by_time", "rule_id", "at"),
        Index("rule_acts_passing", "at", sqlite_where=_PASSING, postgresql_where=_PASSING),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    rule_id: int = Field(sa_column=Column(BigId, ForeignKey("rules.id"), nullable=False))
    conversation_id: int = Field(sa_column=Column(BigId, ForeignKey("conversations.id"), nullable=False))
    subject: str = Field(sa_type=Text, nullable=False)
    did: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    at: datetime = Field(sa_type=Utc, nullable=False)
