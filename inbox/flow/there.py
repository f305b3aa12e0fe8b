"""Who and what is asked for by its number: there, or one sentence that it is not there any more."""

from __future__ import annotations

from inbox.flow.errors import NotFoundError
from inbox.say import say
from inbox.store import accounts, teammates
from inbox.store.db import Session
from inbox.store.tables import Account, Teammate


def teammate(session: Session, teammate_id: int) -> Teammate:
    """Return a teammate, whether or not they still work here. NotFoundError."""
    found = teammates.get(session, teammate_id)
    if found is None:
        raise NotFoundError(say("This teammate is not there any more."))
    return found


def account(session: Session, account_id: int) -> Account:
    """Return an account, paused or not. NotFoundError."""
    found = accounts.get(session, account_id)
    if found is None:
        raise NotFoundError(say("This account is not there any more."))
    return found
