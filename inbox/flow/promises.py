"""By which policy somebody is answered: asked once for a batch of messages, or for one conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from inbox.flow import rows
from inbox.store import policies, rules
from rules.automation import wish
from rules.sla import Facts, Offer, Opened, Terms, choose

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


def _rules_may_say(session: Session, offers: list[Offer]) -> bool:
    """Whether rules may bring about other terms than a wait opens with: a policy asks for tags, a rule sets some."""
    if not any(offer.condition.tags for offer in offers):
        return False
    wishes = [wish(rule.acts) for rule in rules.enabled(session, ("arrived", "opened"))]
    return any(one.tag or one.untag for one in wishes)


@dataclass
class Promises:
    """The policies while a batch is placed; what they ask is asked of the store once, and only if they ask it."""

    _offers: list[Offer] | None = None
    _versions: dict[int, Terms] = field(default_factory=dict)
    _tags: Mapping[int, frozenset[str]] | None = None
    _people: Mapping[int, Mapping[str, str]] | None = None
    _asked: bool | None = None

    def of(self, scene: Scene, talk: Talk) -> Terms:
        """Return the terms of a wait that opens in this conversation."""
        offers = self._offered(scene)
        facts = Facts(talk.account_id, rows.channel(scene.account))
        if _asks(offers):
            facts = self._facts(scene, talk)
        return choose(offers, facts)

    def question(self, scene: Scene, talk: Talk, message_id: int) -> str | None:
        """Return by what the terms of a wait are settled when the rules of its message ran; None where they are."""
        offers = self._offered(scene)
        if self._asked is None:
            self._asked = _rules_may_say(scene.work.session, offers)
        if not self._asked:
            return None
        offered = frozenset(offer.terms.version_id for offer in offers)
        return Opened(message_id, self._facts(scene, talk).tags, offered).dump()

    def _offered(self, scene: Scene) -> list[Offer]:
        if self._offers is None:
            self._offers = policies.offers(scene.work.session)
        return self._offers

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
