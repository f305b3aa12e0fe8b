"""The durable queue of what leaves, one row a send."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_LETTERS = text("kind = 'letter'")
_TO_SEND = text("state in ('queued', 'sending')")
_LATER = text("scheduled_at is not null and state = 'queued'")


class Delivery(SQLModel, table=True):
    """One thing to hand to a channel, and what became of it.

    kind: send (a message), copy (the sent mail into the account's own Sent folder), letter (a mail of the app's own to
        a teammate: it belongs to no conversation, and its `external_id` is its Message-ID from the start).
    state: queued -> sending -> sent | queued again (Temporary) | failed (Permanent) | unknown (died midway: a person
        looks); queued -> cancelled; sent -> bounced.
    key: the idempotency key. payload: what connectors.contract.Outbound is made of.
    scheduled_at: when the teammate wants it to leave, None for as soon as it cannot be undone any more.
    lease_until guards a row in state sending; `lease` is the fencing token of whoever holds it.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("kind in ('send', 'copy', 'letter')", name="delivery_kind_known"),
        CheckConstraint("(kind = 'letter') = (message_id is null)", name="delivery_names_its_message"),
        CheckConstraint(
            "state in ('queued', 'sending', 'sent', 'failed', 'unknown', 'cancelled', 'bounced')",
            name="delivery_state_known",
        ),
        CheckConstraint("(state = 'sending') = (lease_until is not null)", name="delivery_leased_while_sending"),
        Index("outbox_to_send", "not_before", "id", sqlite_where=_TO_SEND, postgresql_where=_TO_SEND),
        Index("outbox_by_message", "message_id"),
        Index("outbox_by_conversation", "conversation_id"),
        Index("outbox_by_state", "state"),
        Index("outbox_letters", "external_id", sqlite_where=_LETTERS, postgresql_where=_LETTERS),
        Index("outbox_letters_by_time", "created_at", sqlite_where=_LETTERS, postgresql_where=_LETTERS),
        Index("outbox_later", "conversation_id", "id", sqlite_where=_LATER, postgresql_where=_LATER),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    key: str = Field(sa_type=Text, nullable=False, unique=True)
    kind: str = Field(default="send", sa_type=Text, nullable=False)
    account_id: int = Field(sa_column=Column(BigId, ForeignKey("accounts.id"), nullable=False))
    conversation_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("conversations.id")))
    message_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("messages.id")))
    payload: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    state: str = Field(default="queued", sa_type=Text, nullable=False)
    tries: int = Field(default=0, nullable=False)
    not_before: datetime = Field(sa_type=Utc, nullable=False)
    scheduled_at: datetime | None = Field(default=None, sa_type=Utc)
    lease_until: datetime | None = Field(default=None, sa_type=Utc)
    lease: str = Field(default="", sa_type=Text, nullable=False)
    external_id: str = Field(default="", sa_type=Text, nullable=False)
    raw_sha256: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), ForeignKey("blobs.sha256")))
    error: str = Field(default="", sa_type=Text, nullable=False)
    accepted_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
