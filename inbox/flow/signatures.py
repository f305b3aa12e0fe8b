"""Write signatures: one's own, and the team's for everybody who has none."""

from __future__ import annotations

from inbox.flow import there
from inbox.flow.errors import RefusedError
from inbox.flow.saved_replies import VARIABLES, check_text
from inbox.say import say
from inbox.store import signatures, teammates
from inbox.store.db import Work
from inbox.store.signatures import EVERY
from inbox.store.tools import clean

MOST_LETTERS = 2000
KNOWN = tuple(name for name in VARIABLES if name.startswith(("me.", "account.", "business.")))
UNDO = (0, 5, 10, 15, 30, 60)


def write(work: Work, teammate_id: int, account_id: int, text: str | None, by: int) -> None:
    """Write a teammate's signature (0: everybody's) for an account (0: for every one); None: as the others."""
    if teammate_id not in {EVERY, by}:
        raise RefusedError(say("You can write your own signature, and the team's."))
    if account_id != EVERY:
        there.account(work.session, account_id)
    if text is not None:
        check_text(text, KNOWN, MOST_LETTERS)
    signatures.put(work, teammate_id, account_id, None if text is None else clean(text.strip()))
    work.announce("signature.changed", teammate_id=by, of=teammate_id, account_id=account_id)


def set_undo(work: Work, seconds: int, by: int) -> None:
    """Choose for how long one can take a reply back."""
    teammate = teammates.get(work.session, by)
    if teammate is None or seconds not in UNDO:
        raise RefusedError(say("Choose one of the times that are offered."))
    teammate.preferences = {**teammate.preferences, "undo_seconds": seconds}
    work.announce("teammate.changed", teammate_id=by)
