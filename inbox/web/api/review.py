"""The founders' review of a week: what broke, why, what is done about it; and whether nobody was put off wrongly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from inbox.flow import review
from inbox.flow.review import Found, Lot
from inbox.flow.sign_in import Signed
from inbox.store import promise_rows, reviews, wait_story
from inbox.store.db import Session
from inbox.store.promise_figures import Only
from inbox.store.promise_rows import Waited
from inbox.web import promise_page
from inbox.web.api.calls import done, made
from inbox.web.api.given import Given
from inbox.web.api.promise import WaitTold, WeekName, wait_told
from inbox.web.api.route import ApiFounder, ApiRoute
from inbox.web.api.shapes import Done, Id, Told
from inbox.web.deps import House
from inbox.web.promise_page import After, week_named

router = APIRouter(route_class=ApiRoute, tags=["promise"])
AT_ONCE = 20
"""Waits whose stories are told in one answer."""


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


@router.get("/promise/review")
def review_of(house: House, me: ApiFounder, week: WeekName = "", after: After = None) -> WeekReviewTold:
    """Say what a week asks of its founders; without a week, the one that ended last."""
    with house.store.reading() as session:
        place = promise_page.place_of(session, house.clock(), week, before=1)
        broken = promise_rows.page(session, place.span, place.now, Only("broken"), after=after, limit=AT_ONCE + 1)
        more, broken = len(broken) > AT_ONCE, broken[:AT_ONCE]
        lot = review.lot(session, place.week)
        signed = reviews.signed(session, place.week.name)
        return WeekReviewTold(
            week=place.week.name,
            missing=reviews.without_cause(session, place.span, place.now),
            signed_by=signed.signed_by if signed else None,
            signed_at=signed.signed_at if signed else None,
            broken=_reviewed(session, broken, place.now, me),
            next=broken[-1].id if more else None,
            actions=[ReviewTold.model_validate(one) for one in reviews.open_actions(session, place.week.name)],
            sample=_sampled(session, lot, place.now, me),
            sampled_of=lot.total,
        )


def _reviewed(session: Session, broken: Sequence[Waited], now: datetime, me: Signed) -> list[ReviewedTold]:
    stories = wait_story.stories(session, broken, now)
    written = reviews.of_waits(session, [one.id for one in broken])
    return [
        ReviewedTold(
            wait=wait_told(one, now, me),
            moments=[MomentTold.model_validate(moment) for moment in stories[one.id]],
            review=ReviewTold.model_validate(written[one.id]) if one.id in written else None,
        )
        for one in broken
    ]


def _sampled(session: Session, lot: Lot, now: datetime, me: Signed) -> list[SampleTold]:
    told = []
    for one in promise_rows.some(session, [one.wait_id for one in lot.chosen]):
        judged = lot.verdicts.get(one.id)
        verdict, reason = (judged.verdict, judged.reason) if judged else ("", "")
        told.append(SampleTold(wait=wait_told(one, now, me), verdict=verdict, reason=reason))
    return told


@router.put("/promise/waits/{wait_id}/review")
def explain(house: House, me: ApiFounder, wait_id: int, given: FoundGiven) -> Id:
    """Give a broken promise, or one nearly broken, its cause."""
    found = Found(given.cause, given.words, given.action, given.owner)
    return made(house, review.explain, wait_id, found, me.id)


@router.put("/promise/actions/{review_id}")
def set_done(house: House, me: ApiFounder, review_id: int, given: DoneGiven) -> Done:
    """Say that an action is done, or not after all."""
    return done(house, review.set_done, review_id, me.id, done=given.done)


@router.post("/promise/weeks/{week}/sign")
def sign(house: House, me: ApiFounder, week: str) -> Done:
    """Sign a week off."""
    return done(house, review.sign_off, week_named(week), me.id)


@router.put("/promise/weeks/{week}/samples/{wait_id}")
def judge(house: House, me: ApiFounder, week: str, wait_id: int, given: VerdictGiven) -> Done:
    """Say whether an ending without a reply was right."""
    return done(house, review.judge, week_named(week), wait_id, me.id, right=given.right, reason=given.reason)


@router.post("/promise/weeks/{week}/samples/{wait_id}/resume")
def resume(house: House, me: ApiFounder, week: str, wait_id: int) -> Id:
    """Let a wait go on that was wrongly ended; returns its conversation."""
    return made(house, review.resume, week_named(week), wait_id, me.id)
