"""Who may work here, how they sign in, and what keeps strangers out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc


class Teammate(SQLModel, table=True):
    """A user of the app. `password_hash` is argon2id, "" until they have set one; mail is lower case and unique.

    language: en or fr, "" for what their browser asks for. zone: an IANA name, "" for what their browser tells.
    preferences: what they chose on their own settings, by name: density, notices, quiet hours.
    """

    __tablename__ = "teammates"
    __table_args__ = (CheckConstraint("role in ('founder', 'member')", name="teammate_role_known"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    name: str = Field(sa_type=Text, nullable=False)
    mail: str = Field(sa_type=Text, nullable=False, unique=True)
    role: str = Field(default="member", sa_type=Text, nullable=False)
    password_hash: str = Field(default="", sa_type=Text, nullable=False)
    disabled_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    language: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    zone: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    preferences: dict[str, Any] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False, server_default="{}")
    )


class Session(SQLModel, table=True):
    """A signed-in browser, known by the SHA-256 of its cookie.

    address: the network address it came from. proved_at: when its person last gave a password or a passkey.
    """

    __tablename__ = "sessions"
    __table_args__ = (Index("sessions_by_teammate", "teammate_id"), Index("sessions_by_expiry", "expires_at"))

    id: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    csrf: str = Field(sa_type=Text, nullable=False)
    user_agent: str = Field(default="", sa_type=Text, nullable=False)
    address: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    proved_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    seen_at: datetime = Field(sa_type=Utc, nullable=False)
    expires_at: datetime = Field(sa_type=Utc, nullable=False)


class Link(SQLModel, table=True):
    """A one-time link: `setup` makes the first founder, `reset` sets a password. Known by the SHA-256 of its token."""

    __tablename__ = "links"
    __table_args__ = (CheckConstraint("purpose in ('setup', 'reset')", name="link_purpose_known"),)

    id: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    purpose: str = Field(sa_type=Text, nullable=False)
    teammate_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    expires_at: datetime = Field(sa_type=Utc, nullable=False)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class ApiToken(SQLModel, table=True):
    """A bearer token for the JSON API, known by its SHA-256.

    scope: read, write (what its teammate may do with conversations and people), or admin (all that they may do).
    ending: its last letters, to tell one from another.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (Index("api_tokens_by_teammate", "teammate_id"),)

    id: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    name: str = Field(sa_type=Text, nullable=False)
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    used_at: datetime | None = Field(default=None, sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)
    scope: str = Field(default="admin", sa_column=Column(Text, nullable=False, server_default="admin"))
    ending: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    expires_at: datetime | None = Field(default=None, sa_type=Utc)


class Attempt(SQLModel, table=True):
    """A failed sign-in, counted by address and by account name; old ones are swept."""

    __tablename__ = "attempts"
    __table_args__ = (Index("attempts_by_key", "key", "at"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    key: str = Field(sa_type=Text, nullable=False)
    at: datetime = Field(sa_type=Utc, nullable=False)
