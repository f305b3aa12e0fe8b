"""What the lists are made of besides conversations: who saw and follows, who sends spam, saved views, bulk acts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_RUNNING = text("state in ('running', 'undoing')")


class Seen(SQLModel, table=True):
    """How much of a conversation a teammate has seen: its version then. Less than the version now is unread."""

    __tablename__ = "seen"

    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), primary_key=True))
    conversation_id: int = Field(sa_column=Column(BigId, ForeignKey("conversations.id"), primary_key=True))
    version: int = Field(nullable=False)
    at: datetime = Field(sa_type=Utc, nullable=False)


class Follow(SQLModel, table=True):
    """A teammate who wants to hear of a conversation without having it."""

    __tablename__ = "follows"
    __table_args__ = (Index("follows_by_conversation", "conversation_id"),)

    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), primary_key=True))
    conversation_id: int = Field(sa_column=Column(BigId, ForeignKey("conversations.id"), primary_key=True))
    at: datetime = Field(sa_type=Utc, nullable=False)


class Sender(SQLModel, table=True):
    """Somebody whose new mail goes to spam, with the reason shown; nothing of theirs is dropped.

    kind: address or domain. verdict: blocked (a teammate said so) or learned (their mail was marked as spam).
    proof: what the receiving server said of the mail it was learned from ("pass", "fail", "" for nothing); only mail
        of which it says the same is treated alike, so that a forged sender cannot harm the true one.
    hits, last_hit_at: how many mails it put into spam, and when last.
    """

    __tablename__ = "senders"
    __table_args__ = (
        UniqueConstraint("kind", "value"),
        CheckConstraint("kind in ('address', 'domain')", name="sender_kind_known"),
        CheckConstraint("verdict in ('blocked', 'learned')", name="sender_verdict_known"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    kind: str = Field(sa_type=Text, nullable=False)
    value: str = Field(sa_type=Text, nullable=False)
    verdict: str = Field(sa_type=Text, nullable=False)
    proof: str = Field(default="", sa_type=Text, nullable=False)
    conversation_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("conversations.id")))
    by_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    at: datetime = Field(sa_type=Utc, nullable=False)
    hits: int = Field(default=0, nullable=False)
    last_hit_at: datetime | None = Field(default=None, sa_type=Utc)


class SavedView(SQLModel, table=True):
    """A list of its own: a search under a name. `shared` shows it to the whole team; its owner may change it.

    order: newest (message first), or urgent (least time left first; only conversations that wait).
    """

    __tablename__ = "saved_views"
    __table_args__ = (
        CheckConstraint("sorting in ('newest', 'urgent')", name="saved_view_sorting_known"),
        Index("saved_views_by_place", "place", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    name: str = Field(sa_type=Text, nullable=False)
    query: str = Field(sa_type=Text, nullable=False)
    sorting: str = Field(default="newest", sa_type=Text, nullable=False)
    shared: bool = Field(default=False, nullable=False)
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    place: int = Field(default=0, nullable=False)
    created_at: datetime = Field(sa_type=Utc, nullable=False)


class BulkAct(SQLModel, table=True):
    """One act on one or many conversations, done in batches, that can be taken back as a whole.

    kind: assign, tag, snooze, close, spam, ... ; given: what the act was told (to whom, which tag, until when).
    state: running -> done -> undoing -> undone.
    """

    __tablename__ = "bulk_acts"
    __table_args__ = (
        CheckConstraint("state in ('running', 'done', 'undoing', 'undone')", name="bulk_act_state_known"),
        Index("bulk_acts_at_work", "touched_at", "id", sqlite_where=_RUNNING, postgresql_where=_RUNNING),
        Index("bulk_acts_by_time", "at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    by_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    kind: str = Field(sa_type=Text, nullable=False)
    given: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    state: str = Field(default="running", sa_type=Text, nullable=False)
    total: int = Field(default=0, nullable=False)
    at: datetime = Field(sa_type=Utc, nullable=False)
    touched_at: datetime = Field(sa_type=Utc, nullable=False)


class BulkItem(SQLModel, table=True):
    """One conversation of such an act. before: what it was, None until the act came to it.

    state: waiting -> done | same (there was nothing to change) | refused (reason says why); done -> undone | kept
        (somebody changed it since, so undoing leaves it).
    """

    __tablename__ = "bulk_items"
    __table_args__ = (
        CheckConstraint(
            "state in ('waiting', 'done', 'same', 'refused', 'undone', 'kept')", name="bulk_item_state_known"
        ),
        Index("bulk_items_by_state", "bulk_id", "state", "conversation_id"),
        Index("bulk_items_by_conversation", "conversation_id"),
    )

    bulk_id: int = Field(sa_column=Column(BigId, ForeignKey("bulk_acts.id"), primary_key=True))
    conversation_id: int = Field(sa_column=Column(BigId, ForeignKey("conversations.id"), primary_key=True))
    state: str = Field(default="waiting", sa_type=Text, nullable=False)
    reason: str = Field(default="", sa_type=Text, nullable=False)
    before: dict[str, Any] | None = Field(default=None, sa_type=Json)
