"""How the promise was kept over a span of time: counted, measured, grouped.

A wait belongs to the span in which its answer was due. So every wait of a span that is over is decided, an open one
that is past due counts as broken, and what was answered late is not forgotten because it took longer than a week.

    kept        a person answered in time
    late        a person answered, too late
    unanswered  due, and nobody has answered; or given up (no reply needed, erased) after it was due
    undecided   still in time, not answered yet: counted, but in no percentage

Those that ended before they were due without an answer (spam, merged, no reply needed) promised nothing any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.tables import Conversation, Wait, WaitStep
from inbox.store.tables.types import from_micros, to_micros
from inbox.store.tools import table
from rules import promise

SECOND = 1_000_000
DAY = 24 * 3600 * SECOND
QUARTER = 900 * SECOND
"""Arrivals are counted by quarters of an hour and then by the hour of a zone: no zone is off by less."""
ANSWERED = ("replied", "call_connected")
MOST_QUARTERS = 5_000
SHARES = (0.5, 0.9, 1)
AT_ONCE = 10_000
GIVEN_UP = ("no_reply_needed", "erased")
NOBODY = 0

_waits, _steps, _conversations = table(Wait), table(WaitStep), table(Conversation)
_w = _waits.c
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Span:
    """From start, up to and without end."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How many waits ended how. near: those of `kept` that were nearly broken."""

    kept: int = 0
    late: int = 0
    unanswered: int = 0
    undecided: int = 0
    near: int = 0

    @property
    def broken(self) -> int:
        """How many people waited longer than promised."""
        return self.late + self.unanswered

    @property
    def settled(self) -> int:
        """How many are decided: the sample of every percentage."""
        return self.kept + self.broken

    @property
    def percent(self) -> int | None:
        """Whole percent kept, rounded down; None without a sample."""
        return promise.percent(self.kept, self.settled)

    @property
    def few(self) -> bool:
        """Whether a percentage would claim more than so few can tell."""
        return self.settled < promise.FEW

    def __add__(self, other: Tally) -> Tally:
        """Count both together."""
        return Tally(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(Tally)))


NONE = Tally()


@dataclass(frozen=True, slots=True)
class Figures:
    """A span in figures. The times are of all that are decided; one that is still open has waited until now.

    plain: every one of them was promised an answer within 24 hours.
    """

    tally: Tally
    median: timedelta | None
    p90: timedelta | None
    slowest: timedelta | None
    plain: bool


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
STATES = ("kept", "near", "late", "unanswered", "broken", "settled", "undecided")


def figures(session: Session, span: Span, now: datetime, only: Only = EVERYTHING) -> Figures:
    """Measure a span."""
    total, plain = plainly(session, span, now, only)
    median, p90, slowest = _ranked(session, span, now, only, total.settled)
    return Figures(total, median, p90, slowest, plain=plain)


def plainly(session: Session, span: Span, now: datetime, only: Only = EVERYTHING) -> tuple[Tally, bool]:
    """Count a span, and say whether all that is decided of it was promised an answer within 24 hours."""
    counted = _grouped(session, span, now, only, _promised(session) != DAY)
    return sum(counted.values(), Tally()), not counted.get(True, NONE).settled


def _ranked(session: Session, span: Span, now: datetime, only: Only, number: int) -> list[timedelta | None]:
    """Return how long half, nine in ten and all of the decided waits took at most."""
    if not number:
        return [None, None, None]
    took, decided = waited(session, now), within(session, span, now, replace(only, state="settled"))
    query = sa.select(took).select_from(among(only)).where(*decided)
    if number <= AT_ONCE:
        found = sorted(int(one) for one in session.execute(query).scalars())
        return [timedelta(microseconds=found[promise.rank(number, share)]) for share in SHARES]
    # Very many are sorted where they are: only the wanted places leave the store.
    places = [promise.rank(number, share) for share in SHARES]
    at = [session.execute(query.order_by(took).offset(place).limit(1)).scalar_one() for place in places]
    return [timedelta(microseconds=int(one)) for one in at]


