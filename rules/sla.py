"""The promise as arithmetic: by which policy a person is answered, and from when until when they wait.

Times are aware UTC.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rules import escalation, hours
from rules.escalation import BREACH, WARNING, Ladder
from rules.hours import Hours

__all__ = [
    "BREACH",
    "PROMISE",
    "WARNING",
    "Condition",
    "Facts",
    "Offer",
    "Opened",
    "Span",
    "Terms",
    "choose",
    "open_span",
    "settle",
]

DAY = timedelta(hours=24)
LATE_AFTER = timedelta(hours=1)
"""What reaches us later than this after it was received reached us late."""
SETTLED_WITHIN = timedelta(minutes=1)
"""So long the first step of a wait is put off at most while the rules of its message may name other terms."""


@dataclass(frozen=True)
class Terms:
    """What one version of a policy promises. hours None: the wall clock. resolution None: nothing about the end.

    The promise itself is the version 1 of the default policy, whose name is "".
    """

    version_id: int = 1
    policy_id: int = 1
    name: str = ""
    duration: timedelta = DAY
    hours: Hours | None = None
    ladder: Ladder = escalation.DEFAULT
    resolution: timedelta | None = None
    pauses: bool = True
    default: bool = True

    def due(self, start: datetime) -> datetime:
        """Return when a wait that began then is due; by the wall clock where the hours have run out of open time."""
        try:
            return hours.add(start, self.duration, self.hours)
        except hours.NeverOpenError:
            return start + self.duration

    def next_at(self, due_at: datetime, rung: frozenset[str] | set[str] = frozenset()) -> datetime:
        """Return when the next step rings of a wait that is due then."""
        return escalation.next_at(self.ladder, due_at, self.hours, rung)


PROMISE = Terms()


@dataclass(frozen=True, slots=True)
class Span:
    """A wait as it opens. `late` says that the message reached us long after it was received."""

    started_at: datetime
    due_at: datetime
    next_step_at: datetime
    late: bool


def open_span(received_at: datetime, now: datetime, terms: Terms = PROMISE) -> Span:
    """Start a wait at the provider's time, never in the future, however late the message reached us."""
    started = min(received_at, now)
    due = terms.due(started)
    return Span(started, due, terms.next_at(due), late=now - started > LATE_AFTER)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a conversation when a wait opens in it."""

    account: int
    channel: str
    tags: frozenset[str] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """Which conversations a policy is for: of each kind that is named, one must hold; what is not named, always does.

    attributes: what is known of the person, by name, whatever the letter case.
    """

    accounts: frozenset[int] = frozenset()
    channels: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    attributes: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is asked at all."""
        return bool(self.accounts or self.channels or self.tags or self.attributes)

    def holds(self, facts: Facts) -> bool:
        """Whether a conversation is one of those."""
        known = {(name.casefold(), value.casefold()) for name, value in facts.attributes.items()}
        wanted = {(name.casefold(), value.casefold()) for name, value in self.attributes}
        return (
            (not self.accounts or facts.account in self.accounts)
            and (not self.channels or facts.channel in self.channels)
            and (not self.tags or not self.tags.isdisjoint(facts.tags))
            and (not wanted or not wanted.isdisjoint(known))
        )

    def dump(self) -> str:
        """Return it as the store keeps it: "" where nothing is asked."""
        if not self:
            return ""
        told = {
            "accounts": sorted(self.accounts),
            "channels": sorted(self.channels),
            "tags": sorted(self.tags),
            "attributes": [list(pair) for pair in self.attributes],
        }
        return json.dumps(told, ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> Condition:
        """Read what was dumped."""
        told = json.loads(text) if text else {}
        return cls(
            frozenset(told.get("accounts", ())),
            frozenset(told.get("channels", ())),
            frozenset(told.get("tags", ())),
            tuple((name, value) for name, value in told.get("attributes", ())),
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """A policy as it is offered now: for whom, and by what terms."""

    condition: Condition
    terms: Terms


def choose(offers: Sequence[Offer], facts: Facts) -> Terms:
    """Return the terms of the first policy that fits; the promise itself fits everybody."""
    return next((offer.terms for offer in offers if offer.condition.holds(facts)), PROMISE)


@dataclass(frozen=True, slots=True)
class Opened:
    """What was so when a wait opened: its message, the tags, and the versions of policies that were offered."""

    message_id: int
    tags: frozenset[str]
    offered: frozenset[int]

    def dump(self) -> str:
        """Return it as the wait keeps it until it is settled."""
        return json.dumps([self.message_id, sorted(self.tags), sorted(self.offered)], ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> Opened:
        """Read what was dumped."""
        message_id, tags, offered = json.loads(text)
        return cls(message_id, frozenset(tags), frozenset(offered))


def settle(offers: Sequence[Offer], opened: Facts, ruled: Facts) -> Terms | None:
    """Return the terms that fit by what rules did to a message as it came; None where that changes nothing.

    offers: those that stood when the wait opened. opened: what was known then; ruled: the same with what rules did.
    """
    before = next((offer for offer in offers if offer.condition.holds(opened)), None)
    after = next((offer for offer in offers if offer.condition.holds(ruled)), None)
    return None if after is None or after is before else after.terms
