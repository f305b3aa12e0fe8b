"""What founders set on the screens, and small facts the app keeps about itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import Json


class Setting(SQLModel, table=True):
    """One named value."""

    __tablename__ = "settings"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: Any = Field(default=None, sa_type=Json)
