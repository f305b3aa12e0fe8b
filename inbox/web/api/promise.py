"""How the promise was kept, and the waits behind each figure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from inbox.flow import review
from inbox.flow.sign_in import Signed
from inbox.store import promise_figures, promise_rows
from inbox.store.promise_figures import Tally
from inbox.store.promise_rows import Waited
from inbox.web import promise_page, promise_words
from inbox.web.api.calls import done
from inbox.web.api.given import Given
from inbox.web.api.route import ApiFounder, ApiRoute, ApiSettings, Limit
from inbox.web.api.shapes import Done, Told
from inbox.web.deps import ApiUser, House
from inbox.web.errors import NotAllowedError
from inbox.web.promise_page import After, Asked

router = APIRouter(route_class=ApiRoute, tags=["promise"])
WeekName = Annotated[str, Query(max_length=8, description='As ISO 8601 writes it: "2026-W45"; empty: the running one.')]


class TallyTold(Told):
    """How many waits ended how. percent: of kept among settled, rounded down; null without a sample."""

    kept: int
    near: int
    late: int
    unanswered: int
    undecided: int
    broken: int
    settled: int
    percent: int | None


class GroupTold(Told):
    """One group. key: a channel, a teammate's id (0 for nobody), or an hour of the day."""

    key: str
    tally: TallyTold


class WeekTold(Told):
    """One week. Times are in seconds; those who still wait have waited until now."""

    week: str
    start: datetime
    end: datetime
    zone: str
    sentence: str
    tally: TallyTold
    median: float | None
    p90: float | None
    slowest: float | None
    channels: list[GroupTold]
    hours: list[GroupTold]
    people: list[GroupTold]
    mine: TallyTold


class WaitTold(Told):
    """One wait. person: who answered, else who has it, 0 for nobody. reviewed: its cause, "" for none yet."""

    id: int
    conversation_id: int
    channel: str
    started_at: datetime
    due_at: datetime
    closed_at: datetime | None
    cause: str | None
    reason: str
    late: bool
    person: int
    reviewed: str
    state: str


class WaitsTold(Told):
    """A page of waits. next: `after` of the page after it, null on the last."""

    waits: list[WaitTold]
    next: int | None


class ZoneGiven(Given):
    """The zone in which weeks begin."""

    zone: Annotated[str, Field(max_length=60)]


def _asked(
    week: WeekName = "",
    of: Annotated[str, Query(max_length=20)] = "",
    channel: Annotated[str, Query(max_length=40)] = "",
    person: Annotated[int | None, Query(ge=0, lt=2**53)] = None,
    hour: Annotated[int | None, Query(ge=0, le=23)] = None,
) -> Asked:
    return Asked(week, of, channel, person, hour)


Figure = Annotated[Asked, Depends(_asked)]


@router.get("/promise")
def week_of(house: House, me: ApiUser, week: WeekName = "") -> WeekTold:
    """Say how a week went; by person for founders only."""
    with house.store.reading() as session:
        place = promise_page.place_of(session, house.clock(), week)
        told = promise_figures.week(session, place.span, place.now, place.zone)
    figures, people = told.figures, told.people if me.founder else {}
    return WeekTold(
        week=place.week.name,
        start=place.span.start,
        end=place.span.end,
        zone=place.zone_name,
        sentence=promise_words.sentence(figures),
        tally=_tally(figures.tally),
        median=_seconds(figures.median),
        p90=_seconds(figures.p90),
        slowest=_seconds(figures.slowest),
        channels=[GroupTold(key=key, tally=_tally(one)) for key, one in told.channels.items()],
        hours=[GroupTold(key=str(hour), tally=_tally(one)) for hour, one in enumerate(told.hours)],
        people=[GroupTold(key=str(key), tally=_tally(one)) for key, one in people.items()],
        mine=_tally(told.people.get(me.id, promise_figures.NONE)),
    )


@router.get("/promise/waits")
def waits(house: House, me: ApiUser, asked: Figure, after: After = None, limit: Limit = 50) -> WaitsTold:
    """List the waits behind a figure, those due first first."""
    if asked.person is not None and asked.person != me.id and not me.founder:
        raise NotAllowedError
    with house.store.reading() as session:
        place = promise_page.place_of(session, house.clock(), asked.week)
        only = promise_page.only_of(place, asked)
        found = promise_rows.page(session, place.span, place.now, only, after=after, limit=limit + 1)
    told = [wait_told(one, place.now, me) for one in found[:limit]]
    return WaitsTold(waits=told, next=told[-1].id if len(found) > limit else None)


@router.put("/promise/zone")
def set_zone(house: House, me: ApiFounder, _settings: ApiSettings, given: ZoneGiven) -> Done:
    """Say in which zone weeks begin."""
    return done(house, review.set_zone, given.zone, me.id)


def _tally(one: Tally) -> TallyTold:
    return TallyTold.model_validate(one)


def wait_told(one: Waited, now: datetime, me: Signed) -> WaitTold:
    """Tell a wait; whose it was only to founders and to that person."""
    shown = one.person if me.founder or one.person == me.id else 0
    told = {name: getattr(one, name) for name in WaitTold.model_fields if name not in {"state", "person"}}
    return WaitTold(**told, state=one.state(now), person=shown)


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else time.total_seconds()
