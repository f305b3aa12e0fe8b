"""Rules without code: which of them a change wakes, and what one does to a conversation, given how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

EVENTS: Mapping[str, str] = {
    "arrived": "message.in",
    "opened": "message.in",
    "replied": "delivery.sent",
    "assigned": "conversation.assigned",
    "tagged": "conversation.tagged",
    "noted": "message.note",
    "woke": "conversation.woke",
    "closed": "conversation.closed",
    "reopened": "conversation.reopened",
}
"""What happens, by the kind of change that says so."""
TIMES = ("waiting", "due", "silent")
"""What lasts: they wait for so long, their answer is due so soon, they have not answered us for so long."""
TRIGGERS = (*EVENTS, *TIMES)
DEEPEST = 1
"""Rules react to what people did, and once to what rules did because of it; then it ends."""
LONGEST = 24 * 90
"""Hours that a rule may wait, or snooze for."""


def woken_by(kind: str, data: Mapping[str, Any], *, first: bool) -> frozenset[str]:
    """Return the triggers that a change pulls. first: its message is the one that opened the conversation.

    What was in a mailbox before its account was added, or is imported as history, happened long ago: it wakes nothing.
    """
    if int(data.get("depth") or 0) > DEEPEST:
        return frozenset()
    if kind == "message.in" and (data.get("history") or not data.get("human")):
        return frozenset()
    pulled = {name for name, wanted in EVENTS.items() if wanted == kind}
    return frozenset(pulled if first else pulled - {"opened"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What a rule shall do.

    assign: "" leaves it, "nobody", "duty", or a teammate's number. notify: numbers, "duty" or "assignee".
    end: "" leaves it open, "close" or "spam".
    """

    assign: str = ""
    tag: tuple[str, ...] = ()
    untag: tuple[str, ...] = ()
    snooze_hours: int = 0
    note: str = ""
    notify: tuple[str, ...] = ()
    end: str = ""

    def __bool__(self) -> bool:
        """Whether anything is wished for."""
        return bool(self.assign or self.tag or self.untag or self.snooze_hours or self.note or self.notify or self.end)


def wish(said: Mapping[str, Any]) -> Wish:
    """Read what was stored; what is not understood is left out."""
    hours = said.get("snooze_hours")
    return Wish(
        assign=str(said.get("assign") or ""),
        tag=_strings(said.get("tag")),
        untag=_strings(said.get("untag")),
        snooze_hours=hours if isinstance(hours, int) and 0 < hours <= LONGEST else 0,
        note=str(said.get("note") or ""),
        notify=_strings(said.get("notify")),
        end=str(said.get("end") or "") if said.get("end") in {"close", "spam"} else "",
    )


def _strings(said: object) -> tuple[str, ...]:
    return tuple(str(one) for one in said) if isinstance(said, list | tuple) else ()


@dataclass(frozen=True, slots=True)
class Facts:
    """How a conversation stands. answered: one of us has answered there. duty: open conversations of who is on duty."""

    status: str = "open"
    assignee: int | None = None
    tags: frozenset[str] = frozenset()
    due_at: datetime | None = None
    answered: bool = False
    duty: Mapping[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One thing to do: the verb, and to whom, with what, until when."""

    verb: str
    value: Any = None


def plan(wanted: Wish, facts: Facts, now: datetime) -> list[Act]:
    """Return what to do, in order; nothing that changes nothing, and nothing that would end a wait in silence.

    Spam is left alone. A conversation in which somebody waits is never closed, and never snoozed past its deadline.
    Only somebody whom nobody has answered can be put into spam.
    """
    if facts.status == "spam":
        return []
    acts = [Act("tag", tag) for tag in wanted.tag if tag not in facts.tags]
    acts += [Act("untag", tag) for tag in wanted.untag if tag in facts.tags]
    acts += [Act("note", wanted.note)] if wanted.note else []
    acts += _assigning(wanted.assign, facts)
    acts += _ending(wanted, facts, now)
    told = _told(wanted.notify, acts)
    return [*acts, *([Act("notify", told)] if told else [])]


def _told(people: tuple[str, ...], acts: list[Act]) -> tuple[str, ...]:
    """Leave out whoever is given the conversation by the same rule: they hear of that anyway."""
    given = {str(act.value) for act in acts if act.verb == "assign" and act.value is not None}
    return tuple(one for one in people if one not in given and not (given and one == "assignee"))


def _assigning(to: str, facts: Facts) -> list[Act]:
    chosen = facts.assignee
    if to == "nobody":
        chosen = None
    elif to == "duty" and facts.assignee not in (facts.duty or {}):
        chosen = on_duty(facts.duty or {}, facts.assignee)
    elif to.isascii() and to.isdigit():
        chosen = int(to)
    return [] if chosen == facts.assignee else [Act("assign", chosen)]


def on_duty(duty: Mapping[int, int], otherwise: int | None = None) -> int | None:
    """Return who of those on duty has the fewest open conversations."""
    return min(duty, key=lambda one: (duty[one], one), default=otherwise)


def _ending(wanted: Wish, facts: Facts, now: datetime) -> list[Act]:
    if wanted.end == "spam":
        return [] if facts.answered else [Act("spam")]
    if wanted.end == "close":
        return [Act("close")] if facts.status == "open" and facts.due_at is None else []
    until = now + timedelta(hours=wanted.snooze_hours)
    may = facts.status == "open" and (facts.due_at is None or until <= facts.due_at)
    return [Act("snooze", until)] if wanted.snooze_hours and may else []
