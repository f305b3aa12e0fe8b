"""What founders found out about broken promises, week by week."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Utc

_TO_DO = text("action <> '' and done_at is null")


class Review(SQLModel, table=True):
    """Why one person waited too long, or nearly, and what is done about it.

    cause: one of those that can be picked; `words` says more, and says all for "other".
    action: what shall change, "" for nothing; owner_id: who sees to it; done_at: when it was.
    week: of the wait's due_at when this was written, as rules.promise.Week names it.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint(
            "cause in ('nobody_on_duty', 'notice_missed', 'channel_down', 'hard_question', 'ignored', 'other')",
            name="review_cause_known",
        ),
        CheckConstraint("cause <> 'other' or words <> ''", name="review_other_is_said"),
        CheckConstraint("action = '' or owner_id is not null", name="review_action_has_an_owner"),
        Index("reviews_by_week", "week", "wait_id"),
        Index("reviews_to_do", "week", "id", sqlite_where=_TO_DO, postgresql_where=_TO_DO),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    wait_id: int = Field(sa_column=Column(BigId, ForeignKey("waits.id"), nullable=False, unique=True))
    week: str = Field(sa_type=Text, nullable=False)
    cause: str = Field(sa_type=Text, nullable=False)
    words: str = Field(default="", sa_type=Text, nullable=False)
    action: str = Field(default="", sa_type=Text, nullable=False)
    owner_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    done_at: datetime | None = Field(default=None, sa_type=Utc)
    done_by: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("teammates.id")))
    by_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    at: datetime = Field(sa_type=Utc, nullable=False)


class ReviewWeek(SQLModel, table=True):
    """A week that a founder signed off: every broken promise of it had a cause then. broken, settled: how many."""

    __tablename__ = "review_weeks"

    week: str = Field(sa_column=Column(Text, primary_key=True))
    signed_by: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    signed_at: datetime = Field(sa_type=Utc, nullable=False)
    broken: int = Field(nullable=False)
    settled: int = Field(nullable=False)


class ReviewSample(SQLModel, table=True):
    """What a founder thinks of one wait that ended without a reply, chosen by lot: right, or wrong and why."""

    __tablename__ = "review_samples"
    __table_args__ = (
        CheckConstraint("verdict in ('right', 'wrong')", name="review_verdict_known"),
        CheckConstraint("verdict = 'right' or reason <> ''", name="review_wrong_has_a_reason"),
    )

    week: str = Field(sa_column=Column(Text, primary_key=True))
    wait_id: int = Field(sa_column=Column(BigId, ForeignKey("waits.id"), primary_key=True, index=True))
    cause: str = Field(sa_type=Text, nullable=False)
    verdict: str = Field(sa_type=Text, nullable=False)
    reason: str = Field(default="", sa_type=Text, nullable=False)
    by_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    at: datetime = Field(sa_type=Utc, nullable=False)
