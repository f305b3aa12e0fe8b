"""Whom a step of the ladder tells, by which means, and when a message may leave. Pure: facts come in, time is given.

Nobody is never an answer: where no one is left whom a step names, the founders are told, and everybody where there is
no founder. Who is off duty is told only where a step names them, and sleeps through the early ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

FALLBACK = ("mail", "push", "telegram", "sms", "call")
"""What is tried, in this order, where none of a step's own means reaches somebody."""
TEAMS_OWN = frozenset({"webhook"})
"""Means that reach the team and nobody in particular."""
THEN = ".then"
"""What a step is called when it tells those who come next, since nobody claimed."""
AGAIN = ".again."
"""What stands between a step and the number of the claim after which it rings once more."""
URGENT = frozenset({"last_call", "breach"})
PROMPT = timedelta(minutes=1)
"""A breach waits no longer than this behind another message."""
APART: Mapping[str, timedelta] = {
    "mail": timedelta(minutes=10),
    "push": timedelta(minutes=5),
    "webhook": timedelta(minutes=1),
    "telegram": timedelta(minutes=10),
    "sms": timedelta(minutes=15),
    "call": timedelta(minutes=15),
}
"""So far apart are two messages to one person by one means; what comes meanwhile is in the next."""
CAME_LATE = timedelta(minutes=15)
"""A step that rang so long after its time did so since we were away."""


@dataclass(frozen=True, slots=True)
class Team:
    """Who can be told. rota: everybody who takes part in it, or everybody while there is none."""

    active: frozenset[int]
    founders: tuple[int, ...] = ()
    on_duty: tuple[int, ...] = ()
    following: tuple[int, ...] = ()
    rota: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told, each once; nobody: that somebody on duty was asked for, and nobody is."""

    people: tuple[int, ...]
    nobody: bool = False


def audience(whom: Sequence[str], holder: int | None, team: Team, beyond: Iterable[Sequence[str]] = ()) -> Audience:
    """Say who is told. beyond: whom the steps after this one name; asked in turn where this one finds nobody."""
    nobody = False
    for words in (whom, *beyond):
        people: dict[int, None] = {}
        for word in words:
            found = _named(word, holder, team)
            nobody = nobody or (not found and word in {"duty", "assignee"} and words is whom)
            people.update(dict.fromkeys(found))
        if people:
            return Audience(tuple(people), nobody)
    founders = tuple(one for one in team.founders if one in team.active)
    return Audience(founders or tuple(sorted(team.active)), nobody)


def _named(word: str, holder: int | None, team: Team) -> list[int]:
    """Return whom a word means; "assignee" is whoever is on duty while no one who works here holds it."""
    if word == "assignee" and holder is not None and holder in team.active:
        return [holder]
    if word.startswith("teammate:"):
        named: Collection[int] = [int(word.partition(":")[2])]
    elif word == "everyone":
        named = team.rota or sorted(team.active)
    else:
        named = {
            "duty": team.on_duty,
            "assignee": team.on_duty,
            "next": team.following,
            "founders": team.founders,
        }.get(word, ())
    return [one for one in named if one in team.active]


def urgent(step: str) -> bool:
    """Whether a step comes through whatever the hour: the last call, the breach, and every day after it."""
    first = base(step)
    return first in URGENT or first.startswith("late_")


def base(step: str) -> str:
    """Return the ladder's own name of a step: "warning" for "warning.again.5.then"."""
    return step.removesuffix(THEN).partition(AGAIN)[0]


def rings_again(step: str) -> bool:
    """Whether it is told once more, since a claim ended without an answer."""
    return AGAIN in step


def claimable(step: str) -> bool:
    """Whether a claim made while its message waits keeps that message back: the last call and the breach go on."""
    return rings_again(step) or not urgent(step)


