"""Write, order and archive the policies, and see beforehand what one would mean.

Every change makes a new version, by which waits open from now on. Waits that are open keep theirs.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.flow import audit, open_time, policy_versions
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import policies, teammates
from inbox.store.tables import OpeningHours, Policy
from inbox.store.tools import clean
from rules import escalation
from rules.escalation import BREACH, LAST_CALL, SOON, WARNING, Ladder
from rules.sla import Condition, Terms

if TYPE_CHECKING:
    from inbox.store.db import Session, Work

MOST, NAME, WORDS = 50, 80, 30
"""Policies, letters of a name, words of one condition."""
DAY = 24 * 60
LONGEST = 90 * DAY
"""Minutes, as everything in a policy; nobody is promised an answer in more than a quarter of a year."""
WEEK = timedelta(days=7)
_STEP = re.compile(r"step_\d{1,3}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A policy as a founder wrote it. hours_id: None for the wall clock. ends_in: minutes to the end of a matter."""

    name: str
    condition: Condition = field(default_factory=Condition)
    minutes: int = DAY
    hours_id: int | None = None
    ladder: Ladder = escalation.DEFAULT
    ends_in: int | None = None
    pauses: bool = True


@dataclass(frozen=True, slots=True)
class Preview:
    """What a policy would have meant last week. open: waits that keep their deadline whatever is saved.

    fits: of the waits that began in these days, how many it is for; late: how many of those took longer than it allows
    (they still wait, or waited). more: there were too many to look at all.
    """

    considered: int
    fits: int
    late: int
    open: int
    more: bool


def save(work: Work, by: int, draft: Draft, policy_id: int | None = None) -> int:
    """Write a policy, new or again; it counts for waits that open from now on. RefusedError says what is wrong."""
    known = find(work, policy_id) if policy_id else None
    default = known is not None and known.is_default
    check(work.session, draft, default=default)
    everything = policies.everything(work.session)
    if known is None and len(everything) >= MOST:
        raise RefusedError(say("There are {n} policies already: delete one first.", n=MOST))
    if any(one.name == draft.name.strip() and one is not known and not default for one in everything):
        raise RefusedError(say("There is a policy of this name already."))
    last = max((one.position for one in everything), default=0)
    row = known or Policy(position=last + 1, ladder="", changed_at=work.now)
    row.name = "" if default else clean(draft.name.strip())
    row.condition = clean(draft.condition.dump())
    row.duration_minutes, row.hours_id = draft.minutes, draft.hours_id
    row.ladder = json.dumps(escalation.dump(draft.ladder))
    row.resolution_minutes, row.resolution_pauses = draft.ends_in, draft.pauses
    work.session.add(row)
    work.session.flush()
    policy_versions.renew(work, row, by)
    if default:
        audit.record(work, by, "promise.changed", policy=row.id)
    else:
        audit.record(work, by, "policy.changed" if known else "policy.added", policy=row.id, name=row.name)
    work.announce("policy.saved", teammate_id=by, policy_id=row.id)
    return row.id or 0


def move(work: Work, by: int, policy_id: int, *, up: bool) -> None:
    """Let a policy count earlier or later; the promise for everybody stays last."""
    row = find(work, policy_id)
    others = [one for one in policies.everything(work.session) if not one.is_default]
    if row.is_default:
        raise RefusedError(say("The promise for everybody stands last."))
    place = others.index(row)
    other = place - 1 if up else place + 1
    if 0 <= other < len(others):
        others[place], others[other] = others[other], others[place]
        for position, one in enumerate(others, start=1):
            one.position = position
        audit.record(work, by, "policy.moved", policy=row.id, name=row.name)
        work.announce("policy.saved", teammate_id=by, policy_id=row.id)


def archive(work: Work, by: int, policy_id: int) -> None:
    """Let a policy count for nobody any more; waits that opened by it keep its terms."""
    row = find(work, policy_id)
    if row.is_default:
        raise RefusedError(say("The promise for everybody cannot be deleted."))
    row.archived_at = work.now
    audit.record(work, by, "policy.removed", policy=row.id, name=row.name)
    work.announce("policy.saved", teammate_id=by, policy_id=row.id)


def find(work: Work, policy_id: int) -> Policy:
    """Return a policy that counts, or raise NotFoundError."""
    found = policies.get(work.session, policy_id, lock=True)
    if found is None or found.archived_at is not None:
        raise NotFoundError(say("This policy is not there any more."))
    return found


