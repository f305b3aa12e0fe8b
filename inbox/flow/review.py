"""The founders' review of a week: why each promise was broken, what shall change, and an honest look at endings.

Weeks are those of the house's own zone. What a founder writes is kept by wait, so that nothing has to be "started".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import tzinfo

from inbox.flow import act, audit, zones
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.waiting import HISTORY
from inbox.flow.waits import reopen_wait
from inbox.say import say
from inbox.store import promise_figures, promise_rows, reviews, teammates, values, waits
from inbox.store.db import Session, Work
from inbox.store.promise_figures import Span
from inbox.store.reviews import Ending
from inbox.store.tables import Review, ReviewSample, ReviewWeek, Teammate, Wait
from inbox.store.tools import clean
from rules import promise
from rules.promise import Week
from rules.zones import or_utc

KEY = "promise"
LONGEST = 2_000
SAMPLE = 10
"""So many endings without a reply are looked at each week."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a founder found out about one wait. owner: who sees to the action, None where there is none."""

    cause: str
    words: str = ""
    action: str = ""
    owner: int | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """The endings of a week that are looked at. total: among how many they were chosen."""

    chosen: list[Ending]
    total: int
    verdicts: dict[int, ReviewSample]


# The weeks of the house ----------------------------------------------------------------------------------------------


def zone(session: Session) -> tzinfo:
    """Return the zone that the house's weeks and hours are told in: as set, else the first founder's, else UTC."""
    return or_utc(zone_name(session))


def zone_name(session: Session) -> str:
    """Name that zone."""
    kept = str(values.get(session, KEY).get("zone", ""))
    if kept:
        return kept
    founders = [one for one in teammates.active(session) if one.role == "founder" and one.zone]
    return min(founders, key=lambda one: one.id or 0).zone if founders else "UTC"


def set_zone(work: Work, name: str, by: int) -> None:
    """Say in which zone the house's weeks begin."""
    name = name.strip()
    zones.check(name)
    if name != zone_name(work.session) or not values.get(work.session, KEY):
        values.put(work, KEY, {**values.get(work.session, KEY), "zone": name})
        audit.record(work, by, "promise.zone", zone=name)


def span_of(session: Session, week: Week) -> Span:
    """Return when a week of the house begins and ends."""
    return Span(*promise.bounds(week, zone(session)))


# Causes and actions --------------------------------------------------------------------------------------------------


def explain(work: Work, wait_id: int, found: Found, by: int) -> int:
    """Keep why somebody waited too long, or nearly, and what shall change; returns the number of the review."""
    if work.session.get(Wait, wait_id, with_for_update=True) is None:
        raise NotFoundError("This wait is not there any more.")
    [wait] = promise_rows.some(work.session, [wait_id])
    if wait.state(work.now) not in {"late", "unanswered", "near"}:
        raise RefusedError("This promise was kept with time to spare: there is nothing to explain.")
    found = _checked(work, found)
    row = reviews.of_wait(work.session, wait_id)
    if row is None:
        week = promise.week_of(wait.due_at, zone(work.session)).name
        row = Review(wait_id=wait_id, week=week, cause=found.cause, by_id=by, at=work.now)
        work.session.add(row)
    elif row.action != found.action:
        row.done_at = row.done_by = None
    row.cause, row.words, row.action, row.owner_id = found.cause, found.words, found.action, found.owner
    row.by_id, row.at = by, work.now
    work.session.flush()
    audit.record(work, by, "review.explained", wait=wait_id, week=row.week, cause=found.cause)
    return row.id or 0


def _checked(work: Work, found: Found) -> Found:
    words, action = clean(found.words.strip()), clean(" ".join(found.action.split()))
    if found.cause not in reviews.CAUSES:
        raise RefusedError("Say what the cause was.")
    if found.cause == "other" and not words:
        raise RefusedError("Say in your own words what the cause was.")
    if len(words) > LONGEST or len(action) > LONGEST:
        raise RefusedError(say("Each of these is at most {n} letters long.", n=LONGEST))
    if not action:
        return Found(found.cause, words)
    owner = work.session.get(Teammate, found.owner) if found.owner is not None else None
    if owner is None or owner.disabled_at is not None:
        raise RefusedError("An action needs somebody who sees to it.")
    return Found(found.cause, words, action, found.owner)


