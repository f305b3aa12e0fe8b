"""The ladder: which steps a wait climbs as it nears and passes its deadline, when each rings, whom it tells and how.

A ladder is data. `before` counts in the hours of the wait's policy; after the breach every day counts, until somebody
answers. Times are aware UTC.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from rules import hours as clock
from rules.hours import Hours

WARNING, SOON, LAST_CALL, BREACH, LATE = "warning", "soon", "last_call", "breach", "late_"
WHOM = ("assignee", "duty", "next", "everyone", "founders")
"""Besides these a step may name one teammate: "teammate:7"."""
MEANS = ("app", "mail", "push", "webhook", "telegram", "sms", "call")
STEPS = 12
"""So many steps a ladder may have; more would be noise."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: so long before the deadline (after it, where negative) these people are told by these means.

    When nobody claims the wait within `claim_within`, those of `then` are told. "assignee" is the person on duty
    where nobody holds the conversation.
    """

    name: str
    before: timedelta
    whom: tuple[str, ...]
    means: tuple[str, ...] = ("app", "push", "mail")
    claim_within: timedelta | None = None
    then: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ladder:
    """The steps from the first warning to the breach, how often it rings after that, and how long a claim lasts."""

    steps: tuple[Step, ...]
    again: timedelta = DAY
    claim_for: timedelta = 2 * HOUR


@dataclass(frozen=True, slots=True)
class Ring:
    """A step of one wait and when it has to ring."""

    name: str
    at: datetime


DEFAULT = Ladder(
    (
        Step(WARNING, 8 * HOUR, ("assignee",), claim_within=2 * HOUR, then=("duty", "next")),
        Step(SOON, 2 * HOUR, ("everyone",)),
        Step(LAST_CALL, HOUR / 2, ("founders",)),
        Step(BREACH, timedelta(0), ("founders", "assignee")),
    )
)


def within(ladder: Ladder, duration: timedelta) -> Ladder:
    """Leave out what would ring before such a wait begins."""
    return replace(ladder, steps=tuple(step for step in ladder.steps if step.before < duration))


def timetable(ladder: Ladder, due_at: datetime, hours: Hours | None) -> list[Ring]:
    """Return when each step up to the breach, and each that is dated after it, rings; in that order."""
    rings = [Ring(step.name, _at(step.before, due_at, hours)) for step in ladder.steps]
    return sorted(rings, key=lambda ring: ring.at)


def ringing(ladder: Ladder, due_at: datetime, hours: Hours | None, rung: Collection[str], now: datetime) -> list[Ring]:
    """Return the steps that have to ring now, in order: not those that have, not those still to come.

    Of the days that passed after the breach while nobody rang, only the last rings.
    """
    due = [ring for ring in timetable(ladder, due_at, hours) if ring.name not in rung and ring.at <= now]
    days = (now - due_at) // ladder.again
    if days >= 1 and days > _late_days(rung):
        due.append(Ring(f"{LATE}{days}", due_at + days * ladder.again))
    return due


def next_at(ladder: Ladder, due_at: datetime, hours: Hours | None, rung: Collection[str]) -> datetime:
    """Return when the next step has to ring: there always is one while nobody answers."""
    following = due_at + (_late_days(rung) + 1) * ladder.again
    return min([ring.at for ring in timetable(ladder, due_at, hours) if ring.name not in rung] + [following])


def step_of(ladder: Ladder, name: str) -> Step | None:
    """Return the step of that name; a day after the breach is the breach told again."""
    wanted = BREACH if name.startswith(LATE) else name
    found = next((step for step in ladder.steps if step.name == wanted), None)
    if found is None or wanted == name:
        return found
    return replace(found, name=name, before=-int(name.removeprefix(LATE)) * ladder.again)


def problem(ladder: Ladder) -> str:
    """Name what is wrong with a ladder, in one word; nothing when all is well."""
    names = [step.name for step in ladder.steps]
    checks = {
        "breach": names.count(BREACH) != 1 or any(step.name == BREACH and step.before for step in ladder.steps),
        "names": len(set(names)) != len(names) or any(not name or name.startswith(LATE) for name in names),
        "many": len(names) > STEPS,
        "whom": not all(step.whom and all(map(known_whom, (*step.whom, *step.then))) for step in ladder.steps),
        "means": not all(step.means and set(step.means) <= set(MEANS) for step in ladder.steps),
        "times": any(abs(step.before) > 366 * DAY or step.claim_within == timedelta(0) for step in ladder.steps),
        "again": not HOUR <= ladder.again <= 30 * DAY or not timedelta(0) < ladder.claim_for <= 7 * DAY,
    }
    return next((name for name, wrong in checks.items() if wrong), "")


def known_whom(word: str) -> bool:
    """Whether a word says whom to tell."""
    kind, _, number = word.partition(":")
    return word in WHOM or (kind == "teammate" and number.isascii() and number.isdigit())


def dump(ladder: Ladder) -> dict[str, Any]:
    """Return the ladder as JSON values; spans are minutes."""
    return {
        "steps": [
            {
                "name": step.name,
                "before": _minutes(step.before),
                "whom": list(step.whom),
                "means": list(step.means),
                "claim_within": None if step.claim_within is None else _minutes(step.claim_within),
                "then": list(step.then),
            }
            for step in ladder.steps
        ],
        "again": _minutes(ladder.again),
        "claim_for": _minutes(ladder.claim_for),
    }


def load(values: dict[str, Any]) -> Ladder:
    """Return the ladder that was dumped."""
    return Ladder(
        tuple(
            Step(
                one["name"],
                timedelta(minutes=one["before"]),
                tuple(one["whom"]),
                tuple(one["means"]),
                None if one["claim_within"] is None else timedelta(minutes=one["claim_within"]),
                tuple(one["then"]),
            )
            for one in values["steps"]
        ),
        timedelta(minutes=values["again"]),
        timedelta(minutes=values["claim_for"]),
    )


def _at(before: timedelta, due_at: datetime, hours: Hours | None) -> datetime:
    try:
        return clock.subtract(due_at, before, hours) if before >= timedelta(0) else clock.add(due_at, -before, hours)
    except clock.NeverOpenError:
        return due_at - before


def _late_days(rung: Collection[str]) -> int:
    return max((int(name.removeprefix(LATE)) for name in rung if name.startswith(LATE)), default=0)


def _minutes(span: timedelta) -> float:
    minutes = span / timedelta(minutes=1)
    return int(minutes) if minutes == int(minutes) else minutes