def put_off(step: str, claimed_until: datetime | None, now: datetime) -> datetime:
    """Return when a step may be told: a claim puts the climbing off, never the breach itself."""
    if claimed_until is None or step.removesuffix(THEN) == "breach":
        return now
    return max(now, claimed_until)


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of a wait that rang. told_at: when people were told of it; None while that is to come."""

    step: str
    due_at: datetime
    told_at: datetime | None


def again(rung: Iterable[Rung], ended_at: datetime) -> Rung | None:
    """Return the step that rings once more since a claim ended without an answer: the newest of all that rang.

    None where nothing rang yet, and where people are told of that step after the claim anyway, as it put that off.
    """
    first = [one for one in rung if not rings_again(one.step) and not one.step.endswith(THEN)]
    newest = max(first, key=lambda one: one.due_at, default=None)
    if newest is None or newest.told_at is None or newest.told_at >= ended_at:
        return None
    return newest


def not_alone(told: Audience, who: int, team: Team) -> Audience:
    """Whoever let their claim run out is not the only one to hear of it: those on duty do, else who comes next.

    Where there are none but them, the steps after it will tell others.
    """
    if set(told.people) - {who}:
        return told
    others = [one for one in team.on_duty if one != who] or [one for one in team.following if one != who]
    return Audience((*told.people, *others), told.nobody)


@dataclass(frozen=True, slots=True)
class Ways:
    """By which means somebody is told, and why not by the others the step names."""

    use: tuple[str, ...]
    skipped: Mapping[str, str]


def ways(means: Sequence[str], wrong: Mapping[str, str]) -> Ways:
    """Choose the means. wrong: what stands against each of them for this person, by means; nothing where it works.

    The app always holds it. Where all others of a step are impossible, the first possible one of all is used.
    """
    outer = [one for one in means if one != "app"]
    use = [one for one in outer if one not in wrong]
    if outer and not use:
        use = [one for one in FALLBACK if one not in wrong][:1]
    skipped = {one: wrong[one] for one in outer if one in wrong and one not in TEAMS_OWN}
    return Ways(("app", *(one for one in use if one not in TEAMS_OWN)), skipped)


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """Somebody whom some steps would reach only with the page open. why: what stands against each means they name."""

    person: int
    steps: tuple[str, ...]
    why: Mapping[str, str]


def out_of_reach(
    steps: Iterable[tuple[str, Sequence[str], Sequence[str]]], team: Team, wrong: Mapping[int, Mapping[str, str]]
) -> list[OutOfReach]:
    """Say who would hear of which steps with the page open only. steps: name, whom it may tell, by which means.

    It asks `ways`, as telling itself does. Where a step also speaks in the team's room, nobody is out of its reach.
    """
    found: dict[int, tuple[list[str], dict[str, str]]] = {}
    for name, whom, means in steps:
        for one in sorted(_ever(whom, team)):
            against = wrong.get(one, {})
            said = ways(means, against)
            if said.use == ("app",) and not any(room in means and room not in against for room in TEAMS_OWN):
                names, why = found.setdefault(one, ([], {}))
                names.append(name)
                why.update(said.skipped)
    return [OutOfReach(one, tuple(dict.fromkeys(names)), why) for one, (names, why) in found.items()]


def _ever(whom: Sequence[str], team: Team) -> set[int]:
    """Return everybody whom these words may mean at some time: anybody may hold a conversation, or take their turn."""
    some: set[int] = set()
    for word in whom:
        turns = team.active if word == "assignee" else frozenset(team.rota or team.active)
        some |= set(turns) if word in {"assignee", "duty", "next"} else set(_named(word, None, team))
    return some & team.active


def after(tried: Collection[str], means: Sequence[str], wrong: Mapping[str, str]) -> str | None:
    """Return by what to try next when one means failed for good, None when there is nothing left."""
    order = (*means, *FALLBACK)
    return next((one for one in order if one not in {*tried, *wrong, "app"} and one not in TEAMS_OWN), None)


def ready_at(means: str, left_at: datetime | None, *, pressing: bool) -> datetime | None:
    """Return when the next message to somebody may leave, None for at once. left_at: when the last one did."""
    if left_at is None:
        return None
    apart = APART.get(means, PROMPT)
    return left_at + (min(apart, PROMPT) if pressing else apart)


# An account that does not work climbs a ladder of its own ------------------------------------------------------------

OUTAGE: tuple[tuple[str, timedelta, tuple[str, ...]], ...] = (
    ("silent", timedelta(0), ("duty",)),
    ("silent_1h", timedelta(hours=1), ("everyone",)),
    ("silent_2h", timedelta(hours=2), ("founders",)),
)
OUTAGE_AGAIN = timedelta(days=1)
OUTAGE_MEANS = ("app", "push", "mail")


def outage_step(noticed_at: datetime, told: Collection[str], now: datetime) -> tuple[str, tuple[str, ...]] | None:
    """Return the step of an outage that people have to be told of now, and whom; of several missed ones the last."""
    day = (now - noticed_at) // OUTAGE_AGAIN
    due = [(name, whom) for name, after_, whom in OUTAGE if noticed_at + after_ <= now]
    if day >= 1:
        due.append((f"silent_day_{day}", ("founders",)))
    return due[-1] if due and due[-1][0] not in told else None


def outage_next(noticed_at: datetime, now: datetime) -> datetime:
    """Return when an outage that lasts is told of again."""
    coming = [noticed_at + after_ for _, after_, _ in OUTAGE if noticed_at + after_ > now]
    days = (now - noticed_at) // OUTAGE_AGAIN + 1
    return min([*coming, noticed_at + days * OUTAGE_AGAIN])


LATELY = timedelta(minutes=20)
"""What was read so short a time ago is read as ever."""


def read_in_part(since: datetime | None, read_at: datetime | None, now: datetime) -> bool:
    """Whether the rest of an account is read as ever, although a part of it has not been since that time."""
    return since is not None and read_at is not None and read_at >= since and now - read_at < LATELY
