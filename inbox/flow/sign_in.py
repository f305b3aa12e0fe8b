"""Who comes in: the set-up link, passwords, sessions and resets. What comes after a password: inbox.flow.factors.

Every token is 256 random bits and stored as its SHA-256. A password is checked outside any transaction (it takes 20 ms
by design), so `sign_in` is given the store and opens its own.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from inbox.flow import audit, passwords, there, tries
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import doors, notices, teammates
from inbox.store.db import Store, Work
from inbox.store.tables import Link, Session, Step, Teammate
from inbox.store.tools import clean

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)
SETUP_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=24)
STEP_LIFE = timedelta(minutes=10)
SURE_FOR = timedelta(minutes=10)
GRACE = timedelta(days=7)

_MAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,190}")
WRONG = say("This mail address and password do not belong together.")
USED_UP = say("This link was used already or is too old. Ask a founder for a new one.")


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody at the door. address: the network address they come from."""

    mail: str
    password: str
    address: str
    user_agent: str = ""
    old_token: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session: the cookie's value, and who it is."""

    token: str
    teammate_id: int


@dataclass(frozen=True, slots=True)
class Halfway:
    """The password was right; the second factor is still to come. token: of the step."""

    token: str
    teammate_id: int


@dataclass(frozen=True, slots=True)
class Signed:
    """Who is signed in, and the token that their forms carry.

    proved_at: when they last gave a password or a passkey here. factor_by: until when they must have a second factor,
    None when they have one or need none. scope: what an API token may do; a browser may do all.
    """

    id: int
    name: str
    mail: str
    role: str
    csrf: str
    seen_at: datetime
    language: str = ""
    zone: str = ""
    preferences: dict[str, Any] = field(default_factory=dict)
    proved_at: datetime | None = None
    factor_by: datetime | None = None
    scope: str = "admin"

    @property
    def founder(self) -> bool:
        """Whether they may change settings."""
        return self.role == "founder" and self.scope == "admin"

    def sure(self, now: datetime) -> bool:
        """Whether they proved so lately who they are that they may change how they sign in."""
        return self.proved_at is not None and now < self.proved_at + SURE_FOR


