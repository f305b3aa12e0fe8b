"""How the promise was kept, the waits behind each figure, and the founders' review of a week."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from inbox.flow import review
from inbox.flow.errors import NotFoundError
from inbox.flow.review import Found
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import promise_figures, promise_rows, reviews, wait_story
from inbox.store.promise_figures import Only, Tally
from inbox.store.promise_rows import Waited
from inbox.web import promise_page, promise_words
from inbox.web.api.given import Given
from inbox.web.api.route import ApiFounder, ApiRoute, ApiSettings, Limit
from inbox.web.api.shapes import Done, Id, Told
from inbox.web.deps import ApiUser, House
from inbox.web.errors import NotAllowedError
from inbox.web.promise_page import After, Asked
from rules import promise
from rules.promise import Week

router = APIRouter(route_class=ApiRoute, tags=["promise"])
AT_ONCE = 20
"""Waits whose stories are told in one answer."""
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


class MomentTold(Told):
    """One thing that happened while somebody waited. person: 0 for none."""

    at: datetime
    kind: str
    person: int
    details: dict[str, Any]


class ReviewTold(Told):
    """What a founder found out about one wait."""

    id: int
    wait_id: int
    week: str
    cause: str
    words: str
    action: str
    owner_id: int | None
    done_at: datetime | None
    by_id: int
    at: datetime


class ReviewedTold(Told):
    """One wait with what happened, and what was found out."""

    wait: WaitTold
    moments: list[MomentTold]
    review: ReviewTold | None


class SampleTold(Told):
    """One ending without a reply that was chosen by lot. verdict: right, wrong, "" for not looked at."""

    wait: WaitTold
    verdict: str
    reason: str


class WeekReviewTold(Told):
    """What a week asks of its founders. missing: broken promises without a cause. sampled_of: how many ended so."""

    week: str
    missing: int
    signed_by: int | None
    signed_at: datetime | None
    broken: list[ReviewedTold]
    next: int | None
    actions: list[ReviewTold]
    sample: list[SampleTold]
    sampled_of: int


class FoundGiven(Given):
    """A cause, one of: nobody_on_duty, notice_missed, channel_down, hard_question, ignored, other (say it in words)."""

    cause: Annotated[str, Field(max_length=40)]
    words: Annotated[str, Field(max_length=2000)] = ""
    action: Annotated[str, Field(max_length=2000)] = ""
    owner: int | None = None


class DoneGiven(Given):
    """Whether an action is done."""

    done: bool


class VerdictGiven(Given):
    """Whether an ending was right. A wrong one needs a reason."""

    right: bool
    reason: Annotated[str, Field(max_length=2000)] = ""


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
        figures = promise_figures.figures(session, place.span, place.now)
        people = promise_figures.by_person(session, place.span, place.now) if me.founder else {}
        channels = promise_figures.by_channel(session, place.span, place.now)
        hours = promise_figures.by_hour(session, place.span, place.now, place.zone)
        mine = promise_figures.tally(session, place.span, place.now, Only(person=me.id))
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
        channels=[GroupTold(key=key, tally=_tally(one)) for key, one in channels.items()],
        hours=[GroupTold(key=str(hour), tally=_tally(one)) for hour, one in enumerate(hours)],
        people=[GroupTold(key=str(key), tally=_tally(one)) for key, one in people.items()],
        mine=_tally(mine),
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
    told = [_wait(one, place.now, me) for one in found[:limit]]
    return WaitsTold(waits=told, next=told[-1].id if len(found) > limit else None)


@router.get("/promise/review")
def review_of(house: House, me: ApiFounder, week: WeekName = "", after: After = None) -> WeekReviewTold:
    """Say what a week asks of its founders; without a week, the one that ended last."""
    with house.store.reading() as session:
        place = promise_page.place_of(session, house.clock(), week, before=1)
        found = promise_rows.page(session, place.span, place.now, Only("broken"), after=after, limit=AT_ONCE + 1)
        broken = found[:AT_ONCE]
        stories = wait_story.stories(session, broken, place.now)
        written = reviews.of_waits(session, [one.id for one in broken])
        lot = review.lot(session, place.week)
        sampled = promise_rows.some(session, [one.wait_id for one in lot.chosen])
        signed = reviews.signed(session, place.week.name)
        return WeekReviewTold(
            week=place.week.name,
            missing=reviews.without_cause(session, place.span, place.now),
            signed_by=signed.signed_by if signed else None,
            signed_at=signed.signed_at if signed else None,
            broken=[
                ReviewedTold(
                    wait=_wait(one, place.now, me),
                    moments=[MomentTold.model_validate(moment) for moment in stories[one.id]],
                    review=ReviewTold.model_validate(written[one.id]) if one.id in written else None,
                )
                for one in broken
            ],
            next=broken[-1].id if len(found) > AT_ONCE else None,
            actions=[ReviewTold.model_validate(one) for one in reviews.open_actions(session, place.week.name)],
            sample=[
                SampleTold(
                    wait=_wait(one, place.now, me),
                    verdict=lot.verdicts[one.id].verdict if one.id in lot.verdicts else "",
                    reason=lot.verdicts[one.id].reason if one.id in lot.verdicts else "",
                )
                for one in sampled
            ],
            sampled_of=lot.total,
        )


@router.put("/promise/waits/{wait_id}/review")
def explain(house: House, me: ApiFounder, wait_id: int, given: FoundGiven) -> Id:
    """Give a broken promise, or one nearly broken, its cause."""
    with house.store.unit_of_work() as work:
        found = Found(given.cause, given.words, given.action, given.owner)
        return Id(id=review.explain(work, wait_id, found, me.id))


@router.put("/promise/actions/{review_id}")
def set_done(house: House, me: ApiFounder, review_id: int, given: DoneGiven) -> Done:
    """Say that an action is done, or not after all."""
    with house.store.unit_of_work() as work:
        review.set_done(work, review_id, me.id, done=given.done)
    return Done()


@router.post("/promise/weeks/{week}/sign")
def sign(house: House, me: ApiFounder, week: str) -> Done:
    """Sign a week off."""
    with house.store.unit_of_work() as work:
        review.sign_off(work, _week(week), me.id)
    return Done()


@router.put("/promise/weeks/{week}/samples/{wait_id}")
def judge(house: House, me: ApiFounder, week: str, wait_id: int, given: VerdictGiven) -> Done:
    """Say whether an ending without a reply was right."""
    with house.store.unit_of_work() as work:
        review.judge(work, _week(week), wait_id, me.id, right=given.right, reason=given.reason)
    return Done()


@router.post("/promise/weeks/{week}/samples/{wait_id}/resume")
def resume(house: House, me: ApiFounder, week: str, wait_id: int) -> Id:
    """Let a wait go on that was wrongly ended; returns its conversation."""
    with house.store.unit_of_work() as work:
        return Id(id=review.resume(work, _week(week), wait_id, me.id))


@router.put("/promise/zone")
def set_zone(house: House, me: ApiFounder, _settings: ApiSettings, given: ZoneGiven) -> Done:
    """Say in which zone weeks begin."""
    with house.store.unit_of_work() as work:
        review.set_zone(work, given.zone, me.id)
    return Done()


def _week(text: str) -> Week:
    found = promise.read_week(text)
    if found is None:
        raise NotFoundError(say("There is no such week to look back on."))
    return found


def _tally(one: Tally) -> TallyTold:
    return TallyTold.model_validate(one)


def _wait(one: Waited, now: datetime, me: Signed) -> WaitTold:
    """Tell a wait; whose it was only to founders and to that person."""
    shown = one.person if me.founder or one.person == me.id else 0
    told = {name: getattr(one, name) for name in WaitTold.model_fields if name not in {"state", "person"}}
    return WaitTold(**told, state=one.state(now), person=shown)


def _seconds(time: timedelta | None) -> float | None:
    return None if time is None else time.total_seconds()