def set_done(work: Work, review_id: int, by: int, *, done: bool) -> None:
    """Say that an action is done, or that it is not after all."""
    row = reviews.get(work, review_id)
    if row is None or not row.action:
        raise NotFoundError("This action is not there any more.")
    if (row.done_at is not None) == done:
        return
    row.done_at, row.done_by = (work.now, by) if done else (None, None)
    audit.record(work, by, "review.done" if done else "review.not_done", wait=row.wait_id, week=row.week)


def sign_off(work: Work, week: Week, by: int) -> None:
    """End the review of a week that is over; refused while a broken promise of it has no cause."""
    span = span_of(work.session, week)
    if span.end > work.now:
        raise RefusedError("This week is not over yet.")
    missing = reviews.without_cause(work.session, span, work.now)
    if missing:
        raise RefusedError(say("Broken promises of this week without a cause: {n}. Give each one first.", n=missing))
    counted = promise_figures.tally(work.session, span, work.now)
    row = reviews.signed(work.session, week.name)
    if row is None:
        row = ReviewWeek(week=week.name, signed_by=by, signed_at=work.now, broken=0, settled=0)
        work.session.add(row)
    row.signed_by, row.signed_at, row.broken, row.settled = by, work.now, counted.broken, counted.settled
    work.session.flush()
    audit.record(work, by, "review.signed", week=week.name, broken=counted.broken, settled=counted.settled)


# Endings without a reply ---------------------------------------------------------------------------------------------


def lot(session: Session, week: Week) -> Lot:
    """Choose the endings of a week that are looked at: the same for everybody, whoever asks and however often."""
    ended = reviews.endings(session, span_of(session, week), (HISTORY,))
    known = reviews.verdicts(session, week.name)
    chosen = set(promise.sample([one.wait_id for one in ended], week.name, SAMPLE))
    shown = [one for one in ended if one.wait_id in chosen and one.wait_id not in known]
    judged = [Ending(row.wait_id, row.cause) for row in known.values()]
    return Lot(sorted([*judged, *shown], key=lambda one: one.wait_id), max(len(ended), len(judged)), known)


def judge(work: Work, week: Week, wait_id: int, by: int, *, right: bool, reason: str = "") -> None:
    """Say whether it was right to end a wait without a reply. Wrong needs a reason."""
    ending = next((one for one in lot(work.session, week).chosen if one.wait_id == wait_id), None)
    if ending is None:
        raise NotFoundError("This one is not in the sample of the week.")
    reason = clean(reason.strip())
    if len(reason) > LONGEST:
        raise RefusedError(say("Each of these is at most {n} letters long.", n=LONGEST))
    if not right and not reason:
        raise RefusedError("Say why it was wrong.")
    verdict = "right" if right else "wrong"
    row = work.session.get(ReviewSample, (week.name, wait_id))
    if row is None:
        row = ReviewSample(week=week.name, wait_id=wait_id, cause=ending.cause, verdict="right", by_id=by, at=work.now)
        work.session.add(row)
    row.verdict, row.reason, row.by_id, row.at = verdict, reason, by, work.now
    work.session.flush()
    audit.record(work, by, "review.judged", wait=wait_id, week=week.name, verdict=verdict)


def resume(work: Work, week: Week, wait_id: int, by: int) -> int:
    """Let a wait go on that was wrongly ended without a reply; returns the conversation. It kept its true start."""
    row = work.session.get(ReviewSample, (week.name, wait_id))
    wait = work.session.get(Wait, wait_id)
    if row is None or row.verdict != "wrong" or wait is None:
        raise RefusedError("Mark it as wrong first.")
    if wait.closed_at is None:
        return wait.conversation_id
    conversation = act.find(work, wait.conversation_id)
    if conversation.replied_at is not None and conversation.replied_at > wait.started_at:
        raise RefusedError("This person was answered since.")
    if waits.open_of(work.session, wait.conversation_id) is not None:
        raise RefusedError("This person waits already, for what they wrote since.")
    if conversation.status == "spam":
        act.not_spam(work, wait.conversation_id, by)
    else:
        reopen_wait(work, conversation, wait, "the founders' review found that it was ended wrongly")
        conversation.status = "open"
        act.log(work, conversation, by, "reopened")
    audit.record(work, by, "review.resumed", wait=wait_id, week=week.name)
    return wait.conversation_id
