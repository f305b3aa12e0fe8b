"""Write, order, switch and delete rules without code, and see beforehand what one would have found."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from inbox.flow import act, audit
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import policies, rules, teammates
from inbox.store.search_among import among, problems
from inbox.store.tables import Rule
from inbox.store.tools import clean
from rules.automation import EVENTS, LONGEST, TIMES, TRIGGERS, Wish

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.store.db import Session, Work
    from inbox.store.rules import Title

MOST = 100
MAX_NAME, MAX_NOTE, MAX_QUERY, MAX_TAGS = 80, 4000, 500, 10
WEEK = timedelta(days=7)
CONSIDERED, SHOWN = 500, 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as a teammate wrote it."""

    name: str
    trigger: str
    hours: int = 0
    query: str = ""
    wish: Wish = field(default_factory=Wish)
    stop: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rule would have found last week: some of it, and how many. more: there were too many to look at all."""

    shown: list[Title]
    count: int
    more: bool


def save(work: Work, by: int, draft: Draft, rule_id: int | None = None) -> int:
    """Write a rule, new or again; it acts on what happens from now on. RefusedError says what is wrong."""
    check(work.session, draft, work.now)
    known = find(work, rule_id) if rule_id else None
    everything = rules.everything(work.session)
    if known is None and len(everything) >= MOST:
        raise RefusedError(say("There are {n} rules already: delete one first.", n=MOST))
    if any(one.name == draft.name.strip() and one is not known for one in everything):
        raise RefusedError(say("There is a rule of this name already."))
    last = max((one.position for one in everything), default=0)
    row = known or Rule(name="", trigger="", position=last + 1, by_id=by, created_at=work.now, changed_at=work.now)
    row.name, row.trigger, row.query = clean(draft.name.strip()), draft.trigger, clean(draft.query.strip())
    row.hours, row.stop = draft.hours if draft.trigger in TIMES else 0, draft.stop
    row.acts, row.changed_at, row.swept_until = asdict(draft.wish), work.now, None
    work.session.add(row)
    work.session.flush()
    audit.record(work, by, "rule.changed" if known else "rule.added", rule=row.id, name=row.name)
    work.announce("rule.saved", teammate_id=by, rule_id=row.id)
    return row.id or 0


def check(session: Session, draft: Draft, now: datetime) -> None:
    """Refuse a rule that cannot work, with the first thing that is wrong."""
    wanted = draft.wish
    if not 0 < len(draft.name.strip()) <= MAX_NAME:
        raise RefusedError(say("Give the rule a name of up to {n} characters.", n=MAX_NAME))
    _check_when(session, draft, now)
    if not wanted:
        raise RefusedError(say("Say what the rule shall do."))
    if wanted.end == "spam" and not draft.query.strip():
        raise RefusedError(say("A rule that marks as spam needs conditions, else everybody is spam."))
    tags = (*wanted.tag, *wanted.untag)
    if len(tags) > MAX_TAGS:
        raise RefusedError(say("A rule puts on and takes off {n} tags at most.", n=MAX_TAGS))
    for tag in tags:
        act.check_tag(tag)
    if len(wanted.note) > MAX_NOTE:
        raise RefusedError(say("The note is longer than {n} characters.", n=MAX_NOTE))
    _check_people(session, wanted)


def _check_when(session: Session, draft: Draft, now: datetime) -> None:
    if draft.trigger not in TRIGGERS:
        raise RefusedError(say("Choose when the rule acts."))
    if draft.trigger in TIMES and not 0 < draft.hours <= LONGEST:
        raise RefusedError(say("Give a time between 1 hour and {n} days.", n=LONGEST // 24))
    longest = policies.longest(session) if draft.trigger in ("waiting", "due") else None
    if longest is not None and timedelta(hours=draft.hours) >= longest:
        n = -(-longest // timedelta(hours=1))
        raise RefusedError(say("Everybody is promised an answer within {n} hours: give fewer hours.", n=n))
    wrong = problems(session, draft.query[:MAX_QUERY], now)
    if wrong or len(draft.query) > MAX_QUERY:
        raise RefusedError(wrong[0] if wrong else say("The conditions are longer than {n} characters.", n=MAX_QUERY))


def _check_people(session: Session, wanted: Wish) -> None:
    known = {str(one.id) for one in teammates.active(session)}
    if wanted.assign not in {"", "nobody", "duty", *known}:
        raise RefusedError(say("This teammate cannot take conversations any more."))
    if not set(wanted.notify) <= {"duty", "assignee", *known}:
        raise RefusedError(say("One of those to be told does not work here any more."))


def preview(session: Session, draft: Draft, now: datetime) -> Preview:
    """Say which conversations the rule would have found in the last seven days, as they stand today."""
    since = now - WEEK
    if draft.trigger in TIMES:
        met = rules.lasted(session, draft.trigger, draft.hours, since, now, CONSIDERED + 1)
    else:
        opened, kind = draft.trigger == "opened", EVENTS[draft.trigger]
        met = rules.happened(session, kind, since, opened=opened, limit=CONSIDERED + 1)
    found = among(session, draft.query, met[:CONSIDERED], now)
    ids = [number for number in met[:CONSIDERED] if number in found]
    return Preview(rules.titles(session, ids[:SHOWN]), len(ids), len(met) > CONSIDERED)


def set_enabled(work: Work, by: int, rule_id: int, *, on: bool) -> None:
    """Switch a rule on or off; what happened while it was off it leaves alone."""
    rule = find(work, rule_id)
    if rule.enabled != on:
        rule.enabled, rule.changed_at, rule.swept_until = on, work.now, None
        audit.record(work, by, "rule.on" if on else "rule.off", rule=rule_id, name=rule.name)
        work.announce("rule.switched", teammate_id=by, rule_id=rule_id, on=on)


def move(work: Work, by: int, rule_id: int, *, up: bool) -> None:
    """Let a rule act before the one above it, or after the one below it."""
    everything = rules.everything(work.session)
    place = next((number for number, one in enumerate(everything) if one.id == rule_id), None)
    if place is None:
        raise NotFoundError(say("This rule is not there any more."))
    everything.insert(max(place + (-1 if up else 1), 0), everything.pop(place))
    for number, one in enumerate(everything, 1):
        one.position = number
    work.announce("rule.moved", teammate_id=by, rule_id=rule_id)


def delete(work: Work, by: int, rule_id: int) -> None:
    """Take a rule away; what it did stays, and names it."""
    rule = find(work, rule_id)
    rule.deleted_at, rule.enabled = work.now, False
    audit.record(work, by, "rule.deleted", rule=rule_id, name=rule.name)
    work.announce("rule.deleted", teammate_id=by, rule_id=rule_id)


def find(work: Work, rule_id: int) -> Rule:
    """Return a rule. NotFoundError."""
    found = work.session.get(Rule, rule_id, with_for_update=True)
    if found is None or found.deleted_at is not None:
        raise NotFoundError(say("This rule is not there any more."))
    return found
