"""Passwords: how they are kept, checked and changed. Checking takes 20 ms by design: in no transaction."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from inbox.flow import audit, there, tries
from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.store import doors, teammates
from inbox.store.db import Store, Work
from inbox.store.tables import Teammate

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""Argon2id with 19 MiB and two passes: the least that OWASP's Password Storage Cheat Sheet asks for."""
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1024
"""Characters. NIST SP 800-63B asks that 64 be taken at least, and for no rules of what they are."""
_NOBODY = HASHER.hash(secrets.token_urlsafe(16))


def hashed(password: str) -> str:
    """Hash a password that is long enough; RefusedError."""
    if len(password) < SHORTEST_PASSWORD:
        raise RefusedError(say("Use a password of at least {n} characters.", n=SHORTEST_PASSWORD))
    if len(password) > LONGEST_PASSWORD:
        raise RefusedError(say("Use a password of at most {n} characters.", n=LONGEST_PASSWORD))
    return HASHER.hash(password)


def fits(teammate: Teammate | None, password: str) -> bool:
    """Check a password; somebody unknown takes as long as somebody known."""
    stored = teammate.password_hash if teammate and teammate.disabled_at is None else ""
    try:
        HASHER.verify(stored or _NOBODY, password[:LONGEST_PASSWORD])
        return stored != ""
    except (VerificationError, InvalidHashError):
        return False


def keys(mail: str, address: str) -> dict[str, tries.Limit]:
    """Name what wrong passwords are counted by: the account first, then the place."""
    return {f"account:{mail.strip().lower()[:254]}": tries.PASSWORDS, tries.place(address): tries.STRANGERS}


def prove(store: Store, teammate_id: int, password: str, address: str) -> None:
    """Check the password of somebody who is signed in; RefusedError | TooManyTriesError."""
    with store.unit_of_work() as work:
        found = teammates.get(work.session, teammate_id)
        counted = keys(found.mail if found else "", address)
        tries.claim(work, counted)
    right = fits(found, password)
    with store.unit_of_work() as work:
        if right:
            tries.give_back(work, *counted)
        else:
            audit.record(work, teammate_id, "sign_in.not_proved")
    if not right:
        raise RefusedError(say("This is not your password."))


def change(work: Work, teammate_id: int, password: str, keep: bytes, *, tokens: bool) -> int:
    """Set a new password for somebody who proved who they are; every other browser of theirs is signed out.

    keep: the digest of the session that stays. tokens: revoke API tokens as well. Returns how many were revoked.
    """
    teammate = there.teammate(work.session, teammate_id)
    teammate.password_hash = hashed(password)
    teammates.end_sessions_of(work, teammate_id, but=keep)
    teammates.drop_links(work, "reset", teammate_id)
    doors.drop_steps_of(work, teammate_id)
    revoked = teammates.revoke_tokens_of(work, teammate_id) if tokens else 0
    work.announce("teammate.password_set", teammate_id=teammate_id)
    audit.record(work, teammate_id, "password.changed", tokens_revoked=revoked)
    return revoked
