"""Named questions about teammates, their sessions, one-time links, API tokens and failed sign-ins."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session as _Reading
from sqlmodel import col, select

from inbox.store.db import Work
from inbox.store.tables import ApiToken, Attempt, Link, Session, Teammate

Reading = _Reading
"""A transaction that only reads; the word Session is a browser's here."""

ATTEMPTS_KEPT = timedelta(days=1)
SESSIONS_SHOWN = 100


def everyone(session: Reading) -> list[Teammate]:
    """Return every teammate, also those who left, by name."""
    return list(session.exec(select(Teammate).order_by(col(Teammate.name), col(Teammate.id))).all())


def active(session: Reading) -> list[Teammate]:
    """Return who can take conversations, by name."""
    query = select(Teammate).where(col(Teammate.disabled_at).is_(None))
    return list(session.exec(query.order_by(col(Teammate.name), col(Teammate.id))).all())


def lock_founders(work: Work) -> list[Teammate]:
    """Return who may change settings, and let nobody else end that at the same time."""
    query = select(Teammate).where(Teammate.role == "founder", col(Teammate.disabled_at).is_(None))
    return list(work.session.exec(query.order_by(col(Teammate.id)).with_for_update()).all())


def get(session: Reading, teammate_id: int) -> Teammate | None:
    """Return one teammate."""
    return session.get(Teammate, teammate_id)


def by_mail(session: Reading, mail: str) -> Teammate | None:
    """Return the teammate who signs in with this address."""
    return session.exec(select(Teammate).where(Teammate.mail == mail.strip().lower())).first()


def names(session: Reading) -> dict[int, str]:
    """Return every teammate's name by id; a team is small."""
    return {row[0]: row[1] for row in session.execute(sa.select(col(Teammate.id), col(Teammate.name)))}


def any_founder(session: Reading) -> bool:
    """Whether somebody has set the app up."""
    founder = select(Teammate.id).where(Teammate.role == "founder", col(Teammate.disabled_at).is_(None)).limit(1)
    return session.exec(founder).first() is not None


def signed_in(session: Reading, digest: bytes) -> tuple[Session, Teammate] | None:
    """Return a browser's session with its teammate, None when the teammate may not work here any more."""
    query = (
        select(Session, Teammate)
        .join(Teammate, col(Teammate.id) == col(Session.teammate_id))
        .where(Session.id == digest, col(Teammate.disabled_at).is_(None))
    )
    found = session.exec(query).first()
    return (found[0], found[1]) if found else None


def sessions_of(session: Reading, teammate_id: int, since: datetime | None = None) -> list[Session]:
    """Return where a teammate is signed in, the newest use first. since: only what was used after."""
    query = select(Session).where(Session.teammate_id == teammate_id)
    if since is not None:
        query = query.where(col(Session.seen_at) > since)
    return list(session.exec(query.order_by(col(Session.seen_at).desc()).limit(SESSIONS_SHOWN)).all())


def end_session(work: Work, digest: bytes) -> None:
    """Forget one browser."""
    work.session.execute(sa.delete(Session).where(col(Session.id) == digest))


def end_sessions_of(work: Work, teammate_id: int, but: bytes | None = None) -> int:
    """Sign a teammate out everywhere, but for one browser; returns in how many places they were."""
    theirs = sa.delete(Session).where(col(Session.teammate_id) == teammate_id)
    if but is not None:
        theirs = theirs.where(col(Session.id) != but)
    return int(work.session.execute(theirs).rowcount)  # type: ignore[attr-defined]


def end_session_of(work: Work, teammate_id: int, digest: bytes) -> bool:
    """Forget one browser of a teammate; False when it is not theirs, or was forgotten before."""
    theirs = sa.delete(Session).where(col(Session.teammate_id) == teammate_id, col(Session.id) == digest)
    return bool(work.session.execute(theirs).rowcount)  # type: ignore[attr-defined]


def sweep_sessions(work: Work) -> None:
    """Forget sessions that ended."""
    work.session.execute(sa.delete(Session).where(col(Session.expires_at) <= work.now))


def seen(work: Work, digest: bytes) -> None:
    """Remember that a browser is in use."""
    work.session.execute(sa.update(Session).where(col(Session.id) == digest).values(seen_at=work.now))


def proved(work: Work, digest: bytes) -> None:
    """Remember that the person at a browser gave their password or passkey again."""
    work.session.execute(sa.update(Session).where(col(Session.id) == digest).values(proved_at=work.now))


