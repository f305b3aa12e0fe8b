"""What stands around the door: invitations, second factors, steps of signing in, the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, Text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc


class Audit(SQLModel, table=True):
    """One act that matters for safety or settings. Rows are only ever added: triggers refuse anything else.

    teammate_id: who acted, None for a stranger, a command or the app itself. address: where from. via: by what (a
    browser, an API token, a command). chain: SHA-256 over the row and the chain of the row before, so that `verify`
    finds a row that was changed or taken out.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("audit_by_kind", "kind", "id"),
        Index("audit_by_teammate", "teammate_id", "id"),
        Index("audit_by_time", "at", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    at: datetime = Field(sa_type=Utc, nullable=False)
    kind: str = Field(sa_type=Text, nullable=False)
    teammate_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    address: str = Field(default="", sa_type=Text, nullable=False)
    via: str = Field(default="", sa_type=Text, nullable=False)
    details: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    chain: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))


class Invite(SQLModel, table=True):
    """Somebody who was asked to join. digest: the SHA-256 of the link's token; a new link replaces it.

    It is pending until it is accepted, revoked or too old.
    """

    __tablename__ = "invites"
    __table_args__ = (
        CheckConstraint("role in ('founder', 'member')", name="invite_role_known"),
        Index("invites_by_mail", "mail"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    digest: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False, unique=True))
    mail: str = Field(sa_type=Text, nullable=False)
    role: str = Field(sa_type=Text, nullable=False)
    invited_by: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    expires_at: datetime = Field(sa_type=Utc, nullable=False)
    accepted_at: datetime | None = Field(default=None, sa_type=Utc)
    revoked_at: datetime | None = Field(default=None, sa_type=Utc)
    teammate_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))


class Step(SQLModel, table=True):
    """A step between two requests, known by the SHA-256 of its token and good once.

    second: the password was right, the second factor is still to come. passkey: a challenge that a passkey signs.
    """

    __tablename__ = "steps"
    __table_args__ = (Index("steps_by_expiry", "expires_at"), Index("steps_by_teammate", "teammate_id"))

    id: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    purpose: str = Field(sa_type=Text, nullable=False)
    teammate_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    expires_at: datetime = Field(sa_type=Utc, nullable=False)


class Totp(SQLModel, table=True):
    """The secret of a teammate's authenticator app, encrypted. last_step: of the newest code taken; never again."""

    __tablename__ = "totp"

    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), primary_key=True, autoincrement=False))
    sealed: bytes = Field(sa_type=LargeBinary, nullable=False)
    last_step: int = Field(default=0, sa_type=BigId, nullable=False)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    confirmed_at: datetime | None = Field(default=None, sa_type=Utc)


class RecoveryCode(SQLModel, table=True):
    """A code on paper that stands for a lost second factor, once. Known by its SHA-256."""

    __tablename__ = "recovery_codes"
    __table_args__ = (Index("recovery_codes_by_teammate", "teammate_id"),)

    id: bytes = Field(sa_column=Column(LargeBinary(32), primary_key=True))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    used_at: datetime | None = Field(default=None, sa_type=Utc)


class Passkey(SQLModel, table=True):
    """A public key of a teammate's phone, laptop or stick. sign_count: a lower one later means that it was copied."""

    __tablename__ = "passkeys"
    __table_args__ = (Index("passkeys_by_teammate", "teammate_id"),)

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    credential: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    public_key: bytes = Field(sa_type=LargeBinary, nullable=False)
    sign_count: int = Field(default=0, sa_type=BigId, nullable=False)
    name: str = Field(sa_type=Text, nullable=False)
    transports: list[str] = Field(default_factory=list, sa_type=Json, nullable=False)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
    used_at: datetime | None = Field(default=None, sa_type=Utc)
