"""Who works here: leaving, coming back, and who may change settings. Adding and signing in: inbox.flow.sign_in."""

from __future__ import annotations

from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import teammates
from inbox.store.db import Work
from inbox.store.tables import Teammate

LAST = say("Somebody must be able to change settings: make another teammate a founder first.")


def disable(work: Work, teammate_id: int, by: int) -> None:
    """Let a teammate go: signed out everywhere, tokens useless. What they wrote stays theirs."""
    leaving = _found(work, teammate_id)
    if leaving.disabled_at is not None:
        return
    _keep_a_founder(work, leaving)
    leaving.disabled_at = work.now
    teammates.end_sessions_of(work, teammate_id)
    teammates.drop_links(work, "reset", teammate_id)
    work.announce("teammate.disabled", teammate_id=by, other=teammate_id)


def enable(work: Work, teammate_id: int, by: int) -> None:
    """Let a teammate come back."""
    back = _found(work, teammate_id)
    if back.disabled_at is not None:
        back.disabled_at = None
        work.announce("teammate.enabled", teammate_id=by, other=teammate_id)


def set_role(work: Work, teammate_id: int, role: str, by: int) -> None:
    """Make a teammate a founder or a member."""
    teammate = _found(work, teammate_id)
    if role not in {"founder", "member"}:
        raise RefusedError("A teammate is a founder or a member.")
    if teammate.role == role:
        return
    if role == "member":
        _keep_a_founder(work, teammate)
    teammate.role = role
    work.announce("teammate.role", teammate_id=by, other=teammate_id, role=role)


def _found(work: Work, teammate_id: int) -> Teammate:
    teammate = teammates.get(work.session, teammate_id)
    if teammate is None:
        raise NotFoundError("This teammate is not there any more.")
    return teammate


def _keep_a_founder(work: Work, leaving: Teammate) -> None:
    others = [one for one in teammates.active(work.session) if one.role == "founder" and one.id != leaving.id]
    if leaving.role == "founder" and not others:
        raise RefusedError(LAST)