def link(session: Reading, digest: bytes, purpose: str, now: datetime) -> Link | None:
    """Return a one-time link that can still be used for this purpose."""
    query = select(Link).where(Link.id == digest, Link.purpose == purpose)
    found = session.exec(query.where(col(Link.used_at).is_(None), Link.expires_at > now)).first()
    return found or None


def drop_links(work: Work, purpose: str, teammate_id: int | None) -> None:
    """Make earlier links of this purpose useless: only the newest works."""
    same = col(Link.teammate_id).is_(None) if teammate_id is None else col(Link.teammate_id) == teammate_id
    work.session.execute(sa.delete(Link).where(col(Link.purpose) == purpose, same))


def drop_every_link(work: Work, purpose: str) -> None:
    """Make every link of this purpose useless, whoever it was made for."""
    work.session.execute(sa.delete(Link).where(col(Link.purpose) == purpose))


def token(session: Reading, digest: bytes, now: datetime) -> tuple[ApiToken, Teammate] | None:
    """Return an API token that works, with the teammate it speaks for."""
    expires = col(ApiToken.expires_at)
    query = (
        select(ApiToken, Teammate)
        .join(Teammate, col(Teammate.id) == col(ApiToken.teammate_id))
        .where(ApiToken.id == digest, col(ApiToken.revoked_at).is_(None), col(Teammate.disabled_at).is_(None))
        .where(sa.or_(expires.is_(None), expires > now))
    )
    found = session.exec(query).first()
    return (found[0], found[1]) if found else None


def tokens_of(session: Reading, teammate_id: int) -> list[ApiToken]:
    """Return a teammate's API tokens, the newest first."""
    query = select(ApiToken).where(ApiToken.teammate_id == teammate_id, col(ApiToken.revoked_at).is_(None))
    return list(session.exec(query.order_by(col(ApiToken.created_at).desc())).all())


def tokens(session: Reading, limit: int) -> list[tuple[ApiToken, str]]:
    """Return the API tokens of everybody, with whose they are, the newest first."""
    query = (
        select(ApiToken, Teammate.name)
        .join(Teammate, col(Teammate.id) == col(ApiToken.teammate_id))
        .where(col(ApiToken.revoked_at).is_(None), col(Teammate.disabled_at).is_(None))
    )
    found = session.exec(query.order_by(col(ApiToken.created_at).desc()).limit(limit)).all()
    return [(row[0], row[1]) for row in found]


def token_used(work: Work, digest: bytes) -> None:
    """Remember that an API token is in use."""
    work.session.execute(sa.update(ApiToken).where(col(ApiToken.id) == digest).values(used_at=work.now))


def revoke_tokens_of(work: Work, teammate_id: int) -> int:
    """Make every API token of a teammate useless; returns how many there were."""
    theirs = sa.update(ApiToken).where(col(ApiToken.teammate_id) == teammate_id, col(ApiToken.revoked_at).is_(None))
    return int(work.session.execute(theirs.values(revoked_at=work.now)).rowcount)  # type: ignore[attr-defined]


def failures(session: Reading, key: str, since: datetime) -> list[datetime]:
    """Return when sign-ins under this key failed, oldest first."""
    query = sa.select(col(Attempt.at)).where(col(Attempt.key) == key, col(Attempt.at) > since)
    return list(session.execute(query.order_by(col(Attempt.at))).scalars())


def record_failure(work: Work, keys: list[str]) -> None:
    """Count a failed sign-in under each key, and forget those of yesterday."""
    work.session.execute(sa.delete(Attempt).where(col(Attempt.at) < work.now - ATTEMPTS_KEPT))
    work.session.add_all([Attempt(key=key, at=work.now) for key in keys])


def lock_tries(work: Work, keys: list[str]) -> None:
    """Let nobody else count under these keys until the end; SQLite lets only one write anyway."""
    if work.dialect == "postgresql":
        for key in sorted(keys):
            work.session.execute(sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 24))"), {"key": key})


def drop_newest_try(work: Work, key: str) -> None:
    """Take one try under this key back."""
    newest = sa.select(sa.func.max(col(Attempt.id))).where(col(Attempt.key) == key).scalar_subquery()
    work.session.execute(sa.delete(Attempt).where(col(Attempt.id) == newest))


def forget_failures(work: Work, key: str) -> None:
    """Start counting anew after a sign-in that worked."""
    work.session.execute(sa.delete(Attempt).where(col(Attempt.key) == key))
