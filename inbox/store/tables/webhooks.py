"""Addresses of others that are told what happens here, and every telling."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_TO_CALL = text("state in ('queued', 'sending')")


class Webhook(SQLModel, table=True):
    """An endpoint: where, about what, and how it fares.

    kinds: the kinds of change it is told; `message.*` stands for all that begin so.
    secrets: encrypted; `secret` signs, `old` signs too until `old_until`.
    seen_seq: the newest change that was considered for it. failing_since: the first failure since the last success.
    why_off: one sentence when the app itself switched it off, "" otherwise.
    """

    __tablename__ = "webhooks"

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    url: str = Field(sa_type=Text, nullable=False)
    name: str = Field(default="", sa_type=Text, nullable=False)
    kinds: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    secrets: bytes = Field(sa_type=LargeBinary, nullable=False)
    old_until: datetime | None = Field(default=None, sa_type=Utc)
    enabled: bool = Field(default=True, nullable=False)
    why_off: str = Field(default="", sa_type=Text, nullable=False)
    failing_since: datetime | None = Field(default=None, sa_type=Utc)
    seen_seq: int = Field(sa_type=BigId, nullable=False)
    created_by: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    created_at: datetime = Field(sa_type=Utc, nullable=False)


class WebhookCall(SQLModel, table=True):
    """One event for one endpoint: exactly one row, however often it is tried.

    seq: the change it tells of, None for a test. key: the webhook-id, the same at every try. body: what is signed.
    state: queued -> sending -> sent | queued again | failed. status, answer, error, seconds: the newest try; the
    answer is cut, and error is a sentence of ours.
    """

    __tablename__ = "webhook_calls"
    __table_args__ = (
        UniqueConstraint("webhook_id", "seq"),
        CheckConstraint("state in ('queued', 'sending', 'sent', 'failed')", name="webhook_call_state_known"),
        CheckConstraint("(state = 'sending') = (lease_until is not null)", name="webhook_call_leased_while_sending"),
        Index("webhook_calls_to_make", "not_before", "id", sqlite_where=_TO_CALL, postgresql_where=_TO_CALL),
        Index("webhook_calls_by_webhook", "webhook_id", "id"),
        Index("webhook_calls_by_time", "created_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    webhook_id: int = Field(sa_column=Column(BigId, ForeignKey("webhooks.id"), nullable=False))
    seq: int | None = Field(default=None, sa_type=BigId)
    key: str = Field(sa_type=Text, nullable=False, unique=True)
    kind: str = Field(sa_type=Text, nullable=False)
    body: str = Field(sa_type=Text, nullable=False)
    state: str = Field(default="queued", sa_type=Text, nullable=False)
    tries: int = Field(default=0, nullable=False)
    not_before: datetime = Field(sa_type=Utc, nullable=False)
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    lease: str = Field(default="", sa_type=Text, nullable=False)
    status: int | None = Field(default=None)
    answer: str = Field(default="", sa_type=Text, nullable=False)
    error: str = Field(default="", sa_type=Text, nullable=False)
    sent: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    seconds: float = Field(default=0.0, nullable=False)
    tried_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
