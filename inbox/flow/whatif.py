"""Ask what would have been in the last 30 days: with another deadline, or with other hours of duty. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inbox.flow import duty, zones
from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.store import past_waits, promise_rows
from rules import whatif
from rules.hours import Hours, Span
from rules.whatif import Cover, Result

if TYPE_CHECKING:
    from inbox.store.db import Session
    from inbox.store.promise_rows import Waited

BACK = timedelta(days=30)
AHEAD = timedelta(days=14)
"""So far ahead is the rota looked at: what would have been answered only later is not answered in it."""
MOST = 10_000
"""With more cases than this, one in so many of them is looked at."""
LONGEST = 720
LISTED = 50
KINDS = ("policy", "cover")
CLOCKS = ("always", "hours")
HOWS = ("add", "remove", "instead")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question. policy: every answer is due within `hours`, by the wall clock or counted in the week's hours.

    cover: the week's hours are added to those of duty, taken off them, or put in their place. days: Monday is 0; an
    interval that ends when it starts, or before, ends on the next day.
    """

    kind: str = "policy"
    hours: float = 24
    clock: str = "always"
    how: str = "add"
    days: tuple[int, ...] = (5, 6)
    start: time = time(9)
    end: time = time(18)
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Answer:
    """What would have been. cases: that began in this time; one_in: 1 where all of them were looked at.

    off_duty: those that were answered while nobody was on duty. avoided, created: the first rows of each.
    """

    result: Result
    start: datetime
    cases: int
    one_in: int
    looked_at: int
    off_duty: int
    avoided: list[Waited]
    created: list[Waited]


def in_zone(asked: Asked, zone: str) -> Asked:
    """Return the question in a zone, where it names none itself."""
    return asked if asked.zone else replace(asked, zone=zone)


def ask(session: Session, asked: Asked, now: datetime) -> Answer:
    """Compare; RefusedError says what is wrong with the question."""
    calendar, start = _checked(asked), now - BACK
    number = past_waits.count(session, start, now)
    one_in = -(-number // MOST) or 1
    cases = past_waits.some(session, start, now, one_in)
    off_duty = 0
    if asked.kind == "policy":
        hours = None if asked.clock == "always" else calendar
        compared = whatif.other_policy(cases, timedelta(hours=asked.hours), hours, now)
    else:
        was = _cover(session, start, now)
        compared = whatif.other_cover(
            cases, was, _changed(asked, was, whatif.weekly(calendar, start, now + AHEAD)), now
        )
        off_duty = sum(one.answered is not None and not was.holds(one.answered) for one in cases)
    result = whatif.summary(compared, ZoneInfo(asked.zone))
    shown = [[one.case.id for one in rows[:LISTED]] for rows in (result.avoided, result.created)]
    return Answer(
        result,
        start,
        number,
        one_in,
        len(cases),
        off_duty,
        promise_rows.some(session, shown[0]),
        promise_rows.some(session, shown[1]),
    )


def _cover(session: Session, start: datetime, now: datetime) -> Cover:
    if not duty.by_rota(session):
        raise RefusedError(say("There is no rota yet, so nobody can say when somebody was on duty."))
    return Cover((slot.start, slot.end) for slot in duty.slots(session, start, now + AHEAD) if slot.people)


def _changed(asked: Asked, was: Cover, week: Cover) -> Cover:
    if asked.how == "instead":
        return week
    return was.plus(week) if asked.how == "add" else was.minus(week)


def _checked(asked: Asked) -> Hours:
    """Return the week of the question."""
    if asked.kind not in KINDS or asked.clock not in CLOCKS or asked.how not in HOWS:
        raise RefusedError(say("Choose one of those that are listed."))
    if not 0 < asked.hours <= LONGEST:
        raise RefusedError(say("An answer is due within at most {n} hours, and more than none.", n=LONGEST))
    days = set(asked.days)
    if not days <= set(range(7)) or (not days and (asked.kind == "cover" or asked.clock == "hours")):
        raise RefusedError(say("Choose at least one day of the week."))
    zones.check(asked.zone)
    # The times are of the clock of that zone, whatever else a program says.
    span = (Span(asked.start.replace(tzinfo=None), asked.end.replace(tzinfo=None)),)
    return Hours(asked.zone, tuple(span if day in days else () for day in range(7)))
