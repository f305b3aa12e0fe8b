"""Who comes in: the set-up link, passwords, sessions, resets and API tokens.

Every token is 256 random bits and stored as its SHA-256. A password is checked outside any transaction (it takes 20 ms
by design), so `sign_in` is given the store and opens its own.
"""

from __future__ import annotations

import hashlib
import math
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from inbox.flow.errors import FlowError, NotFoundError, RefusedError
from inbox.say import say
from inbox.store import teammates
from inbox.store.db import Store, Work
from inbox.store.tables import ApiToken, Link, Session, Teammate

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
IDLE = timedelta(hours=12)
LONGEST = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)
SETUP_LIFE = timedelta(days=7)
RESET_LIFE = timedelta(hours=24)
WINDOW = timedelta(minutes=15)
TRIES_OF_ACCOUNT = 8
TRIES_OF_ADDRESS = 30
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024

_MAIL = re.compile(r"[^@\s\x00-\x1f\x7f]{1,64}@[^@\s\x00-\x1f\x7f]{1,190}")
_NOBODY = HASHER.hash(secrets.token_urlsafe(16))
WRONG = say("This mail address and password do not belong together.")
USED_UP = say("This link was used already or is too old. Ask a founder for a new one.")


class TooManyTriesError(FlowError):
    """There were too many wrong tries. Wait a while, then try again."""

    def __init__(self, retry_after: int) -> None:
        """retry_after: seconds."""
        minutes = math.ceil(retry_after / 60)
        super().__init__(say("There were too many wrong tries. Try again in {n} min.", n=minutes))
        self.retry_after = retry_after


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
class Signed:
    """Who is signed in, and the token that their forms carry."""

    id: int
    name: str
    mail: str
    role: str
    csrf: str
    seen_at: datetime
    language: str = ""
    zone: str = ""
    preferences: dict[str, Any] = field(default_factory=dict)

    @property
    def founder(self) -> bool:
        """Whether they may change settings."""
        return self.role == "founder"


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
    if teammates.get(work.session, teammate_id) is None:
        raise NotFoundError("This teammate is not there any more.")
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
    made.password_hash = hash_password(password)
    used.used_at = work.now
    return _id(made)


def add_teammate(work: Work, name: str, mail: str, role: str, by: int | None) -> Teammate:
    """Add a teammate without a password; RefusedError names what is wrong."""
    name, mail = " ".join(name.split()), mail.strip().lower()
    if not name or len(name) > 100:
        raise RefusedError("Give a name of up to 100 letters.")
    if not _MAIL.fullmatch(mail):
        raise RefusedError("This does not look like a mail address.")
    if role not in {"founder", "member"}:
        raise RefusedError("A teammate is a founder or a member.")
    if teammates.by_mail(work.session, mail) is not None:
        raise RefusedError("A teammate with this mail address is here already.")
    made = Teammate(name=name, mail=mail, role=role, created_at=work.now)
    work.session.add(made)
    work.session.flush()
    work.announce("teammate.added", teammate_id=by, added=made.id)
    return made


def hash_password(password: str) -> str:
    """Hash a password that is long enough; RefusedError."""
    if len(password) < SHORTEST_PASSWORD:
        raise RefusedError(say("Use a password of at least {n} characters.", n=SHORTEST_PASSWORD))
    if len(password) > LONGEST_PASSWORD:
        raise RefusedError(say("Use a password of at most {n} characters.", n=LONGEST_PASSWORD))
    return HASHER.hash(password)


def set_password(work: Work, token: str, password: str) -> int:
    """Set a password by a reset link, and sign the teammate out everywhere."""
    used = link(work.session, token, "reset", work.now)
    teammate = teammates.get(work.session, used.teammate_id or 0)
    if teammate is None or teammate.disabled_at is not None:
        raise NotFoundError(USED_UP)
    teammate.password_hash = hash_password(password)
    used.used_at = work.now
    teammates.end_sessions_of(work, _id(teammate))
    work.announce("teammate.password_set", teammate_id=_id(teammate))
    return _id(teammate)


