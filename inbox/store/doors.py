"""Named questions about invitations, steps of signing in, second factors and passkeys."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session as Reading
from sqlmodel import col, select

from inbox.store.db import Work
from inbox.store.tables import Invite, Link, Passkey, RecoveryCode, Setting, Step, Teammate, Totp

REQUIRED = "second_factor_required_since"
INVITES_SHOWN = 200
LONGEST_LINK = timedelta(days=7)


def add_step(work: Work, step: Step) -> None:
    """Keep a step, and forget those that are over."""
    work.session.execute(sa.delete(Step).where(col(Step.expires_at) <= work.now))
    work.session.add(step)


def step(session: Reading, digest: bytes, purpose: str, now: datetime) -> Step | None:
    """Return a step that can be taken now."""
    query = select(Step).where(Step.id == digest, Step.purpose == purpose, Step.expires_at > now)
    return session.exec(query).first()


def take_step(work: Work, digest: bytes, purpose: str) -> Step | None:
    """Return a step that can be taken now, and let nobody else take it."""
    found = step(work.session, digest, purpose, work.now)
    if found is None:
        return None
    gone = work.session.execute(sa.delete(Step).where(col(Step.id) == digest))
    work.session.expunge(found)
    return found if gone.rowcount else None  # type: ignore[attr-defined]


def drop_steps_of(work: Work, teammate_id: int) -> None:
    """Forget what a teammate had begun."""
    work.session.execute(sa.delete(Step).where(col(Step.teammate_id) == teammate_id))


def has_factor(session: Reading, teammate_id: int) -> bool:
    """Whether a teammate has a second factor: a confirmed authenticator app, or a passkey."""
    app = sa.select(col(Totp.teammate_id)).where(
        col(Totp.teammate_id) == teammate_id, col(Totp.confirmed_at).is_not(None)
    )
    key = sa.select(col(Passkey.id)).where(col(Passkey.teammate_id) == teammate_id)
    return session.execute(app).first() is not None or session.execute(key.limit(1)).first() is not None


def with_factor(session: Reading) -> set[int]:
    """Return every teammate who has a second factor; a team is small."""
    apps = sa.select(col(Totp.teammate_id)).where(col(Totp.confirmed_at).is_not(None))
    return set(session.execute(sa.union(apps, sa.select(col(Passkey.teammate_id)))).scalars())


def factor_required_since(session: Reading) -> datetime | None:
    """Return since when everybody must have a second factor, None when nobody must."""
    found = session.get(Setting, REQUIRED)
    return datetime.fromisoformat(found.value) if found and found.value else None


def require_factor(work: Work, *, on: bool) -> None:
    """Require a second factor of everybody from now on, or no longer."""
    work.session.merge(Setting(key=REQUIRED, value=work.now.isoformat() if on else None))


def totp(session: Reading, teammate_id: int) -> Totp | None:
    """Return a teammate's authenticator app, confirmed or not."""
    return session.get(Totp, teammate_id)


def lock_totp(work: Work, teammate_id: int) -> Totp | None:
    """Return it, and let no other try a code at the same time."""
    return work.session.get(Totp, teammate_id, with_for_update=True, populate_existing=True)


def put_totp(work: Work, row: Totp) -> None:
    """Keep a new secret in the place of the one before."""
    drop_totp(work, row.teammate_id)
    work.session.add(row)
    work.session.flush()


def drop_totp(work: Work, teammate_id: int) -> bool:
    """Forget a teammate's authenticator app; whether there was one."""
    found = work.session.get(Totp, teammate_id)
    if found is None:
        return False
    work.session.delete(found)
    work.session.flush()
    return True


def put_codes(work: Work, teammate_id: int, digests: list[bytes]) -> None:
    """Keep new recovery codes in the place of those before."""
    drop_codes(work, teammate_id)
    rows = [{"id": one, "teammate_id": teammate_id, "created_at": work.now, "used_at": None} for one in digests]
    work.insert(RecoveryCode, rows)


def drop_codes(work: Work, teammate_id: int) -> None:
    """Forget a teammate's recovery codes."""
    work.session.execute(sa.delete(RecoveryCode).where(col(RecoveryCode.teammate_id) == teammate_id))


