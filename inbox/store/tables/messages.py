"""What arrivals say, in our words; replies, notes and events too."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_NAMED = text("rfc_message_id <> ''")


class Message(SQLModel, table=True):
    """One entry of a conversation's timeline.

    kind: message (somebody wrote), note (among us), event (something happened).
    direction: in, out, or none for notes and events.
    nature: who speaks, the words of connectors.contract.Nature.
    text: the new text; quoted: the tail that was set apart, "" mostly. Markdown where a teammate typed it.
    at: when it happened by the provider's clock, the order of the timeline; stored_at: when we had it.
    rfc_message_id: the mail's Message-ID without brackets, "" for none. `vouched` says that we made it and nobody
        could guess it, so that a reference to it proves the writer saw that mail.
    people: {"from": {...}, "to": [...], "cc": [...], "reply_to": {...}}, each {kind, value, name}.
    flags: short keys that a person should see ("used_message_id", "late", "no_message_id", "unverified", ...).
    """

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("kind in ('message', 'note', 'event')", name="message_kind_known"),
        CheckConstraint("direction in ('in', 'out', 'none')", name="message_direction_known"),
        Index("messages_by_conversation", "conversation_id", "at", "id"),
        Index("messages_by_rfc_id", "rfc_message_id", sqlite_where=_NAMED, postgresql_where=_NAMED),
        Index("messages_by_external_id", "account_id", "external_id"),
        Index("messages_by_contact", "contact_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    conversation_id: int = Field(sa_column=Column(BigId, ForeignKey("conversations.id"), nullable=False))
    account_id: int = Field(sa_column=Column(BigId, ForeignKey("accounts.id"), nullable=False))
    kind: str = Field(default="message", sa_type=Text, nullable=False)
    direction: str = Field(sa_type=Text, nullable=False)
    channel: str = Field(sa_type=Text, nullable=False)
    nature: str = Field(default="person", sa_type=Text, nullable=False)
    contact_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("contacts.id")))
    teammate_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    subject: str = Field(default="", sa_type=Text, nullable=False)
    text: str = Field(default="", sa_type=Text, nullable=False)
    quoted: str = Field(default="", sa_type=Text, nullable=False)
    has_html: bool = Field(default=False, nullable=False)
    external_id: str = Field(default="", sa_type=Text, nullable=False)
    rfc_message_id: str = Field(default="", sa_type=Text, nullable=False)
    vouched: bool = Field(default=False, nullable=False)
    in_reply_to: str = Field(default="", sa_type=Text, nullable=False)
    fingerprint: str = Field(default="", sa_type=Text, nullable=False)
    people: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    flags: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    raw_sha256: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), ForeignKey("blobs.sha256")))
    at: datetime = Field(sa_type=Utc, nullable=False)
    written_at: datetime | None = Field(default=None, sa_type=Utc)
    stored_at: datetime = Field(sa_type=Utc, nullable=False)


class Attachment(SQLModel, table=True):
    """A file of a message: part `position` of the raw mail, or a blob of its own when a teammate added it."""

    __tablename__ = "attachments"
    __table_args__ = (Index("attachments_by_message", "message_id", "position"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    message_id: int = Field(sa_column=Column(BigId, ForeignKey("messages.id"), nullable=False))
    position: int = Field(nullable=False)
    filename: str = Field(sa_type=Text, nullable=False)
    content_type: str = Field(sa_type=Text, nullable=False)
    size: int = Field(sa_type=BigId, nullable=False)
    sha256: bytes = Field(sa_type=LargeBinary, nullable=False)
    inline: bool = Field(default=False, nullable=False)
    content_id: str = Field(default="", sa_type=Text, nullable=False)
    blob_sha256: bytes | None = Field(default=None, sa_column=Column(LargeBinary(32), ForeignKey("blobs.sha256")))


class Awaited(SQLModel, table=True):
    """A Message-ID that a message refers to and that was not there when it was read.

    Mail overtakes mail: when the one so named comes at last, or another that refers to it, this leads to the
    conversation it belongs to.
    """

    __tablename__ = "awaited"
    __table_args__ = (Index("awaited_by_message", "message_id"),)

    rfc_message_id: str = Field(sa_column=Column(Text, primary_key=True))
    message_id: int = Field(sa_column=Column(BigId, ForeignKey("messages.id"), primary_key=True))
