"""Passkeys (WebAuthn): a phone, a laptop or a stick that signs a challenge for this address and no other.

A passkey that also checks its person (a finger, a face, a PIN) is something one has and something one is or knows, so
it opens the door alone; we ask for that always. Nobody need type who they are: the passkey says it.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from inbox.flow import audit, tries
from inbox.flow.errors import RefusedError
from inbox.flow.factors import new_codes
from inbox.flow.sign_in import STEP_LIFE, Opened, Signed, Try, digest, open_session
from inbox.say import say
from inbox.store import doors
from inbox.store.db import Store, Work
from inbox.store.tables import Passkey, Step
from inbox.vault import Vault

MOST = 20
LONGEST = 20_000
VERIFIED = UserVerificationRequirement.REQUIRED
NOT_TAKEN = say("This passkey was not taken. Try again, or use your password.")
UNREADABLE = (WebAuthnException, binascii.Error, ValueError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Site:
    """The address that passkeys belong to, as browsers know it."""

    origin: str

    @property
    def id(self) -> str:
        """The host; a passkey of it works on every port and on no other host."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser is asked to sign, and the token of the step that remembers it."""

    options: dict[str, Any]
    token: str


def ask_new(work: Work, vault: Vault, site: Site, me: Signed) -> Asked:
    """Ask for a new passkey."""
    known = doors.passkeys_of(work.session, me.id)
    if len(known) >= MOST:
        raise RefusedError(say("You have {n} passkeys. Take one off first.", n=MOST))
    options = generate_registration_options(
        rp_id=site.id,
        rp_name="Under24",
        user_name=me.mail,
        user_id=_handle(vault, me.id),
        user_display_name=me.name,
        challenge=secrets.token_bytes(32),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=VERIFIED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in known],
    )
    return Asked(options_to_json_dict(options), _remember(work, options.challenge, me.id))


def ask_known(work: Work, site: Site, teammate_id: int | None = None) -> Asked:
    """Ask for a passkey that exists: any of this site, or those of one teammate."""
    mine = [] if teammate_id is None else doors.passkeys_of(work.session, teammate_id)
    options = generate_authentication_options(
        rp_id=site.id,
        challenge=secrets.token_bytes(32),
        allow_credentials=[PublicKeyCredentialDescriptor(id=one.credential) for one in mine],
        user_verification=VERIFIED,
    )
    return Asked(options_to_json_dict(options), _remember(work, options.challenge, teammate_id))


def _remember(work: Work, challenge: bytes, teammate_id: int | None) -> str:
    token = secrets.token_urlsafe(32)
    row = Step(
        id=digest(token),
        purpose="passkey",
        teammate_id=teammate_id,
        data={"challenge": base64.b64encode(challenge).decode()},
        created_at=work.now,
        expires_at=work.now + STEP_LIFE,
    )
    doors.add_step(work, row)
    return token


def add(work: Work, site: Site, me: Signed, token: str, name: str, answer: str) -> list[str]:
    """Keep a new passkey. Returns fresh recovery codes when it is the first second factor, else []."""
    step = doors.take_step(work, digest(token), "passkey")
    if step is None or step.teammate_id != me.id or len(answer) > LONGEST:
        raise RefusedError(NOT_TAKEN)
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=base64.b64decode(step.data["challenge"]),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
        transports = json.loads(answer).get("response", {}).get("transports", [])
    except UNREADABLE as error:
        raise RefusedError(NOT_TAKEN) from error
    if doors.passkey(work.session, made.credential_id) is not None:
        raise RefusedError(NOT_TAKEN)
    name = " ".join(name.split())[:100] or "Passkey"
    work.session.add(
        Passkey(
            credential=made.credential_id,
            teammate_id=me.id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            name=name,
            transports=[str(one)[:20] for one in transports][:8],
            created_at=work.now,
        )
    )
    work.session.flush()
    audit.record(work, me.id, "factor.added", factor="passkey", name=name)
    return new_codes(work, me.id) if doors.codes_left(work.session, me.id) == 0 else []


def sign_in(store: Store, vault: Vault, site: Site, token: str, answer: str, given: Try) -> Opened:
    """Open a session by a passkey alone; RefusedError | TooManyTriesError."""
    key = tries.place(given.address)
    with store.reading() as session:
        tries.check(session, {key: tries.STRANGERS}, store.clock())
    with store.unit_of_work() as work:
        teammate_id = _signed_by(work, vault, site, token, answer)
        if teammate_id is not None:
            doors.drop_steps_of(work, teammate_id)
            return open_session(work, teammate_id, given.user_agent, given.old_token, given.address, "passkey")
        tries.count(work, key)
        audit.record(work, None, "sign_in.failed", means="passkey")
    raise RefusedError(NOT_TAKEN)


def prove(work: Work, vault: Vault, site: Site, me: Signed, token: str, answer: str) -> None:
    """Check a passkey of somebody who is signed in; RefusedError."""
    if _signed_by(work, vault, site, token, answer) != me.id:
        raise RefusedError(NOT_TAKEN)


def _signed_by(work: Work, vault: Vault, site: Site, token: str, answer: str) -> int | None:
    """Return whose passkey signed the challenge of a step, None when it is not right. The step is over either way."""
    step = doors.take_step(work, digest(token), "passkey")
    if step is None or len(answer) > LONGEST:
        return None
    try:
        given = json.loads(answer)
        found = doors.passkey(work.session, base64url_to_bytes(given["rawId"]))
        if found is None or step.teammate_id not in {None, found[0].teammate_id}:
            return None
        handle = given["response"].get("userHandle")
        if handle and base64url_to_bytes(handle) != _handle(vault, found[0].teammate_id):
            return None
        checked = verify_authentication_response(
            credential=answer,
            expected_challenge=base64.b64decode(step.data["challenge"]),
            expected_rp_id=site.id,
            expected_origin=site.origin,
            credential_public_key=found[0].public_key,
            credential_current_sign_count=found[0].sign_count,
            require_user_verification=True,
        )
    except UNREADABLE:
        return None
    row = found[0]
    row.sign_count, row.used_at = checked.new_sign_count, work.now
    work.session.add(row)
    return row.teammate_id


def _handle(vault: Vault, teammate_id: int) -> bytes:
    """Return what a passkey calls its person: nothing that tells a stranger who they are."""
    return vault.sign("passkey", str(teammate_id)).encode()
