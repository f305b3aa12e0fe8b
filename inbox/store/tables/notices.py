"""What teammates are told, by which means, and the browsers that can be told while no page is open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_UNREAD = text("read_at is null")
_QUEUED = text("state = 'queued'")


class Notice(SQLModel, table=True):
    """One thing that one teammate is told, once. kind: one of rules.notices.KINDS.

    subject: what it is about ("seq:81", "message:12", "wait:7"). data: what its sentence names. browser: whether an
    open page may speak of it. conversation_id: None where it is about an account.
    """

    __tablename__ = "notices"
    __table_args__ = (
        UniqueConstraint("teammate_id", "kind", "subject"),
        Index("notices_of_teammate", "teammate_id", "id"),
        Index("notices_unread", "teammate_id", "id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
        Index("notices_by_conversation", "conversation_id"),
        Index("notices_by_time", "at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    kind: str = Field(sa_type=Text, nullable=False)
    subject: str = Field(sa_type=Text, nullable=False)
    conversation_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("conversations.id")))
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    browser: bool = Field(default=False, nullable=False)
    at: datetime = Field(sa_type=Utc, nullable=False)
    read_at: datetime | None = Field(default=None, sa_type=Utc)


class NoticeSend(SQLModel, table=True):
    """A notice on its way by one means. target: the number of a push subscription, 0 for the teammate's mail address.

    state: queued -> sent | queued again | failed | skipped (it was read before it left).
    """

    __tablename__ = "notice_sends"
    __table_args__ = (
        UniqueConstraint("notice_id", "means", "target"),
        CheckConstraint("means in ('mail', 'push')", name="notice_means_known"),
        CheckConstraint("state in ('queued', 'sent', 'failed', 'skipped')", name="notice_send_state_known"),
        Index("notice_sends_due", "not_before", "id", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    notice_id: int = Field(sa_column=Column(BigId, ForeignKey("notices.id"), nullable=False))
    means: str = Field(sa_type=Text, nullable=False)
    target: int = Field(default=0, sa_type=BigId, nullable=False)
    state: str = Field(default="queued", sa_type=Text, nullable=False)
    not_before: datetime = Field(sa_type=Utc, nullable=False)
    tries: int = Field(default=0, nullable=False)
    error: str = Field(default="", sa_type=Text, nullable=False)
    done_at: datetime | None = Field(default=None, sa_type=Utc)


class PushSubscription(SQLModel, table=True):
    """A browser that its owner allowed us to tell things while no page of ours is open."""

    __tablename__ = "push_subscriptions"
    __table_args__ = (Index("push_subscriptions_by_teammate", "teammate_id"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    endpoint: str = Field(sa_type=Text, nullable=False, unique=True)
    p256dh: str = Field(sa_type=Text, nullable=False)
    auth: str = Field(sa_type=Text, nullable=False)
    browser: str = Field(default="", sa_type=Text, nullable=False)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    used_at: datetime | None = Field(default=None, sa_type=Utc)
