"""By which policy somebody is answered: asked once for a batch of messages, or for one conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inbox.flow import rows
from inbox.store import policies
from rules.sla import Facts, Offer, Terms, choose

if TYPE_CHECKING:
    from inbox.flow.scene import Scene
    from inbox.store.db import Session
    from inbox.store.placing import Talk
    from inbox.store.tables import Conversation, Wait


def now_for(session: Session, conversation: Conversation) -> Terms:
    """Return the terms of a wait that opens in this conversation now."""
    offers = policies.offers(session)
    number = conversation.id or 0
    plain = Facts(conversation.account_id, conversation.channel)
    return choose(offers, policies.facts(session, [number]).get(number, plain) if _asks(offers) else plain)


def of(session: Session, wait: Wait) -> Terms:
    """Return the terms that a wait opened with."""
    return policies.terms(session, [wait.policy_version_id])[wait.policy_version_id]


def _asks(offers: list[Offer]) -> bool:
    return any(offer.condition for offer in offers)


@dataclass
class Promises:
    """The policies while a batch is placed; what they ask is asked of the store once, and only if they ask it."""

    _offers: list[Offer] | None = None
    _versions: dict[int, Terms] = field(default_factory=dict)
    _tags: Mapping[int, frozenset[str]] | None = None
    _people: Mapping[int, Mapping[str, str]] | None = None

    def of(self, scene: Scene, talk: Talk) -> Terms:
        """Return the terms of a wait that opens in this conversation."""
        session = scene.work.session
        if self._offers is None:
            self._offers = policies.offers(session)
        facts = Facts(talk.account_id, rows.channel(scene.account))
        if _asks(self._offers):
            facts = self._facts(scene, talk)
        return choose(self._offers, facts)

    def version(self, scene: Scene, number: int) -> Terms:
        """Return the terms of a wait that is open already."""
        if number not in self._versions:
            self._versions |= policies.terms(scene.work.session, [number])
        return self._versions[number]

    def _facts(self, scene: Scene, talk: Talk) -> Facts:
        session = scene.work.session
        if self._tags is None or self._people is None:
            self._tags = policies.tags(session, scene.talks)
            persons = {*scene.people.values(), *(one.contact_id for one in scene.talks.values())}
            self._people = policies.people(session, persons)
        fresh = {row["id"]: row for row in scene.plan.contacts}.get(talk.contact_id, {})
        known = self._people.get(talk.contact_id, {"language": fresh.get("language", "")})
        talked = scene.plan.conversations.get(talk.id, {})
        channel = talked.get("channel") or rows.channel(scene.account)
        return Facts(talk.account_id, channel, self._tags.get(talk.id, frozenset()), known)
