"""API tokens: what a program may do in a teammate's name."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from inbox.flow import audit
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.sign_in import Signed, digest, signed
from inbox.say import say
from inbox.store import teammates
from inbox.store.db import Work
from inbox.store.tables import ApiToken
from inbox.store.tools import clean

SCOPES = ("read", "write", "admin")
"""Read; read and write conversations and people; all that its teammate may do, settings too."""
PREFIX = "u24_"
LONGEST_LIFE = 3650
"""Days."""
SEEN_EVERY = timedelta(minutes=5)


def new_api_token(work: Work, teammate_id: int, name: str, scope: str = "admin", days: int | None = None) -> str:
    """Make an API token; it is shown once and never again. days: how long it works, None for until it is revoked."""
    name = " ".join(clean(name).split())[:100]
    if not name:
        raise RefusedError(say("Name the token after what will use it."))
    if scope not in SCOPES:
        raise RefusedError(say("A token may read, write, or do everything that you may."))
    if days is not None and not 1 <= days <= LONGEST_LIFE:
        raise RefusedError(say("Let it work for between 1 and {n} days.", n=LONGEST_LIFE))
    token = f"{PREFIX}{secrets.token_urlsafe(32)}"
    expires = None if days is None else work.now + timedelta(days=days)
    row = ApiToken(id=digest(token), name=name, teammate_id=teammate_id, created_at=work.now, scope=scope)
    row.ending, row.expires_at = token[-4:], expires
    work.session.add(row)
    work.announce("token.added", teammate_id=teammate_id, name=name)
    audit.record(work, teammate_id, "api_token.added", name=name, scope=scope, ending=row.ending, until=expires)
    return token


def api_who(session: teammates.Reading, token: str, now: datetime) -> tuple[Signed, datetime | None] | None:
    """Return who an API token speaks for, and when it was last seen."""
    found = teammates.token(session, digest(token), now) if token else None
    if found is None:
        return None
    row, teammate = found
    return replace(signed(teammate, "", teammate.created_at), scope=row.scope), row.used_at


def used(work: Work, token: str) -> None:
    """Remember that a token is in use; call it when it was last seen SEEN_EVERY ago."""
    teammates.token_used(work, digest(token))


def revoke_api_token(work: Work, by: int, token_digest: bytes, *, anyones: bool = False) -> None:
    """Make an API token useless; NotFoundError when it is not one's own. anyones: a founder may revoke any."""
    row = work.session.get(ApiToken, token_digest)
    if row is None or row.revoked_at is not None or not (anyones or row.teammate_id == by):
        raise NotFoundError(say("This token is not there any more."))
    row.revoked_at = work.now
    work.announce("token.revoked", teammate_id=by, name=row.name)
    audit.record(work, by, "api_token.revoked", name=row.name, ending=row.ending, teammate=row.teammate_id)
