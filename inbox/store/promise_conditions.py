"""Which waits are meant, said in SQL: those of a span, in a state, narrowed; and what is measured of each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.tables import Conversation, Wait, WaitStep
from inbox.store.tables.types import from_micros, to_micros
from inbox.store.tables.waits import NEARLY, SLOW
from inbox.store.tools import table

SECOND = 1_000_000
QUARTER = 900 * SECOND
"""Arrivals are counted by quarters of an hour and then by the hour of a zone: no zone is off by less."""
ANSWERED = ("replied", "call_connected")
MOST_QUARTERS = 5_000
GIVEN_UP = ("no_reply_needed", "erased")
NOBODY = 0
STATES = ("kept", "near", "late", "unanswered", "broken", "settled", "undecided")
FEW_OF_ALL = frozenset({"near", "late", "unanswered", "broken", "undecided"})
"""States that only slow waits are in, of which an index knows."""

_waits, _steps, _conversations = table(Wait), table(WaitStep), table(Conversation)
_w = _waits.c
Condition = sa.ColumnElement[bool]
Moment = datetime | sa.BindParameter[datetime]


@dataclass(frozen=True, slots=True)
class Span:
    """From start, up to and without end."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Only:
    """Which waits are meant. person: who answered, else who has it; NOBODY for nobody. hour: of arrival, 0-23 in zone.

    state: one of STATES, "" for all that count.
    """

    state: str = ""
    channel: str = ""
    person: int | None = None
    hour: int | None = None
    zone: tzinfo = UTC


EVERYTHING = Only()


def joined() -> sa.FromClause:
    """Return waits with their conversations."""
    return _waits.join(_conversations, _conversations.c.id == _w.conversation_id)


def person() -> sa.ColumnElement[Any]:
    """Say whose a wait is: who ended it, else who has the conversation, else NOBODY."""
    return sa.func.coalesce(_w.closed_by, _conversations.c.assignee_id, NOBODY)


# How a wait stands ----------------------------------------------------------------------------------------------------


def slow() -> Condition:
    """Say which waits are open, or took most of their time or more: the words of the index waits_slow."""
    return _in_words(SLOW)


def word(now: Moment) -> sa.ColumnElement[Any]:
    """Say in one word how a wait stands, NULL for one that does not count; "near" are those of "kept" that are."""
    still_open = sa.case((_w.due_at <= now, "unanswered"), else_="undecided")
    ended_well = sa.case((_w.closed_at > _w.due_at, "late"), (_near(), "near"), else_="kept")
    return sa.case((_w.closed_at.is_(None), still_open), (answered(), ended_well), (_given_up(), "unanswered"))


def state(now: Moment, name: str) -> Condition:
    """Say which waits are in a state."""
    due = sa.and_(_w.closed_at.is_(None), _w.due_at <= now)
    known: dict[str, Condition] = {
        "kept": sa.and_(answered(), _w.closed_at <= _w.due_at),
        "late": sa.and_(answered(), _w.closed_at > _w.due_at),
        "unanswered": sa.or_(due, _given_up()),
        "undecided": sa.and_(_w.closed_at.is_(None), _w.due_at > now),
    }
    known["near"] = sa.and_(known["kept"], _near())
    known["broken"] = sa.or_(known["late"], known["unanswered"])
    known["settled"] = sa.or_(answered(), known["unanswered"])
    known[""] = sa.or_(_w.closed_at.is_(None), answered(), _given_up())
    return sa.and_(slow(), known[name]) if name in FEW_OF_ALL else known[name]


def answered() -> Condition:
    """Say which waits a person ended with an answer."""
    return sa.or_(*(_w.cause == cause for cause in ANSWERED))


def _given_up() -> Condition:
    """Ended without an answer after it was due, while people could see it: not what history brought with it."""
    # Asked for one wait at a time: of an "exists" PostgreSQL would read the steps of all waits there ever were.
    breach = sa.select(_steps.c.id).where(_steps.c.wait_id == _w.id, _steps.c.step == "breach").correlate(_waits)
    rang = breach.scalar_subquery().is_not(None)
    ended = sa.and_(_w.closed_at > _w.due_at, sa.or_(*(_w.cause == cause for cause in GIVEN_UP)))
    return sa.and_(ended, sa.or_(_w.closed_by.is_not(None), rang))


def _near() -> Condition:
    return _in_words(NEARLY)


def _in_words(text: str) -> Condition:
    """Say a condition in words of SQL. It has no type: of a boolean SQLAlchemy writes "= 1", which no index knows."""
    return sa.literal_column(f"({text})")


# Which are meant ------------------------------------------------------------------------------------------------------


def due_in(span: Span) -> list[Condition]:
    """Say which waits are of a span."""
    return [_w.due_at >= span.start, _w.due_at < span.end]


def within(session: Session, span: Span, now: datetime, only: Only) -> list[Condition]:
    """Say which waits of a span are meant; the statement selects from `among(only)` or `joined()`."""
    wanted = due_in(span)
    if only.channel:
        wanted.append(_conversations.c.channel == only.channel)
    if only.person is not None:
        wanted.append(person() == only.person)
    if only.hour is not None:
        wanted.append(quarter(session).in_(_quarters(session, wanted, only)))
    return [*wanted, state(now, only.state)]


def among(only: Only) -> sa.FromClause:
    """Return what has to be looked at: conversations only where they are asked for."""
    return joined() if only.channel or only.person is not None else _waits


def _quarters(session: Session, wanted: list[Condition], only: Only) -> list[int]:
    """Return the quarters of an hour in which one of these arrived, that fall in this hour of the day in the zone."""
    of = quarter(session)
    query = sa.select(of).select_from(among(only)).where(*wanted).group_by(of).limit(MOST_QUARTERS)
    return [one for one in session.execute(query).scalars() if hour_of(one, only.zone) == only.hour]


# What is measured -----------------------------------------------------------------------------------------------------


def waited(session: Session, now: datetime) -> sa.ColumnElement[int]:
    """Say how long a wait took, or has taken until now, in microseconds."""
    ended = sa.func.coalesce(micros(session, _w.closed_at), to_micros(now))
    return ended - micros(session, _w.started_at)


def another_promise(session: Session) -> Condition:
    """Say which waits were promised another time than 24 hours."""
    day = "interval '24 hours'" if _is_postgres(session) else str(24 * 3600 * SECOND)
    return _in_words(f"waits.due_at - waits.started_at <> {day}")


def quarter(session: Session) -> sa.ColumnElement[int]:
    """Say in which quarter of an hour since 1970 somebody began to wait."""
    at = micros(session, _w.started_at)
    return at // QUARTER


def hour_of(number: int, zone: tzinfo) -> int:
    """Return the hour of the day of a quarter in a zone."""
    return from_micros(int(number) * QUARTER).astimezone(zone).hour


def micros(session: Session, column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Say a time as microseconds since 1970, which is how SQLite keeps it."""
    if _is_postgres(session):
        # A double holds today's microseconds to a fifth of one, and the cast rounds: this is exact, and far quicker
        # than "extract", which counts with numerics.
        at = sa.type_coerce(column, sa.DateTime(timezone=True))
        epoch: sa.ColumnElement[float] = sa.func.date_part("epoch", at, type_=sa.Double())
        return sa.cast(epoch * SECOND, sa.BigInteger)
    return sa.type_coerce(column, sa.BigInteger)


def _is_postgres(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"