def digest(token: str) -> bytes:
    """Return what of a token is stored."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def setup_link(work: Work) -> str | None:
    """Return the token of a fresh set-up link, None once a founder exists. Earlier ones stop working."""
    if teammates.any_founder(work.session):
        return None
    return _new_link(work, "setup", None, SETUP_LIFE)


def reset_link(work: Work, teammate_id: int) -> str:
    """Return the token of a link that lets a teammate set a password. Earlier ones stop working."""
    there.teammate(work.session, teammate_id)
    return _new_link(work, "reset", teammate_id, RESET_LIFE)


def _new_link(work: Work, purpose: str, teammate_id: int | None, life: timedelta) -> str:
    token = secrets.token_urlsafe(32)
    teammates.drop_links(work, purpose, teammate_id)
    expires = work.now + life
    row = Link(id=digest(token), purpose=purpose, teammate_id=teammate_id, created_at=work.now, expires_at=expires)
    work.session.add(row)
    work.session.flush()
    return token


def link(session: teammates.Reading, token: str, purpose: str, now: datetime) -> Link:
    """Return a link that can be used now; NotFoundError."""
    found = teammates.link(session, digest(token), purpose, now) if token else None
    if found is None:
        raise NotFoundError(USED_UP)
    return found


def set_up(work: Work, token: str, name: str, mail: str, password: str) -> int:
    """Make the first founder. The link works once, and only while there is none."""
    used = link(work.session, token, "setup", work.now)
    if teammates.any_founder(work.session):
        raise NotFoundError(USED_UP)
    made = add_teammate(work, name, mail, "founder", None)
    made.password_hash = passwords.hashed(password)
    used.used_at = work.now
    audit.record(work, _id(made), "house.set_up")
    return _id(made)


def add_teammate(work: Work, name: str, mail: str, role: str, by: int | None) -> Teammate:
    """Add a teammate without a password; RefusedError names what is wrong."""
    name, mail = known_name(name), free_mail(work.session, mail)
    made = Teammate(name=name, mail=mail, role=known_role(role), created_at=work.now)
    work.session.add(made)
    work.session.flush()
    work.announce("teammate.added", teammate_id=by, added=made.id)
    audit.record(work, by, "teammate.added", teammate=made.id, name=name, role=role)
    return made


def known_name(name: str) -> str:
    """Return a name without odd spaces; RefusedError."""
    name = " ".join(name.split())
    if not name or len(name) > 100:
        raise RefusedError(say("Give a name of up to 100 letters."))
    return name


def known_role(role: str) -> str:
    """Return a role that exists; RefusedError."""
    if role not in {"founder", "member"}:
        raise RefusedError(say("A teammate is a founder or a member."))
    return role


def free_mail(session: teammates.Reading, mail: str) -> str:
    """Return a mail address that nobody here signs in with; RefusedError."""
    mail = mail.strip().lower()
    if not _MAIL.fullmatch(mail):
        raise RefusedError(say("This does not look like a mail address."))
    if teammates.by_mail(session, mail) is not None:
        raise RefusedError(say("A teammate with this mail address is here already."))
    return mail


def set_password(work: Work, token: str, password: str) -> int:
    """Set a password by a reset link. Whoever had the old one is out: browsers, push, steps, tokens."""
    used = link(work.session, token, "reset", work.now)
    teammate = teammates.get(work.session, used.teammate_id or 0)
    if teammate is None or teammate.disabled_at is not None:
        raise NotFoundError(USED_UP)
    first = not teammate.password_hash
    teammate.password_hash = passwords.hashed(password)
    used.used_at = work.now
    teammates.end_sessions_of(work, _id(teammate))
    doors.drop_steps_of(work, _id(teammate))
    notices.forget_browsers_of(work, _id(teammate))
    revoked = 0 if first else teammates.revoke_tokens_of(work, _id(teammate))
    work.announce("teammate.password_set", teammate_id=_id(teammate))
    audit.record(work, _id(teammate), "password.set" if first else "password.reset", tokens_revoked=revoked)
    return _id(teammate)


def sign_in(store: Store, given: Try) -> Opened | Halfway:
    """Open a session, or go halfway; RefusedError(WRONG) and TooManyTriesError tell nothing about who exists."""
    mail = clean(given.mail)
    keys = passwords.keys(mail, given.address)
    with store.unit_of_work() as work:
        tries.claim(work, keys)
        found = teammates.by_mail(work.session, mail)
    if not passwords.fits(found, given.password):
        with store.unit_of_work() as work:
            audit.record(work, None, "sign_in.failed", teammate=found.id if found else None)
        raise RefusedError(WRONG)
    with store.unit_of_work() as work:
        tries.give_back(work, *keys)
        tries.forget(work, next(iter(keys)))
        return go_on(work, _id(found), given)


def go_on(work: Work, teammate_id: int, given: Try, how: str = "password") -> Opened | Halfway:
    """After a right password or link: open the session, unless a second factor must come first."""
    if not doors.has_factor(work.session, teammate_id):
        return open_session(work, teammate_id, given.user_agent, given.old_token, given.address, how)
    token = secrets.token_urlsafe(32)
    doors.add_step(
        work,
        Step(
            id=digest(token),
            purpose="second",
            teammate_id=teammate_id,
            created_at=work.now,
            expires_at=work.now + STEP_LIFE,
        ),
    )
    return Halfway(token, teammate_id)


def open_session(
    work: Work, teammate_id: int, user_agent: str, old_token: str = "", address: str = "", how: str = "password"
) -> Opened:
    """Make a new session id, never re-use the one the browser came with. how: what they proved themselves by."""
    if old_token:
        teammates.end_session(work, digest(old_token))
    teammates.sweep_sessions(work)
    token = secrets.token_urlsafe(32)
    work.session.add(
        Session(
            id=digest(token),
            teammate_id=teammate_id,
            csrf=secrets.token_urlsafe(24),
            user_agent=clean(user_agent)[:300],
            address=clean(address)[:64],
            created_at=work.now,
            seen_at=work.now,
            proved_at=work.now,
            expires_at=work.now + LONGEST,
        )
    )
    audit.record(work, teammate_id, "sign_in.done", means=how)
    return Opened(token, teammate_id)


def proved(work: Work, token: str) -> None:
    """Remember that the person at this browser just proved again who they are."""
    teammates.proved(work, digest(token))


def who(session: teammates.Reading, token: str, now: datetime) -> Signed | None:
    """Return who a cookie belongs to, None when its session is unknown, idle for too long or over."""
    found = teammates.signed_in(session, digest(token)) if token else None
    if found is None:
        return None
    opened, teammate = found
    if now >= opened.expires_at or now >= opened.seen_at + IDLE:
        return None
    return replace(
        signed(teammate, opened.csrf, opened.seen_at, factor_due(session, _id(teammate))), proved_at=opened.proved_at
    )


def factor_due(session: teammates.Reading, teammate_id: int) -> datetime | None:
    """Return until when a teammate without a second factor must have one."""
    since = doors.factor_required_since(session)
    if since is None or doors.has_factor(session, teammate_id):
        return None
    return since + GRACE


def still_here(work: Work, token: str) -> None:
    """Remember that a session is in use; call it when `seen_at` is older than SEEN_EVERY."""
    teammates.seen(work, digest(token))


def sign_out(work: Work, token: str, by: int | None = None) -> None:
    """End a session."""
    audit.record(work, by, "sign_in.ended")
    teammates.end_session(work, digest(token))


def signed(teammate: Teammate, csrf: str, seen_at: datetime, factor_by: datetime | None = None) -> Signed:
    """Return who a teammate is, for the screens."""
    return Signed(
        _id(teammate),
        teammate.name,
        teammate.mail,
        teammate.role,
        csrf,
        seen_at,
        teammate.language,
        teammate.zone,
        teammate.preferences,
        factor_by=factor_by,
    )


def _id(teammate: Teammate | None) -> int:
    if teammate is None or teammate.id is None:
        raise NotFoundError(say("This teammate is not there any more."))
    return teammate.id