def tally(session: Session, span: Span, now: datetime, only: Only = EVERYTHING) -> Tally:
    """Count a span."""
    return _grouped(session, span, now, only, sa.literal(1)).get(1, NONE)


def trend(session: Session, spans: Sequence[Span], now: datetime) -> list[Tally]:
    """Count what is decided in each of several spans; `near` and `undecided` are left out, which makes it quick."""
    counts = [sa.func.count(sa.case((state(session, now, name), 1))) for name in ("kept", "late", "unanswered")]
    query = sa.select(*counts).select_from(_waits)
    found = (session.execute(query.where(_w.due_at >= one.start, _w.due_at < one.end)).one() for one in spans)
    return [Tally(kept=row[0], late=row[1], unanswered=row[2]) for row in found]


def by_channel(session: Session, span: Span, now: datetime) -> dict[str, Tally]:
    """Count by the channel of the conversation, the largest first."""
    return _largest_first(_grouped(session, span, now, EVERYTHING, _conversations.c.channel, joined()))


def by_person(session: Session, span: Span, now: datetime) -> dict[int, Tally]:
    """Count by who answered, else by who has the conversation (NOBODY: nobody has)."""
    return _largest_first(_grouped(session, span, now, EVERYTHING, person(), joined()))


def by_hour(session: Session, span: Span, now: datetime, zone: tzinfo) -> list[Tally]:
    """Count by the hour of arrival in a zone, 0 to 23."""
    found = [NONE] * 24
    for quarter, counted in _grouped(session, span, now, EVERYTHING, _quarter(session)).items():
        found[_hour(quarter, zone)] += counted
    return found


def _largest_first(found: dict[Any, Tally]) -> dict[Any, Tally]:
    return dict(sorted(found.items(), key=lambda one: (-one[1].settled, str(one[0]))))


# How it is said in SQL ------------------------------------------------------------------------------------------------


def among(only: Only) -> sa.FromClause:
    """Return what has to be looked at: conversations only where they are asked for."""
    return joined() if only.channel or only.person is not None else _waits


def joined() -> sa.FromClause:
    """Return waits with their conversations."""
    return _waits.join(_conversations, _conversations.c.id == _w.conversation_id)


def person() -> sa.ColumnElement[Any]:
    """Say whose a wait is: who ended it, else who has the conversation, else NOBODY."""
    return sa.func.coalesce(_w.closed_by, _conversations.c.assignee_id, NOBODY)


def _answered() -> Condition:
    return sa.or_(*(_w.cause == cause for cause in ANSWERED))


def _given_up() -> Condition:
    """Ended without an answer after it was due, while people could see it: not what history brought with it."""
    # Asked for one wait at a time: of an "exists" PostgreSQL would read the steps of all waits there ever were.
    breach = sa.select(_steps.c.id).where(_steps.c.wait_id == _w.id, _steps.c.step == "breach").correlate(_waits)
    rang = breach.scalar_subquery().is_not(None)
    ended = sa.and_(_w.closed_at > _w.due_at, sa.or_(*(_w.cause == cause for cause in GIVEN_UP)))
    return sa.and_(ended, sa.or_(_w.closed_by.is_not(None), rang))


def _near(session: Session) -> Condition:
    part, whole = promise.NEAR
    return (micros(session, _w.closed_at) - micros(session, _w.started_at)) * whole > _promised(session) * part


def _state(session: Session, now: datetime) -> sa.ColumnElement[Any]:
    """Say in one word how a wait stands, NULL for one that does not count; "near" are those of "kept" that are."""
    still_open = sa.case((_w.due_at <= now, "unanswered"), else_="undecided")
    answered = sa.case((_w.closed_at > _w.due_at, "late"), (_near(session), "near"), else_="kept")
    return sa.case((_w.closed_at.is_(None), still_open), (_answered(), answered), (_given_up(), "unanswered"))


