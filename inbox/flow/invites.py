"""Asking somebody to join: a link, good once and for a week, which makes a teammate of whoever opens it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from inbox.flow import audit, passwords
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.sign_in import USED_UP, digest, free_mail, known_name, known_role
from inbox.say import say
from inbox.store import doors, teammates
from inbox.store.db import Work
from inbox.store.tables import Invite, Teammate

LIFE = timedelta(days=7)
MOST_OPEN = 100
GONE = say("This invitation is not there any more.")


def invite(work: Work, mail: str, role: str, by: int) -> tuple[Invite, str]:
    """Ask somebody to join; returns the invitation and the token of its link. RefusedError."""
    mail, role = free_mail(work.session, mail), known_role(role)
    if doors.invite_of(work.session, mail) is not None:
        raise RefusedError(say("{mail} was invited already. Send that invitation again instead.", mail=mail))
    if len(doors.open_invites(work.session)) >= MOST_OPEN:
        raise RefusedError(say("{n} invitations are open. Take some back first.", n=MOST_OPEN))
    token = secrets.token_urlsafe(32)
    made = Invite(
        digest=digest(token), mail=mail, role=role, invited_by=by, created_at=work.now, expires_at=work.now + LIFE
    )
    work.session.add(made)
    work.session.flush()
    audit.record(work, by, "invite.sent", invite=made.id, mail=mail, role=role)
    work.announce("teammate.invited", teammate_id=by, invite=made.id)
    return made, token


def again(work: Work, invite_id: int, by: int) -> tuple[Invite, str]:
    """Make a new link for an open invitation, good for a week; the one before stops working."""
    found = _open(work, invite_id)
    token = secrets.token_urlsafe(32)
    found.digest, found.expires_at, found.invited_by = digest(token), work.now + LIFE, by
    audit.record(work, by, "invite.sent_again", invite=invite_id, mail=found.mail)
    return found, token


def revoke(work: Work, invite_id: int, by: int) -> None:
    """Take an invitation back: its link stops working."""
    found = _open(work, invite_id)
    found.revoked_at = work.now
    audit.record(work, by, "invite.revoked", invite=invite_id, mail=found.mail)


def look(session: teammates.Reading, token: str, now: datetime) -> Invite:
    """Return the invitation of a link that can be used now; NotFoundError."""
    found = doors.invite(session, digest(token), now) if token else None
    if found is None or teammates.by_mail(session, found.mail) is not None:
        raise NotFoundError(USED_UP)
    return found


def accept(work: Work, token: str, name: str, password: str) -> int:
    """Make the teammate, who chose a name and a password; returns their id. NotFoundError | RefusedError."""
    found = look(work.session, token, work.now)
    name, hashed = known_name(name), passwords.hashed(password)
    locked = doors.lock_invite(work, found.id or 0)
    if locked is None or locked.digest != digest(token):
        raise NotFoundError(USED_UP)
    made = Teammate(name=name, mail=locked.mail, role=locked.role, created_at=work.now, password_hash=hashed)
    work.session.add(made)
    work.session.flush()
    locked.accepted_at, locked.teammate_id = work.now, made.id
    work.announce("teammate.added", teammate_id=made.id, added=made.id)
    audit.record(work, made.id, "invite.accepted", invite=locked.id, mail=locked.mail, role=locked.role)
    return made.id or 0


def _open(work: Work, invite_id: int) -> Invite:
    found = doors.lock_invite(work, invite_id)
    if found is None:
        raise NotFoundError(GONE)
    return found
