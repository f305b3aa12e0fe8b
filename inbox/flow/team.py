"""Who works here: leaving, coming back, and who may change settings. Adding and signing in: inbox.flow.sign_in."""

from __future__ import annotations

from inbox.flow import audit, claims, shifts, sign_in, there
from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.store import doors, notices, teammates
from inbox.store.db import Work
from inbox.store.tables import Teammate

LAST = say("Somebody must be able to change settings: make another teammate a founder first.")


def disable(work: Work, teammate_id: int, by: int) -> None:
    """Let a teammate go: signed out everywhere, tokens useless. What they wrote stays theirs."""
    leaving = there.teammate(work.session, teammate_id)
    if leaving.disabled_at is not None:
        return
    shifts.hold(work)
    _keep_a_founder(work, leaving)
    leaving.disabled_at = work.now
    teammates.end_sessions_of(work, teammate_id)
    teammates.drop_links(work, "reset", teammate_id)
    doors.drop_steps_of(work, teammate_id)
    notices.forget_browsers_of(work, teammate_id)
    claims.release_all(work, teammate_id, by)
    _end_links_known_to(work, leaving)
    work.announce("teammate.disabled", teammate_id=by, other=teammate_id)
    audit.record(work, by, "teammate.disabled", teammate=teammate_id, name=leaving.name)
    shifts.people_changed(work, by)


def enable(work: Work, teammate_id: int, by: int) -> None:
    """Let a teammate come back."""
    back = there.teammate(work.session, teammate_id)
    if back.disabled_at is not None:
        back.disabled_at = None
        work.announce("teammate.enabled", teammate_id=by, other=teammate_id)
        audit.record(work, by, "teammate.enabled", teammate=teammate_id, name=back.name)
        shifts.people_changed(work, by)


def set_role(work: Work, teammate_id: int, role: str, by: int) -> None:
    """Make a teammate a founder or a member."""
    teammate = there.teammate(work.session, teammate_id)
    if role not in {"founder", "member"}:
        raise RefusedError("A teammate is a founder or a member.")
    if teammate.role == role:
        return
    if role == "member":
        _keep_a_founder(work, teammate)
        _end_links_known_to(work, teammate)
    teammate.role = role
    work.announce("teammate.role", teammate_id=by, other=teammate_id, role=role)
    audit.record(work, by, "teammate.role", teammate=teammate_id, name=teammate.name, role=role)


def reset_link(work: Work, teammate_id: int, by: int | None) -> str:
    """Return the token of a link with which a teammate sets a password, for somebody who knows them to hand over."""
    teammate = there.teammate(work.session, teammate_id)
    audit.record(work, by, "reset.link_made", teammate=teammate_id, name=teammate.name)
    return sign_in.reset_link(work, teammate_id)


def require_factor(work: Work, by: int, *, on: bool) -> None:
    """Ask a second step of everybody from now on, or no longer."""
    if on != (doors.factor_required_since(work.session) is not None):
        doors.require_factor(work, on=on)
        audit.record(work, by, "factor.required" if on else "factor.not_required")


def _end_links_known_to(work: Work, founder: Teammate) -> None:
    """Whoever was a founder may have seen links for others, and must not come in by one as somebody else."""
    doors.revoke_invites_by(work, founder.id or 0)
    if founder.role == "founder":
        teammates.drop_every_link(work, "reset")


def _keep_a_founder(work: Work, leaving: Teammate) -> None:
    others = [one for one in teammates.lock_founders(work) if one.id != leaving.id]
    if leaving.role == "founder" and not others:
        raise RefusedError(LAST)
