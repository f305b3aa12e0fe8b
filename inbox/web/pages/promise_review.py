"""The founders' review of a week: each broken promise with what happened, its cause, and what shall change."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from inbox.flow import letters_of_weeks, review
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, NotFoundError
from inbox.flow.review import Found
from inbox.say import say
from inbox.store import promise_figures, promise_rows, reviews, teammates, wait_story
from inbox.store.db import Session
from inbox.store.promise_figures import Only
from inbox.store.promise_rows import Waited
from inbox.web import promise_page, promise_words, story_words
from inbox.web.deps import Founder, House
from inbox.web.entry import own_path
from inbox.web.promise_page import HERE, After, Place, week_named
from inbox.web.render import done, page
from inbox.web.words import _
from rules import promise

router = APIRouter(prefix=HERE)
PAGE = 20
LAST_WEEK = 1
Text = Annotated[str, Form()]


@router.get("/review")
def weekly(request: Request, house: House, me: Founder, week: str = "", after: After = None) -> Response:
    """Show what a week asks of its founders; without a week, the one that ended last."""
    with house.store.reading() as session:
        place = promise_page.place_of(session, house.clock(), week, before=LAST_WEEK)
        broken = promise_rows.page(session, place.span, place.now, Only("broken"), after=after, limit=PAGE + 1)
        near = promise_rows.page(session, place.span, place.now, Only("near"), limit=PAGE + 1)
        told = promise_page.cause_trend(session, place)
        shown: dict[str, Any] = {
            **_about(session, place, [*broken[:PAGE], *near[:PAGE]]),
            "figures": promise_figures.outline(session, place.span, place.now),
            "broken": broken[:PAGE],
            "after": after,
            "following": broken[PAGE - 1].id if len(broken) > PAGE else None,
            "near": near[:PAGE],
            "more_near": len(near) > PAGE,
            "missing": reviews.without_cause(session, place.span, place.now),
            "signed": reviews.signed(session, place.week.name),
            "mailed": letters_of_weeks.mailed(session, place.week),
            "told": told,
            **_sampled(session, place),
            **_actions(session, place),
        }
    return page(request, "promise/review.html", me=me, place=place, **shown)


@router.get("/waits/{wait_id}")
def one_wait(request: Request, house: House, me: Founder, wait_id: int) -> Response:
    """Show what happened while one person waited, and what founders found out about it."""
    return page(request, "promise/wait.html", me=me, **_wait(house, wait_id))


def _wait(house: Context, wait_id: int) -> dict[str, Any]:
    with house.store.reading() as session:
        wait = promise_rows.one(session, wait_id)
        if wait is None:
            raise NotFoundError(say("This wait is not there any more."))
        zone, now = review.zone(session), house.clock()
        week = min(promise.week_of(wait.due_at, zone), promise.week_of(now, zone))
        place = promise_page.place_of(session, now, week.name)
        return {"place": place, "wait": wait, **_about(session, place, [wait])}


def _typed(cause: Text = "", words: Text = "", action: Text = "", owner: Text = "") -> Found:
    whose = int(owner) if owner.isascii() and owner.isdecimal() and len(owner) < 15 else None
    return Found(cause, words, action, whose)


Typed = Annotated[Found, Depends(_typed)]


@router.post("/waits/{wait_id}/review")
def explain(request: Request, house: House, me: Founder, wait_id: int, typed: Typed, back: Text = "") -> Response:
    """Keep a cause, and an action with its owner; what is refused is shown once more, with what was typed."""
    try:
        with house.store.unit_of_work() as work:
            review.explain(work, wait_id, typed, me.id)
    except NotFoundError:
        raise
    except FlowError as error:
        told = {"problem": error, "typed": typed}
        return page(request, "promise/wait.html", me=me, status=422, **{**_wait(house, wait_id), **told})
    return done(request, _back(back, f"{HERE}/waits/{wait_id}"), _("Saved."))


@router.post("/actions/{review_id}")
def act_on(
    request: Request, house: House, me: Founder, review_id: int, is_done: Text = "", back: Text = ""
) -> Response:
    """Say that an action is done, or not after all."""
    with house.store.unit_of_work() as work:
        review.set_done(work, review_id, me.id, done=is_done == "yes")
    return done(request, _back(back), _("Done.") if is_done == "yes" else _("It is to be done again."))


@router.post("/review/{week}/sign")
def sign(request: Request, house: House, me: Founder, week: str) -> Response:
    """Sign a week off."""
    found = week_named(week)
    with house.store.unit_of_work() as work:
        review.sign_off(work, found, me.id)
    return done(request, f"{HERE}/review?week={found.name}", _("This week is signed off."))


@router.post("/review/{week}/samples/{wait_id}")
def judge(
    request: Request, house: House, me: Founder, week: str, wait_id: int, verdict: Text = "", reason: Text = ""
) -> Response:
    """Say whether an ending without a reply was right."""
    found = week_named(week)
    with house.store.unit_of_work() as work:
        review.judge(work, found, wait_id, me.id, right=verdict == "right", reason=reason)
    return done(request, f"{HERE}/review?week={found.name}#sample", _("Saved."))


@router.post("/review/{week}/samples/{wait_id}/resume")
def resume(request: Request, house: House, me: Founder, week: str, wait_id: int) -> Response:
    """Let a wait go on that was wrongly ended."""
    found = week_named(week)
    with house.store.unit_of_work() as work:
        talk = review.resume(work, found, wait_id, me.id)
    return done(request, f"/inbox/all/{talk}", _("They wait again, since they wrote."))


def _back(given: str, otherwise: str = f"{HERE}/review") -> str:
    return own_path(given) or otherwise


def _about(session: Session, place: Place, waits: list[Waited]) -> dict[str, Any]:
    """Return what a page says of these waits: their stories, reviews, and who could see to something."""
    names, told = teammates.names(session), wait_story.stories(session, waits, place.now)
    return {
        "stories": {number: story_words.lines(moments, names) for number, moments in told.items()},
        "written": reviews.of_waits(session, [wait.id for wait in waits]),
        "names": names,
        "team": teammates.active(session),
        "causes": promise_words.CAUSES,
        "say": promise_words,
        "problem": None,
        "typed": None,
    }


def _sampled(session: Session, place: Place) -> dict[str, Any]:
    lot = review.lot(session, place.week)
    found = promise_rows.some(session, [one.wait_id for one in lot.chosen])
    return {"lot": lot, "sampled": found}


def _actions(session: Session, place: Place) -> dict[str, Any]:
    """Return what is to be done, also from weeks before, and what was done of this week's."""
    to_do = reviews.open_actions(session, place.week.name)
    finished = [one for one in reviews.actions_of(session, place.week.name) if one.done_at is not None]
    return {"actions": to_do, "finished": finished, "week_names": _names_of([one.week for one in to_do])}


def _names_of(weeks: list[str]) -> dict[str, str]:
    read = {text: promise.read_week(text) for text in weeks}
    return {text: promise_words.week_name(week) for text, week in read.items() if week is not None}
