"""What the house told by itself to whoever wrote first, once a conversation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Utc

_LEFT = text("skipped = ''")


class Acknowledgement(SQLModel, table=True):
    """The one decision about a conversation, ever: a message was queued, or not, and why.

    contact_id: who wrote, to count what one person gets. wait_id: whose deadline was named. message_id: what leaves,
    None where nothing does. skipped: the reason as rules.acknowledging names it, "" where something was queued.
    """

    __tablename__ = "acknowledgements"
    __table_args__ = (
        CheckConstraint("(skipped = '') = (message_id is not null)", name="acknowledgement_left_or_says_why_not"),
        Index("acknowledgements_by_contact", "contact_id", "at", sqlite_where=_LEFT, postgresql_where=_LEFT),
        Index("acknowledgements_by_time", "at"),
    )

    conversation_id: int = Field(
        sa_column=Column(BigId, ForeignKey("conversations.id"), primary_key=True, autoincrement=False)
    )
    contact_id: int = Field(sa_column=Column(BigId, ForeignKey("contacts.id"), nullable=False))
    wait_id: int = Field(sa_column=Column(BigId, ForeignKey("waits.id"), nullable=False))
    message_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("messages.id")))
    skipped: str = Field(default="", sa_type=Text, nullable=False)
    at: datetime = Field(sa_type=Utc, nullable=False)