def state(session: Session, now: datetime, name: str) -> Condition:
    """Say which waits are in a state."""
    due = sa.and_(_w.closed_at.is_(None), _w.due_at <= now)
    known: dict[str, Condition] = {
        "kept": sa.and_(_answered(), _w.closed_at <= _w.due_at),
        "late": sa.and_(_answered(), _w.closed_at > _w.due_at),
        "unanswered": sa.or_(due, _given_up()),
        "undecided": sa.and_(_w.closed_at.is_(None), _w.due_at > now),
    }
    known["near"] = sa.and_(known["kept"], _near(session))
    known["broken"] = sa.or_(known["late"], known["unanswered"])
    known["settled"] = sa.or_(_answered(), known["unanswered"])
    known[""] = sa.or_(_w.closed_at.is_(None), _answered(), _given_up())
    return known[name]


def within(session: Session, span: Span, now: datetime, only: Only) -> list[Condition]:
    """Say which waits of a span are meant; the statement selects from `among(only)` or `joined()`."""
    return [*_all_of(session, span, only), state(session, now, only.state)]


def _all_of(session: Session, span: Span, only: Only) -> list[Condition]:
    """Say which waits are meant, whatever their state is."""
    wanted = [_w.due_at >= span.start, _w.due_at < span.end]
    if only.channel:
        wanted.append(_conversations.c.channel == only.channel)
    if only.person is not None:
        wanted.append(person() == only.person)
    if only.hour is not None:
        wanted.append(_quarter(session).in_(_quarters(session, wanted, only.hour, only.zone)))
    return wanted


def _quarters(session: Session, wanted: list[Condition], hour: int, zone: tzinfo) -> list[int]:
    """Return the quarters of an hour in which one of these arrived, that fall in this hour of the day in the zone."""
    quarter = _quarter(session)
    query = sa.select(quarter).select_from(joined()).where(*wanted).group_by(quarter).limit(MOST_QUARTERS)
    return [one for one in session.execute(query).scalars() if _hour(one, zone) == hour]


def _hour(quarter: int, zone: tzinfo) -> int:
    return from_micros(int(quarter) * QUARTER).astimezone(zone).hour


def waited(session: Session, now: datetime) -> sa.ColumnElement[int]:
    """Say how long a wait took, or has taken until now, in microseconds."""
    ended = sa.func.coalesce(micros(session, _w.closed_at), to_micros(now))
    return ended - micros(session, _w.started_at)


def _promised(session: Session) -> sa.ColumnElement[int]:
    return micros(session, _w.due_at) - micros(session, _w.started_at)


def _quarter(session: Session) -> sa.ColumnElement[int]:
    at = micros(session, _w.started_at)
    return at // QUARTER


def micros(session: Session, column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """Say a time as microseconds since 1970, which is how SQLite keeps it."""
    if session.get_bind().dialect.name == "postgresql":
        epoch = sa.extract("epoch", sa.type_coerce(column, sa.DateTime(timezone=True)))
        return sa.cast(epoch * SECOND, sa.BigInteger)
    return sa.type_coerce(column, sa.BigInteger)


def _grouped(
    session: Session,
    span: Span,
    now: datetime,
    only: Only,
    key: sa.ColumnElement[Any],
    source: sa.FromClause | None = None,
) -> dict[Any, Tally]:
    """Count by a key: each wait is looked at once."""
    word = _state(session, now)
    wanted = _all_of(session, span, only) if not only.state else within(session, span, now, only)
    looked = among(only) if source is None else source
    each = sa.select(key.label("key"), word.label("word")).select_from(looked).where(*wanted).subquery()
    query = sa.select(each.c.key, each.c.word, sa.func.count()).group_by(each.c.key, each.c.word)
    found: dict[Any, Tally] = {}
    for group, state_of, number in session.execute(query):
        if state_of is not None:
            counted = {"kept": number, "near": number} if state_of == "near" else {state_of: number}
            found[group] = found.get(group, NONE) + Tally(**counted)
    return found
