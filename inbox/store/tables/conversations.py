"""Messages with one contact about one matter, and the record of what was merged or split."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_WAITING = text("due_at is not null")
_VISIBLE = text("merged_into is null")
_SNOOZED = text("snoozed_until is not null")
_WITH_THEM = text("status = 'open' and due_at is null and last_from = 'us' and merged_into is null")
_FULL = text("emptied_at is null")
_ANSWERED = text("replied_at is not null and merged_into is null")


class Conversation(SQLModel, table=True):
    """One matter with one contact.

    `due_at` repeats the open wait's deadline (None while nobody waits) so that the list is one index walk. `version`
    rises with every message or act, and stops a send that was written against an older one. `merged_into` points at
    the conversation that now holds the messages.

    snoozed_until, snoozed_by: out of the lists of work until then, or until somebody writes; the wait goes on.
    last_from: who of the people spoke last, us or them, "" for nobody yet. replied_at: when one of us last answered.
    emptied_at: when its words were removed, by an erasure or by age; its waits and times stay.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint("status in ('open', 'closed', 'spam')", name="conversation_status_known"),
        CheckConstraint("merged_into is null or due_at is null", name="merged_conversations_do_not_wait"),
        Index("conversations_snoozed", "snoozed_until", "id", sqlite_where=_SNOOZED, postgresql_where=_SNOOZED),
        Index("conversations_with_them", "updated_at", "id", sqlite_where=_WITH_THEM, postgresql_where=_WITH_THEM),
        Index("conversations_answered", "replied_at", "id", sqlite_where=_ANSWERED, postgresql_where=_ANSWERED),
        Index("conversations_by_due", "due_at", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index(
            "conversations_by_status", "status", "updated_at", "id", sqlite_where=_VISIBLE, postgresql_where=_VISIBLE
        ),
        Index("conversations_by_assignee", "assignee_id", "status", "updated_at", "id"),
        Index("conversations_to_empty", "status", "updated_at", "id", sqlite_where=_FULL, postgresql_where=_FULL),
        Index("conversations_by_contact", "contact_id", "updated_at"),
        Index("conversations_by_updated", "updated_at", "id", sqlite_where=_VISIBLE, postgresql_where=_VISIBLE),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    contact_id: int = Field(sa_column=Column(BigId, ForeignKey("contacts.id"), nullable=False))
    account_id: int = Field(sa_column=Column(BigId, ForeignKey("accounts.id"), nullable=False))
    channel: str = Field(sa_type=Text, nullable=False)
    subject: str = Field(default="", sa_type=Text, nullable=False)
    snippet: str = Field(default="", sa_type=Text, nullable=False)
    status: str = Field(default="open", sa_type=Text, nullable=False)
    assignee_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    due_at: datetime | None = Field(default=None, sa_type=Utc)
    waiting_since: datetime | None = Field(default=None, sa_type=Utc)
    version: int = Field(default=1, nullable=False)
    merged_into: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("conversations.id")))
    emptied_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    updated_at: datetime = Field(sa_type=Utc, nullable=False)
    snoozed_until: datetime | None = Field(default=None, sa_type=Utc)
    snoozed_by: int | None = Field(default=None, sa_type=BigId)
    last_from: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    replied_at: datetime | None = Field(default=None, sa_type=Utc)


class ConversationTag(SQLModel, table=True):
    """A tag on a conversation, lower case."""

    __tablename__ = "conversation_tags"
    __table_args__ = (Index("conversations_by_tag", "tag", "conversation_id"),)

    conversation_id: int = Field(sa_column=Column(BigId, ForeignKey("conversations.id"), primary_key=True))
    tag: str = Field(sa_column=Column(Text, primary_key=True))


class Merge(SQLModel, table=True):
    """A merge or split that can be undone. `moved` holds the ids that changed hands and what they were before."""

    __tablename__ = "merges"
    __table_args__ = (CheckConstraint("kind in ('conversations', 'contacts', 'split')", name="merge_kind_known"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    kind: str = Field(sa_type=Text, nullable=False)
    from_id: int = Field(sa_type=BigId, nullable=False, index=True)
    into_id: int = Field(sa_type=BigId, nullable=False, index=True)
    moved: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    by_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    at: datetime = Field(sa_type=Utc, nullable=False)
    undone_at: datetime | None = Field(default=None, sa_type=Utc)
