"""What is being written: drafts with their files, saved replies, signatures, and who was named in a note."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc


class Mention(SQLModel, table=True):
    """A teammate who was named in a note. `seen_at` is when they opened the conversation after that."""

    __tablename__ = "mentions"
    __table_args__ = (Index("mentions_of_teammate", "teammate_id", "seen_at", "message_id"),)

    message_id: int = Field(
        sa_column=Column(BigId, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    )
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), primary_key=True, autoincrement=False))
    seen_at: datetime | None = Field(default=None, sa_type=Utc)


class SavedDraft(SQLModel, table=True):
    """What a teammate has typed in a conversation and not sent: one reply and one note each.

    version: rises with every save, so that a second tab or device never writes over what it has not seen.
    seen: the conversation's version when the writing began; a newer one stops the send.
    shared: the whole team sees it and may take it over.
    people: {"to": [...], "cc": [...]} where they were changed. discarded_at: thrown away, and can be brought back.
    """

    __tablename__ = "drafts"
    __table_args__ = (
        CheckConstraint("kind in ('reply', 'note', 'forward')", name="draft_kind_known"),
        UniqueConstraint("conversation_id", "teammate_id", "kind"),
        Index("drafts_by_teammate", "teammate_id", "updated_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    conversation_id: int = Field(sa_column=Column(BigId, ForeignKey("conversations.id"), nullable=False))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    kind: str = Field(default="reply", sa_type=Text, nullable=False)
    text: str = Field(default="", sa_type=Text, nullable=False)
    people: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    shared: bool = Field(default=False, nullable=False)
    seen: int = Field(default=0, nullable=False)
    version: int = Field(default=1, nullable=False)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    updated_at: datetime = Field(sa_type=Utc, nullable=False)
    discarded_at: datetime | None = Field(default=None, sa_type=Utc)


class DraftFile(SQLModel, table=True):
    """A file that will go out with a draft; its bytes are a blob."""

    __tablename__ = "draft_files"
    __table_args__ = (Index("draft_files_by_draft", "draft_id", "id"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    draft_id: int = Field(sa_column=Column(BigId, ForeignKey("drafts.id", ondelete="CASCADE"), nullable=False))
    filename: str = Field(sa_type=Text, nullable=False)
    content_type: str = Field(sa_type=Text, nullable=False)
    size: int = Field(sa_type=BigId, nullable=False)
    sha256: bytes = Field(sa_column=Column(LargeBinary(32), ForeignKey("blobs.sha256"), nullable=False))


class SavedReply(SQLModel, table=True):
    """A text that is written often. `owner_id` is whose alone it is, None for everybody's."""

    __tablename__ = "saved_replies"
    __table_args__ = (Index("saved_replies_by_owner", "owner_id", "name"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    name: str = Field(sa_type=Text, nullable=False)
    folder: str = Field(default="", sa_type=Text, nullable=False)
    text: str = Field(sa_type=Text, nullable=False)
    owner_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    used: int = Field(default=0, nullable=False)
    used_at: datetime | None = Field(default=None, sa_type=Utc)
    updated_at: datetime = Field(sa_type=Utc, nullable=False)


class Signature(SQLModel, table=True):
    """What stands under a reply: of a teammate (0: of everybody) in an account (0: in every one)."""

    __tablename__ = "signatures"

    teammate_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    account_id: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    text: str = Field(sa_type=Text, nullable=False)


class TakenBack(SQLModel, table=True):
    """The key of a send that was undone: whatever still asks for it by that key must not send it after all."""

    __tablename__ = "taken_back"
    __table_args__ = (Index("taken_back_by_time", "at"),)

    key: str = Field(sa_column=Column(Text, primary_key=True))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    at: datetime = Field(sa_type=Utc, nullable=False)