def use_code(work: Work, teammate_id: int, digest: bytes) -> bool:
    """Use a recovery code up; False when it is not one, or was used."""
    mine = sa.update(RecoveryCode).where(
        col(RecoveryCode.id) == digest,
        col(RecoveryCode.teammate_id) == teammate_id,
        col(RecoveryCode.used_at).is_(None),
    )
    return bool(work.session.execute(mine.values(used_at=work.now)).rowcount)  # type: ignore[attr-defined]


def codes_left(session: Reading, teammate_id: int) -> int:
    """Count the recovery codes that can still be used."""
    query = sa.select(sa.func.count()).where(
        col(RecoveryCode.teammate_id) == teammate_id, col(RecoveryCode.used_at).is_(None)
    )
    return session.execute(query).scalar() or 0


def passkeys_of(session: Reading, teammate_id: int) -> list[Passkey]:
    """Return a teammate's passkeys, the oldest first."""
    query = select(Passkey).where(Passkey.teammate_id == teammate_id).order_by(col(Passkey.id))
    return list(session.exec(query).all())


def passkey(session: Reading, credential: bytes) -> tuple[Passkey, Teammate] | None:
    """Return a passkey with its teammate, None when they may not work here any more."""
    query = (
        select(Passkey, Teammate)
        .join(Teammate, col(Teammate.id) == col(Passkey.teammate_id))
        .where(Passkey.credential == credential, col(Teammate.disabled_at).is_(None))
    )
    found = session.exec(query).first()
    return (found[0], found[1]) if found else None


def drop_passkeys(work: Work, teammate_id: int, passkey_id: int | None = None) -> list[str]:
    """Forget one passkey of a teammate, or all; returns their names."""
    wanted = sa.delete(Passkey).where(col(Passkey.teammate_id) == teammate_id)
    if passkey_id is not None:
        wanted = wanted.where(col(Passkey.id) == passkey_id)
    return list(work.session.execute(wanted.returning(col(Passkey.name))).scalars())


def live_links(session: Reading, now: datetime) -> dict[tuple[str, bytes], int]:
    """Return, by what it opens and the digest of its token, whose each link is that opens a door now; they are few."""
    reset = sa.select(col(Link.id), col(Link.teammate_id)).where(
        col(Link.purpose) == "reset", col(Link.used_at).is_(None), col(Link.expires_at) > now
    )
    asked = sa.select(col(Invite.digest), col(Invite.id)).where(*_open(), col(Invite.expires_at) > now)
    found = {("reset", row[0]): row[1] or 0 for row in session.execute(reset)}
    return found | {("join", row[0]): row[1] for row in session.execute(asked)}


def invite(session: Reading, digest: bytes, now: datetime) -> Invite | None:
    """Return an invitation that can be accepted now."""
    query = select(Invite).where(Invite.digest == digest, *_open(), Invite.expires_at > now)
    return session.exec(query).first()


def lock_invite(work: Work, invite_id: int) -> Invite | None:
    """Return an invitation that is neither accepted nor revoked, for a change."""
    found = work.session.get(Invite, invite_id, with_for_update=True, populate_existing=True)
    return found if found and found.accepted_at is None and found.revoked_at is None else None


def open_invites(session: Reading) -> list[Invite]:
    """Return who was asked and has not come yet, the newest first; also those whose link is too old."""
    query = select(Invite).where(*_open()).order_by(col(Invite.id).desc()).limit(INVITES_SHOWN)
    return list(session.exec(query).all())


def invite_of(session: Reading, mail: str) -> Invite | None:
    """Return the open invitation of an address."""
    return session.exec(select(Invite).where(Invite.mail == mail, *_open())).first()


def revoke_invites_by(work: Work, teammate_id: int) -> None:
    """Let no invitation of somebody who left work any more."""
    mine = sa.update(Invite).where(col(Invite.invited_by) == teammate_id, *_open())
    work.session.execute(mine.values(revoked_at=work.now))


def _open() -> tuple[sa.ColumnElement[bool], ...]:
    return (col(Invite.accepted_at).is_(None), col(Invite.revoked_at).is_(None))