def check(session: Session, draft: Draft, *, default: bool) -> None:
    """Refuse a policy that cannot be kept, with the first thing that is wrong."""
    if default:
        _check_default(draft)
    elif not 0 < len(draft.name.strip()) <= NAME:
        raise RefusedError(say("Give the policy a name of up to {n} characters.", n=NAME))
    elif not draft.condition:
        raise RefusedError(say("Say for whom the policy is: everybody else has the promise."))
    _check_condition(draft.condition)
    if not 0 < draft.minutes <= LONGEST:
        raise RefusedError(say("Give a time to answer between 1 minute and {n} days.", n=LONGEST // DAY))
    if draft.ends_in is not None and not 0 < draft.ends_in <= 4 * LONGEST:
        raise RefusedError(say("Give a time to the end of a matter of up to {n} days.", n=4 * LONGEST // DAY))
    if draft.hours_id is not None:
        calendar = session.get(OpeningHours, draft.hours_id)
        if calendar is None or calendar.archived_at is not None:
            raise RefusedError(say("These opening hours are not there any more."))
    _check_ladder(session, draft.ladder)


def _check_default(draft: Draft) -> None:
    if draft.condition:
        raise RefusedError(say("The promise for everybody has no condition."))
    if draft.hours_id is not None or draft.minutes > DAY:
        raise RefusedError(say("The promise for everybody is 24 hours at most, at every hour of every day."))


def _check_condition(condition: Condition) -> None:
    if not all(name and value for name, value in condition.attributes):
        raise RefusedError(say("Write what is known of a person as name = value, one a line."))
    words = [*condition.tags, *condition.channels, *(word for pair in condition.attributes for word in pair)]
    many = max(len(words), len(condition.accounts))
    if many > WORDS or any(not 0 < len(word.strip()) <= NAME for word in words):
        raise RefusedError(say("A condition names up to {n} things, each in {m} characters.", n=WORDS, m=NAME))


def _check_ladder(session: Session, ladder: Ladder) -> None:
    wrong = escalation.problem(ladder)
    told = {
        "many": say("A ladder has at most {n} steps.", n=escalation.STEPS),
        "whom": say("Say for each step of the ladder whom to tell."),
        "means": say("Say for each step of the ladder by which means to tell."),
        "times": say("A step of the ladder is at most a year away, and a claim takes at least a minute."),
        "again": say("After the breach it rings every hour at most, and a claim lasts up to 7 days."),
    }
    names = {WARNING, SOON, LAST_CALL, BREACH}
    odd = [step.name for step in ladder.steps if step.name not in names and not _STEP.fullmatch(step.name)]
    if wrong or odd:
        raise RefusedError(told.get(wrong, say("A ladder has steps of different names, and one is the breach.")))
    known = {f"teammate:{one.id}" for one in teammates.active(session)}
    named = {word for step in ladder.steps for word in (*step.whom, *step.then) if word.startswith("teammate:")}
    if not named <= known:
        raise RefusedError(say("Somebody whom the ladder tells does not work here any more."))


def drafted(row: Policy) -> Draft:
    """Return a stored policy as it was written."""
    return Draft(
        row.name,
        Condition.load(row.condition),
        row.duration_minutes,
        row.hours_id,
        escalation.load(json.loads(row.ladder)),
        row.resolution_minutes,
        pauses=row.resolution_pauses,
    )


def terms(session: Session, draft: Draft, now: datetime) -> Terms:
    """Return what a policy would promise."""
    counted = open_time.of(session, draft.hours_id, now)
    span = timedelta(minutes=draft.minutes)
    return Terms(0, 0, draft.name, span, counted, escalation.within(draft.ladder, span), default=False)


def preview(session: Session, draft: Draft, now: datetime, policy_id: int | None = None) -> Preview:
    """Say what a policy would have meant for the waits of the last week, by how their conversations stand today."""
    promised = terms(session, draft, now)
    recent = policies.recent_waits(session, now - WEEK)
    more = len(recent) > policies.LOOKED_AT
    facts = policies.facts(session, {one.conversation_id for one in recent})
    fitting = [
        one
        for one in recent[: policies.LOOKED_AT]
        if one.conversation_id in facts and draft.condition.holds(facts[one.conversation_id])
    ]
    late = sum((one.closed_at or now) > promised.due(one.started_at) for one in fitting)
    kept = policies.open_waits(session, policy_id) if policy_id else 0
    return Preview(min(len(recent), policies.LOOKED_AT), len(fitting), late, kept, more)
