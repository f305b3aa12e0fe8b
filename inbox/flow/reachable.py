"""Who would hear of the ladder only with the page open: asked of the same rule that chooses the means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from inbox.flow import reach, telling
from inbox.store import policies, teammates
from rules import telling as rule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from inbox.store.db import Session


@dataclass(frozen=True, slots=True)
class OutOfReach:
    """Somebody whom these steps of these policies would reach with the page open only. policy: "" for everybody's.

    why: what stands against each means that the steps name.
    """

    person: int
    name: str
    policy: str
    steps: tuple[str, ...]
    why: Mapping[str, str]


def out_of_reach(session: Session, now: datetime) -> list[OutOfReach]:
    """Return whom no means reaches while no page is open, by policy; a step that leaves to a room reaches all."""
    team, names = telling.team(session, now), teammates.names(session)
    wrong = reach.wrong(session, team.active)
    found = []
    for offer in policies.offers(session):
        terms = offer.terms
        steps = [(one.name, (*one.whom, *one.then), one.means) for one in terms.ladder.steps]
        name = "" if terms.default else terms.name
        found += [
            OutOfReach(one.person, names.get(one.person, ""), name, one.steps, one.why)
            for one in rule.out_of_reach(steps, team, wrong)
        ]
    return found
