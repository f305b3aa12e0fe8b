"""A person who writes to us, and the addresses, numbers and handles we know of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc


class Contact(SQLModel, table=True):
    """A person. `merged_into` points at the contact that speaks for this one since a teammate said they are one.

    data: attributes by name, as an import or the team gave them ({"plan": "Pro"}); short texts all.
    language: the one we write to them in, en or fr; "" while that is not certain.
    erased_at: when everything that said who this is was removed; the row stays, so that figures stay.
    """

    __tablename__ = "contacts"

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    name: str = Field(default="", sa_type=Text, nullable=False)
    notes: str = Field(default="", sa_type=Text, nullable=False)
    merged_into: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("contacts.id")))
    data: dict[str, Any] = Field(default_factory=dict, sa_type=Json, nullable=False)
    language: str = Field(default="", sa_column=Column(Text, nullable=False, server_default=""))
    erased_at: datetime | None = Field(default=None, sa_type=Utc)
    created_at: datetime = Field(sa_type=Utc, nullable=False)

    @property
    def attributes(self) -> dict[str, str]:
        """What is known about them by name, in the order of the names."""
        return {name: str(self.data[name]) for name in sorted(self.data)}


class Identity(SQLModel, table=True):
    """One normalised address, number or handle; it belongs to one contact at a time."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("kind", "value"), Index("identities_by_contact", "contact_id"))

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    contact_id: int = Field(sa_column=Column(BigId, ForeignKey("contacts.id"), nullable=False))
    kind: str = Field(sa_type=Text, nullable=False)
    value: str = Field(sa_type=Text, nullable=False)
    name: str = Field(default="", sa_type=Text, nullable=False)
    created_at: datetime = Field(sa_type=Utc, nullable=False)
