"""How the promise was kept over a span of time: counted, measured, grouped.

A wait belongs to the span in which its answer was due. So every wait of a span that is over is decided, an open one
that is past due counts as broken, and what was answered late is not forgotten because it took longer than a week.

    kept        a person answered in time
    late        a person answered, too late
    unanswered  due, and nobody has answered; or given up (no reply needed, erased) after it was due
    undecided   still in time, not answered yet: counted, but in no percentage

Those that ended before they were due without an answer (spam, merged, no reply needed) promised nothing any more.

Most are answered well in time. So these are only counted, along the index of deadlines, and looked at one by one are
the few that were slow, which have an index of their own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache, partial
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store import promise_conditions as said
from inbox.store.promise_conditions import EVERYTHING, NOBODY, STATES, Only, Span
from inbox.store.tables import Conversation, Wait
from inbox.store.tools import table
from rules import promise

__all__ = ["EVERYTHING", "NOBODY", "NONE", "STATES", "Figures", "Only", "Span", "Tally", "Week"]

SHARES = (0.5, 0.9, 1)
WORDS = ("kept", "near", "late", "unanswered", "undecided")
DECIDED = frozenset(WORDS[:-1])
AT_ONCE = 50_000
"""So many waits are looked at one by one; more are counted where they are."""
RANKED = 250_000
"""So many times are sorted here, which is quicker; more are sorted where they are."""

_waits, _conversations = table(Wait), table(Conversation)
_w = _waits.c
Counted = tuple[Any, str | None, int]
"""A key, how the waits of it stand, and how many there are."""


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
        return Tally(
            self.kept + other.kept,
            self.late + other.late,
            self.unanswered + other.unanswered,
            self.undecided + other.undecided,
            self.near + other.near,
        )


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
class Week:
    """A span in figures, and by channel, person (NOBODY: nobody we know of) and hour of arrival, 0 to 23."""

    figures: Figures
    channels: dict[str, Tally]
    people: dict[int, Tally]
    hours: list[Tally]


def week(session: Session, span: Span, now: datetime, zone: tzinfo) -> Week:
    """Measure a span in every way that the promise page shows, looking at each wait once."""
    columns = (_conversations.c.channel, said.person(), said.quarter(session), said.word(now))
    query = sa.select(*columns, said.waited(session, now)).select_from(said.joined()).where(*said.due_in(span))
    rows = session.execute(query.limit(AT_ONCE + 1)).all()
    if len(rows) > AT_ONCE:
        groups = by_channel(session, span, now), by_person(session, span, now), by_hour(session, span, now, zone)
        return Week(figures(session, span, now), *groups)
    channels, people = (_largest_first(_folded(_counted(rows, place))) for place in range(2))
    hours = _hourly(_counted(rows, 2), zone)
    median, p90, slowest = _at(SHARES, sorted([row[4] for row in rows if row[3] in DECIDED]))
    measured = Figures(sum(channels.values(), NONE), median, p90, slowest, _plain(session, span, now))
    return Week(measured, channels, people, hours)


def figures(session: Session, span: Span, now: datetime) -> Figures:
    """Measure a span."""
    told = outline(session, span, now)
    median, p90, slowest = _ranked(session, span, now, told.tally.settled)
    return replace(told, median=median, p90=p90, slowest=slowest)


def outline(session: Session, span: Span, now: datetime) -> Figures:
    """Count a span, and measure no times."""
    return Figures(tally(session, span, now), None, None, None, _plain(session, span, now))


def _plain(session: Session, span: Span, now: datetime) -> bool:
    """Say whether all that is decided of a span was promised an answer within 24 hours."""
    other = said.another_promise(session)
    query = sa.select(_w.id).where(*said.due_in(span), other, said.state(now, "settled")).limit(1)
    return session.execute(query).first() is None


def _at(shares: Iterable[float], took: Sequence[int]) -> list[timedelta | None]:
    """Return what stands at these shares of sorted times."""
    return [timedelta(microseconds=took[promise.rank(len(took), share)]) if took else None for share in shares]


def _ranked(session: Session, span: Span, now: datetime, number: int) -> list[timedelta | None]:
    """Return how long half, nine in ten and all of the decided waits took at most."""
    took = said.waited(session, now)
    decided = sa.select(took.label("took")).where(*said.due_in(span), said.state(now, "settled"))
    if number <= RANKED:
        # As one text, which comes a good deal quicker than so many rows.
        text = sa.func.aggregate_strings(sa.cast(decided.subquery().c.took, sa.Text), ",")
        found = session.execute(sa.select(text)).scalar() or ""
        return _at(SHARES, sorted(map(int, found.split(","))) if found else ())
    # Very many are sorted where they are: only the wanted places leave the store.
    places = [promise.rank(number, share) for share in SHARES]
    at = [session.execute(decided.order_by(took).offset(place).limit(1)).scalar_one() for place in places]
    return [timedelta(microseconds=int(one)) for one in at]


def tally(session: Session, span: Span, now: datetime, only: Only = EVERYTHING) -> Tally:
    """Count a span: of who was answered only how many, and one by one the few who waited long."""
    if only == EVERYTHING:
        kept_or_late, near, late, unanswered, undecided = session.execute(
            _COUNTED, {"start": span.start, "end": span.end, "now": now}
        ).one()
        return Tally(kept_or_late - late, late, unanswered, undecided, near)
    wanted = said.within(session, span, now, only)
    return _grouped(session, sa.literal(1), said.among(only), wanted, now).get(1, NONE)


def _counting() -> sa.Select[Any]:
    """Write the question of `tally` down once: to put it together takes longer than many an answer."""
    start, end, now = (sa.bindparam(name, type_=_w.due_at.type) for name in ("start", "end", "now"))
    due = (_w.due_at >= start, _w.due_at < end)
    answered = sa.select(sa.func.count()).select_from(_waits).where(*due, said.answered()).scalar_subquery()
    names = ("near", "late", "unanswered", "undecided")
    slow = (sa.func.count(sa.case((said.state(now, name), 1))) for name in names)
    return sa.select(answered, *slow).where(*due, said.slow())


_COUNTED = _counting()


def trend(session: Session, spans: Sequence[Span], now: datetime) -> list[Tally]:
    """Count each of several spans."""
    return [tally(session, span, now) for span in spans]


def by_channel(session: Session, span: Span, now: datetime) -> dict[str, Tally]:
    """Count by the channel of the conversation, the largest first."""
    return _largest_first(_folded(_by(session, _conversations.c.channel, said.joined(), span, now)))


def by_person(session: Session, span: Span, now: datetime) -> dict[int, Tally]:
    """Count by who answered, else by who has the conversation (NOBODY: nobody has)."""
    return _largest_first(_folded(_by(session, said.person(), said.joined(), span, now)))


def by_hour(session: Session, span: Span, now: datetime, zone: tzinfo) -> list[Tally]:
    """Count by the hour of arrival in a zone, 0 to 23."""
    return _hourly(_by(session, said.quarter(session), _waits, span, now), zone)


def _by(
    session: Session, key: sa.ColumnElement[Any], source: sa.FromClause, span: Span, now: datetime
) -> Iterator[Counted]:
    """Count by a key: of who was answered only how many, and one by one the few who waited long."""
    due = said.due_in(span)
    slow = list(_words(session, key, source, [*due, said.slow()], now))
    yield from slow
    apart: Counter[Any] = Counter()
    for one, word, number in slow:
        apart[one] += number if word in {"near", "late"} else 0
    each = sa.select(key.label("key")).select_from(source).where(*due, said.answered()).subquery()
    for row in session.execute(sa.select(each.c.key, sa.func.count()).group_by(each.c.key)).all():
        yield row[0], "kept", row[1] - apart[row[0]]


def _grouped(
    session: Session, key: sa.ColumnElement[Any], source: sa.FromClause, wanted: list[said.Condition], now: datetime
) -> dict[Any, Tally]:
    """Count by a key: each wait is looked at once."""
    return _folded(_words(session, key, source, wanted, now))


def _words(
    session: Session, key: sa.ColumnElement[Any], source: sa.FromClause, wanted: list[said.Condition], now: datetime
) -> Iterator[Counted]:
    columns = key.label("key"), said.word(now).label("word")
    each = sa.select(*columns).select_from(source).where(*wanted).subquery()
    query = sa.select(each.c.key, each.c.word, sa.func.count()).group_by(each.c.key, each.c.word)
    return ((row[0], row[1], row[2]) for row in session.execute(query).all())


# Counting -------------------------------------------------------------------------------------------------------------


def _counted(rows: Sequence[sa.Row[Any]], place: int) -> Iterator[Counted]:
    """Count rows by what stands at a place and by their word."""
    return ((key, word, number) for (key, word), number in Counter(map(itemgetter(place, 3), rows)).items())


def _folded(counted: Iterable[Counted]) -> dict[Any, Tally]:
    """Make a tally of each key."""
    found: dict[Any, Counter[str]] = {}
    for key, word, number in counted:
        if word is not None:
            found.setdefault(key, Counter())[word] += number
    return {key: _tally(words) for key, words in found.items()}


def _tally(words: Mapping[str, int]) -> Tally:
    """Add up how many bear which word; "near" are kept, too."""
    kept, near, late, unanswered, undecided = (words.get(name, 0) for name in WORDS)
    return Tally(kept + near, late, unanswered, undecided, near)


def _largest_first(found: dict[Any, Tally]) -> dict[Any, Tally]:
    return dict(sorted(found.items(), key=lambda one: (-one[1].settled, str(one[0]))))


def _hourly(quarters: Iterable[Counted], zone: tzinfo) -> list[Tally]:
    hour_of = cache(partial(said.hour_of, zone=zone))
    found = _folded((hour_of(quarter), word, number) for quarter, word, number in quarters)
    return [found.get(hour, NONE) for hour in range(24)]
