"""The 24 hours: how long a person has waited for a human reply. Append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_OPEN = text("closed_at is null")
_TO_STEP = text("next_step_at is not null")
NEARLY = "(waits.closed_at - waits.started_at) * 6 > (waits.due_at - waits.started_at) * 5"
"""More of its time went by than rules.promise.NEAR, in words that both databases understand."""
SLOW = f"waits.closed_at is null or {NEARLY}"
_SLOW = text(SLOW.replace("waits.", ""))
_CLOSED = text("closed_by is not null")
_DUE = ("due_at", "cause", "closed_at", "started_at", "closed_by", "conversation_id")


class Wait(SQLModel, table=True):
    """From the oldest unanswered customer message to the human reply.

    started_at is the provider's time of the message that opened it. `late` says it reached us long after that.
    `next_step_at` is the next step of the ladder to ring; an open wait always has one.
    policy_version_id: by what terms (policy_versions.id, which are never deleted); 1 is the promise as it began.
    unsettled: JSON of rules.sla.Opened while the rules that this message wakes may still name other terms.
    At most one wait is open in a conversation: a partial unique index holds that. The figures of the promise are read
    from waits_by_due, and what founders look at, the few that were slow, from waits_slow.
    """

    __tablename__ = "waits"
    __table_args__ = (
        CheckConstraint("kind in ('first', 'next')", name="wait_kind_known"),
        CheckConstraint("(closed_at is null) = (cause is null)", name="wait_closed_by_a_cause"),
        CheckConstraint(
            "cause is null or cause in ('replied', 'call_connected', 'no_reply_needed', 'merged_into', 'spam',"
            " 'erased')",
            name="wait_cause_known",
        ),
        CheckConstraint("cause <> 'no_reply_needed' or reason <> ''", name="wait_no_reply_has_a_reason"),
        CheckConstraint("closed_at is null or next_step_at is null", name="closed_waits_do_not_ring"),
        Index("waits_open_once", "conversation_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("waits_by_conversation", "conversation_id", "id"),
        Index("waits_to_step", "next_step_at", "id", sqlite_where=_TO_STEP, postgresql_where=_TO_STEP),
        Index("waits_by_due", *_DUE),
        Index("waits_by_closer", "closed_by", "closed_at", "cause", sqlite_where=_CLOSED, postgresql_where=_CLOSED),
        Index("waits_slow", *_DUE, sqlite_where=_SLOW, postgresql_where=_SLOW),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    conversation_id: int = Field(sa_column=Column(BigId, ForeignKey("conversations.id"), nullable=False))
    account_id: int = Field(sa_column=Column(BigId, ForeignKey("accounts.id"), nullable=False))
    message_id: int = Field(sa_column=Column(BigId, ForeignKey("messages.id"), nullable=False))
    kind: str = Field(sa_type=Text, nullable=False)
    started_at: datetime = Field(sa_type=Utc, nullable=False)
    due_at: datetime = Field(sa_type=Utc, nullable=False)
    late: bool = Field(default=False, nullable=False)
    policy_version_id: int = Field(default=1, sa_column=Column(BigId, nullable=False, server_default="1"))
    next_step_at: datetime | None = Field(default=None, sa_type=Utc)
    unsettled: str | None = Field(default=None, sa_type=Text)
    closed_at: datetime | None = Field(default=None, sa_type=Utc)
    cause: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(default="", sa_type=Text, nullable=False)
    closed_by: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    closing_message_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("messages.id")))


class WaitEvent(SQLModel, table=True):
    """One thing that happened to a wait: opened, closed, reopened, moved. Never changed, never deleted."""

    __tablename__ = "wait_events"
    __table_args__ = (
        CheckConstraint("kind in ('opened', 'closed', 'reopened', 'moved')", name="wait_event_known"),
        Index("wait_events_by_wait", "wait_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    wait_id: int = Field(sa_column=Column(BigId, ForeignKey("waits.id"), nullable=False))
    kind: str = Field(sa_type=Text, nullable=False)
    at: datetime = Field(sa_type=Utc, nullable=False)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)


class WaitStep(SQLModel, table=True):
    """A step of a wait that has rung, once: those of its ladder up to `breach`, then `late_1`, `late_2`, … daily.

    due_at is when it had to ring, rung_at when it did.
    """

    __tablename__ = "wait_steps"
    __table_args__ = (
        UniqueConstraint("wait_id", "step"),
        CheckConstraint(
            "step in ('warning', 'soon', 'last_call', 'breach') or step like 'late_%' or step like 'step_%'",
            name="wait_step_known",
        ),
        Index("wait_steps_by_time", "rung_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    wait_id: int = Field(sa_column=Column(BigId, ForeignKey("waits.id"), nullable=False))
    step: str = Field(sa_type=Text, nullable=False)
    due_at: datetime = Field(sa_type=Utc, nullable=False)
    rung_at: datetime = Field(sa_type=Utc, nullable=False)
