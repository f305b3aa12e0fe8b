"""What a house needs before it can keep its promise, and how far it is: a short list that founders can put away."""

from __future__ import annotations

from dataclasses import dataclass

from inbox.flow import duty, letters, reach, there
from inbox.store import accounts, arrivals, teammates
from inbox.store.db import Session, Work

KEY = "first_steps"
AWAY = "away"


@dataclass(frozen=True, slots=True)
class Step:
    """One of the first steps. key: account, mail, team, rota, told."""

    key: str
    done: bool


def steps(session: Session) -> list[Step]:
    """Return what is to be done first, in order, and what of it is there."""
    return [
        Step("account", any(one.enabled for one in accounts.all_accounts(session))),
        Step("mail", arrivals.any_ever(session)),
        Step("team", len(teammates.active(session)) > 1),
        Step("rota", duty.by_rota(session)),
        Step("told", letters.can_send(session) or reach.has_hook(session)),
    ]


def wanted(session: Session, teammate_id: int) -> list[Step]:
    """Return the steps as long as one is left and this teammate has not put the list away; else none."""
    teammate = teammates.get(session, teammate_id)
    if teammate is None or teammate.preferences.get(KEY) == AWAY:
        return []
    found = steps(session)
    return [] if all(one.done for one in found) else found


def put_away(work: Work, teammate_id: int) -> None:
    """Show this teammate the list no more."""
    teammate = there.teammate(work.session, teammate_id)
    teammate.preferences = {**teammate.preferences, KEY: AWAY}