def sign_in(store: Store, given: Try) -> Opened:
    """Open a session; RefusedError(WRONG) and TooManyTriesError tell nothing about which accounts exist."""
    keys = [f"account:{given.mail.strip().lower()[:254]}", f"address:{given.address[:64]}"]
    with store.reading() as session:
        _slow_down(session, keys, store.clock())
        found = teammates.by_mail(session, given.mail)
    if not _fits(found, given.password):
        with store.unit_of_work() as work:
            teammates.record_failure(work, keys)
        raise RefusedError(WRONG)
    with store.unit_of_work() as work:
        teammates.forget_failures(work, keys[0])
        return _open(work, _id(found), given)


def open_session(work: Work, teammate_id: int, user_agent: str, old_token: str = "") -> Opened:
    """Open a session without a password, for somebody who just proved themselves by a link."""
    return _open(work, teammate_id, Try("", "", "", user_agent, old_token))


def _slow_down(session: teammates.Reading, keys: list[str], now: datetime) -> None:
    for key, limit in zip(keys, (TRIES_OF_ACCOUNT, TRIES_OF_ADDRESS), strict=True):
        failed = teammates.failures(session, key, now - WINDOW)
        if len(failed) >= limit:
            free_at = failed[len(failed) - limit] + WINDOW
            raise TooManyTriesError(max(1, math.ceil((free_at - now).total_seconds())))


def _fits(teammate: Teammate | None, password: str) -> bool:
    """Check a password; somebody unknown takes as long as somebody known."""
    stored = teammate.password_hash if teammate and teammate.disabled_at is None else ""
    try:
        HASHER.verify(stored or _NOBODY, password[:LONGEST_PASSWORD])
        return stored != ""
    except (VerificationError, InvalidHashError):
        return False


def _open(work: Work, teammate_id: int, given: Try) -> Opened:
    """Make a new session id, never re-use the one the browser came with."""
    if given.old_token:
        teammates.end_session(work, digest(given.old_token))
    teammates.sweep_sessions(work)
    token = secrets.token_urlsafe(32)
    work.session.add(
        Session(
            id=digest(token),
            teammate_id=teammate_id,
            csrf=secrets.token_urlsafe(24),
            user_agent=given.user_agent[:300],
            created_at=work.now,
            seen_at=work.now,
            expires_at=work.now + LONGEST,
        )
    )
    return Opened(token, teammate_id)


def who(session: teammates.Reading, token: str, now: datetime) -> Signed | None:
    """Return who a cookie belongs to, None when its session is unknown, idle for too long or over."""
    found = teammates.signed_in(session, digest(token)) if token else None
    if found is None:
        return None
    opened, teammate = found
    if now >= opened.expires_at or now >= opened.seen_at + IDLE:
        return None
    return _signed(teammate, opened.csrf, opened.seen_at)


def still_here(work: Work, token: str) -> None:
    """Remember that a session is in use; call it when `seen_at` is older than SEEN_EVERY."""
    teammates.seen(work, digest(token))


def sign_out(work: Work, token: str) -> None:
    """End a session."""
    teammates.end_session(work, digest(token))


def new_api_token(work: Work, teammate_id: int, name: str) -> str:
    """Make an API token; it is shown once and never again."""
    name = " ".join(name.split())[:100]
    if not name:
        raise RefusedError("Name the token after what will use it.")
    token = f"u24_{secrets.token_urlsafe(32)}"
    work.session.add(ApiToken(id=digest(token), name=name, teammate_id=teammate_id, created_at=work.now))
    work.announce("token.added", teammate_id=teammate_id, name=name)
    return token


def api_who(session: teammates.Reading, token: str) -> Signed | None:
    """Return who an API token speaks for."""
    found = teammates.token(session, digest(token)) if token else None
    if found is None:
        return None
    _, teammate = found
    return _signed(teammate, "", teammate.created_at)


def revoke_api_token(work: Work, teammate_id: int, token_digest: bytes) -> None:
    """Make one of a teammate's API tokens useless; NotFoundError when it is not theirs."""
    row = work.session.get(ApiToken, token_digest)
    if row is None or row.teammate_id != teammate_id or row.revoked_at is not None:
        raise NotFoundError("This token is not there any more.")
    row.revoked_at = work.now
    work.announce("token.revoked", teammate_id=teammate_id, name=row.name)


def _signed(teammate: Teammate, csrf: str, seen_at: datetime) -> Signed:
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
    )


def _id(teammate: Teammate | None) -> int:
    if teammate is None or teammate.id is None:
        raise NotFoundError("This teammate is not there any more.")
    return teammate.id
