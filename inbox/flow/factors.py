"""The second factor: an authenticator app (TOTP, RFC 6238), and recovery codes for the day the phone is lost."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

import pyotp

from inbox.flow import audit, there, tries
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.sign_in import Opened, Try, digest, open_session
from inbox.say import say
from inbox.store import doors, teammates
from inbox.store.db import Store, Work
from inbox.store.tables import Step, Totp
from inbox.vault import Vault

STEP = 30
"""Seconds for which a code counts (RFC 6238, 5.2)."""
SLACK = 1
"""So many steps before and after the present one are taken as well: clocks differ, and typing takes its time."""
CODES = 10
"""Recovery codes of one person; each opens the door once."""
WRONG_CODE = say("This code is not right, or was used already. Wait for the next one.")
TOO_LATE = say("That took too long. Begin again with your password.")


def begin_totp(work: Work, vault: Vault, teammate_id: int) -> str:
    """Make a secret for an authenticator app; it protects nothing until a code of it was given."""
    known = doors.totp(work.session, teammate_id)
    if known is not None and known.confirmed_at is not None:
        raise RefusedError(say("You have an authenticator app already. Take it off first."))
    secret = base64.b32encode(secrets.token_bytes(20)).decode()
    sealed = vault.lock({"totp": secret})
    doors.put_totp(work, Totp(teammate_id=teammate_id, sealed=sealed, created_at=work.now))
    return secret


def unconfirmed(session: teammates.Reading, vault: Vault, teammate_id: int) -> str | None:
    """Return the secret that still waits for its first code."""
    row = doors.totp(session, teammate_id)
    return vault.unlock(row.sealed)["totp"] if row is not None and row.confirmed_at is None else None


def address_of(secret: str, mail: str) -> str:
    """Return what the picture says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=mail, issuer_name="Under24")


def confirm_totp(work: Work, vault: Vault, teammate_id: int, code: str) -> list[str]:
    """Take the app into use. Returns fresh recovery codes when it is the first second factor, else []."""
    row = doors.lock_totp(work, teammate_id)
    if row is None or row.confirmed_at is not None:
        raise NotFoundError(say("There is nothing to confirm. Begin again."))
    step = _step(vault, row, code, work.now)
    if step is None:
        raise RefusedError(WRONG_CODE)
    row.last_step, row.confirmed_at = step, work.now
    work.session.add(row)
    audit.record(work, teammate_id, "factor.added", factor="totp")
    return new_codes(work, teammate_id) if doors.codes_left(work.session, teammate_id) == 0 else []


def drop_totp(work: Work, teammate_id: int, by: int) -> None:
    """Take the authenticator app off."""
    if doors.drop_totp(work, teammate_id):
        audit.record(work, by, "factor.removed", factor="totp", teammate=teammate_id)
    _tidy(work, teammate_id)


def drop_passkey(work: Work, teammate_id: int, passkey_id: int) -> None:
    """Take one of one's own passkeys off."""
    names = doors.drop_passkeys(work, teammate_id, passkey_id)
    if not names:
        raise NotFoundError(say("This passkey is not there any more."))
    audit.record(work, teammate_id, "factor.removed", factor="passkey", name=names[0])
    _tidy(work, teammate_id)


def drop_all(work: Work, teammate_id: int, by: int | None) -> None:
    """Take every second factor off somebody who lost theirs, and sign them out everywhere."""
    lost = there.teammate(work.session, teammate_id)
    doors.drop_totp(work, teammate_id)
    doors.drop_passkeys(work, teammate_id)
    doors.drop_steps_of(work, teammate_id)
    teammates.end_sessions_of(work, teammate_id)
    _tidy(work, teammate_id)
    audit.record(work, by, "factor.all_removed", teammate=teammate_id, name=lost.name)


def _tidy(work: Work, teammate_id: int) -> None:
    """Recovery codes stand for a second factor; with none left, they stand for nothing."""
    if not doors.has_factor(work.session, teammate_id):
        doors.drop_codes(work, teammate_id)


def new_codes(work: Work, teammate_id: int) -> list[str]:
    """Make fresh recovery codes, shown once; those before stop working."""
    codes = [_readable(secrets.token_bytes(10)) for _ in range(CODES)]
    doors.put_codes(work, teammate_id, [_code_digest(teammate_id, code) for code in codes])
    audit.record(work, teammate_id, "factor.codes_made")
    return codes


def _readable(random: bytes) -> str:
    """Write 80 bits in four groups of letters and digits that nobody mistakes for another."""
    letters = base64.b32encode(random).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))


def _code_digest(teammate_id: int, code: str) -> bytes:
    """Return what of a recovery code is stored: 80 random bits need no slow hash."""
    return digest(f"recovery:{teammate_id}:{''.join(code.lower().split()).replace('-', '')}")


def second(store: Store, token: str) -> Step:
    """Return the step of somebody halfway in; NotFoundError when it is over."""
    with store.reading() as session:
        found = doors.step(session, digest(token), "second", store.clock()) if token else None
    if found is None:
        raise NotFoundError(TOO_LATE)
    return found


def finish(store: Store, vault: Vault, token: str, code: str, given: Try) -> Opened:
    """Open the session of somebody halfway in, by a code of their app or a recovery code."""
    teammate_id = second(store, token).teammate_id or 0
    keys = {f"code:{teammate_id}": tries.CODES, tries.place(given.address): tries.STRANGERS}
    right = False
    with store.unit_of_work() as work:
        row = doors.lock_totp(work, teammate_id)
        teammates.lock_tries(work, list(keys))
        tries.check(work.session, keys, work.now)
        how = _how(work, vault, teammate_id, row, code)
        right = how != "" and doors.take_step(work, digest(token), "second") is not None
        if right:
            tries.forget(work, f"code:{teammate_id}")
            return open_session(work, teammate_id, given.user_agent, given.old_token, given.address, how)
        tries.count(work, *keys)
        audit.record(work, None, "sign_in.wrong_code", teammate=teammate_id)
    raise RefusedError(WRONG_CODE)


def _how(work: Work, vault: Vault, teammate_id: int, row: Totp | None, code: str) -> str:
    """Return what a code is, "" when it is wrong; a right one is used up."""
    if row is not None and row.confirmed_at is not None:
        step = _step(vault, row, code, work.now)
        if step is not None:
            row.last_step = step
            work.session.add(row)
            return "password and code"
    if doors.use_code(work, teammate_id, _code_digest(teammate_id, code[:100])):
        audit.record(work, teammate_id, "factor.code_used", left=doors.codes_left(work.session, teammate_id))
        return "password and recovery code"
    return ""


def _step(vault: Vault, row: Totp, code: str, now: datetime) -> int | None:
    """Return which step's code this is, None for none, or for one that is not newer than the last that was taken."""
    given = "".join(code.split())
    if not (given.isascii() and given.isdigit() and len(given) == 6):
        return None
    app = pyotp.TOTP(vault.unlock(row.sealed)["totp"])
    present = int(now.timestamp()) // STEP
    for step in range(present - SLACK, present + SLACK + 1):
        if hmac.compare_digest(app.generate_otp(step), given) and step > row.last_step:
            return step
    return None
