"""The ladder at work: who has claimed a wait, what people have to be told, and how it reaches each of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from inbox.store.tables.types import BigId, Json, Utc

_HELD = text("released_at is null")
_TO_END = text("again_at is not null")
_LASTS = text("over_at is null")
_WAITING = text("state = 'waiting'")
_UNCLAIMED = text("unclaimed_at is not null")
_QUEUED = text("state = 'queued'")
_LEFT = text("state = 'handed'")
_OF_WAITS = text("wait_id is not null")


class Claim(SQLModel, table=True):
    """Somebody says "I'm on it": until then the ladder climbs no further; the wait itself goes on.

    via: app, link, api or call. At most one claim of a wait is held: a second one releases the first.
    again_at: when the ladder rings again because it ended without an answer; None once that is settled.
    """

    __tablename__ = "claims"
    __table_args__ = (
        Index("claims_held", "wait_id", unique=True, sqlite_where=_HELD, postgresql_where=_HELD),
        Index("claims_by_wait", "wait_id", "id"),
        Index("claims_to_end", "again_at", "id", sqlite_where=_TO_END, postgresql_where=_TO_END),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    wait_id: int = Field(sa_column=Column(BigId, ForeignKey("waits.id"), nullable=False))
    teammate_id: int = Field(sa_column=Column(BigId, ForeignKey("teammates.id"), nullable=False))
    at: datetime = Field(sa_type=Utc, nullable=False)
    until: datetime = Field(sa_type=Utc, nullable=False)
    released_at: datetime | None = Field(default=None, sa_type=Utc)
    again_at: datetime | None = Field(default=None, sa_type=Utc)
    via: str = Field(default="app", sa_type=Text, nullable=False)


class Outage(SQLModel, table=True):
    """An account that does not work, from when on, until it is well again. refused: its authorisation was lost.

    next_at: when people are told of it next.
    """

    __tablename__ = "outages"
    __table_args__ = (
        Index("outages_last", "account_id", unique=True, sqlite_where=_LASTS, postgresql_where=_LASTS),
        Index("outages_of_account", "account_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    account_id: int = Field(sa_column=Column(BigId, ForeignKey("accounts.id"), nullable=False))
    since: datetime = Field(sa_type=Utc, nullable=False)
    noticed_at: datetime = Field(sa_type=Utc, nullable=False)
    why: str = Field(default="", sa_type=Text, nullable=False)
    refused: bool = Field(default=False, nullable=False)
    next_at: datetime | None = Field(default=None, sa_type=Utc)
    over_at: datetime | None = Field(default=None, sa_type=Utc)


class Telling(SQLModel, table=True):
    """One step of a wait, or of an outage, that people have to be told of, once.

    subject: "wait:7" or "outage:3". step: the ladder's name of it, with ".again.5" where it rings once more since claim
    5 ended without an answer, and with ".then" where nobody had claimed in time.
    due_at: when it had to ring. not_before: when people may be told; a claim puts that off.
    state: waiting -> told | dropped (`why` says why: answered, overtaken).
    whom, means: what the step said, and `nobody`: that nobody was on duty.
    unclaimed_at: when those are told whom the step names for the case that nobody claims; None when that is over.
    claim_id: the claim that held it back, or after which it rings again.
    """

    __tablename__ = "tellings"
    __table_args__ = (
        UniqueConstraint("subject", "step"),
        CheckConstraint("state in ('waiting', 'told', 'dropped')", name="telling_state_known"),
        Index("tellings_due", "not_before", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("tellings_unclaimed", "unclaimed_at", sqlite_where=_UNCLAIMED, postgresql_where=_UNCLAIMED),
        Index("tellings_by_wait", "wait_id", sqlite_where=_OF_WAITS, postgresql_where=_OF_WAITS),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    subject: str = Field(sa_type=Text, nullable=False)
    step: str = Field(sa_type=Text, nullable=False)
    wait_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("waits.id")))
    outage_id: int | None = Field(default=None, sa_column=Column(BigId, ForeignKey("outages.id")))
    due_at: datetime = Field(sa_type=Utc, nullable=False)
    not_before: datetime = Field(sa_type=Utc, nullable=False)
    state: str = Field(default="waiting", sa_type=Text, nullable=False)
    why: str = Field(default="", sa_type=Text, nullable=False)
    whom: list[Any] = Field(default_factory=list, sa_type=Json, nullable=False)
    means: list[Any] = Field(default_factory=list, sa_type=Json, nullable=False)
    nobody: bool = Field(default=False, nullable=False)
    told_at: datetime | None = Field(default=None, sa_type=Utc)
    unclaimed_at: datetime | None = Field(default=None, sa_type=Utc)
    claim_id: int | None = Field(default=None, sa_type=BigId)


class TellingSend(SQLModel, table=True):
    """One person who is told of one step by one means, once. person: a teammate, 0 for the team's own webhook.

    state: queued -> sent | skipped (`error` says why) | failed; a mail, a message and a call are `handed` to the outbox
    in between, under `bundle`, the key of the message that carries it and whatever else was due.
    """

    __tablename__ = "telling_sends"
    __table_args__ = (
        UniqueConstraint("telling_id", "person", "means"),
        CheckConstraint(
            "means in ('app', 'mail', 'push', 'webhook', 'telegram', 'sms', 'call')", name="telling_means_known"
        ),
        CheckConstraint("state in ('queued', 'handed', 'sent', 'failed', 'skipped')", name="telling_send_state_known"),
        Index("telling_sends_due", "not_before", "id", sqlite_where=_QUEUED, postgresql_where=_QUEUED),
        Index("telling_sends_handed", "bundle", sqlite_where=_LEFT, postgresql_where=_LEFT),
        Index("telling_sends_of_person", "person", "means", "left_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigId, primary_key=True))
    telling_id: int = Field(sa_column=Column(BigId, ForeignKey("tellings.id"), nullable=False))
    person: int = Field(sa_type=BigId, nullable=False)
    means: str = Field(sa_type=Text, nullable=False)
    state: str = Field(default="queued", sa_type=Text, nullable=False)
    not_before: datetime = Field(sa_type=Utc, nullable=False)
    tries: int = Field(default=0, nullable=False)
    bundle: str = Field(default="", sa_type=Text, nullable=False)
    error: str = Field(default="", sa_type=Text, nullable=False)
    left_at: datetime | None = Field(default=None, sa_type=Utc)
    at: datetime = Field(sa_type=Utc, nullable=False)


class MeansTest(SQLModel, table=True):
    """The newest test message to one person by one means, and what came of it. person: 0 for the team's webhook.

    state: queued (the outbox has it, under `key`) -> sent | failed; `error` says why, in the server's words.
    """

    __tablename__ = "means_tests"
    __table_args__ = (CheckConstraint("state in ('queued', 'sent', 'failed')", name="means_test_state_known"),)

    person: int = Field(sa_column=Column(BigId, primary_key=True, autoincrement=False))
    means: str = Field(sa_column=Column(Text, primary_key=True))
    at: datetime = Field(sa_type=Utc, nullable=False)
    state: str = Field(sa_type=Text, nullable=False)
    error: str = Field(default="", sa_type=Text, nullable=False)
    key: str = Field(default="", sa_type=Text, nullable=False)
