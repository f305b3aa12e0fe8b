"""Whose public holidays are days away for whom, and on which of them somebody serves all the same."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId


class HolidayPlace(SQLModel, table=True):
    """The country, and the region of it, whose public holidays a teammate keeps; who has no row keeps none."""

    __tablename__ = "holiday_places"
    __table_args__ = (CheckConstraint("country <> ''", name="holiday_country_known"),)

    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), primary_key=True, autoincrement=False))
    country: str = Field(sa_type=Text, nullable=False)
    region: str = Field(default="", sa_type=Text, nullable=False)


class HolidayServed(SQLModel, table=True):
    """A day on which a teammate serves although it is a public holiday of theirs."""

    __tablename__ = "holidays_served"

    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), primary_key=True, autoincrement=False))
    day: date = Field(sa_column=Column(Date, primary_key=True))
