"""A forgotten password: a letter with a link, to an address that only its teammate reads.

Whoever may read the shared inbox must not be able to become somebody else by it. So no such letter goes to an address
that Under24 reads, or by an account whose server keeps what it sends; and a letter that comes back into the inbox
(an alias nobody told us of) makes its link useless: see `came_back`.
"""

from __future__ import annotations

from inbox.flow import audit, letters, tries
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import reset_link
from inbox.say import say
from inbox.store import teammates
from inbox.store.db import Work
from inbox.store.tables import Teammate

KEY = "reset:"


def ask(work: Work, mail: str, address: str) -> tuple[Teammate, str] | None:
    """Return who asks and the token of their link, None when nobody may be told anything. TooManyTriesError.

    RefusedError for an address of the inbox itself; that says nothing about who works here.
    """
    mail = mail.strip().lower()[:254]
    keys = {f"letter:{mail}": tries.LETTERS, f"letters:{tries.place(address)}": tries.LETTERS_ASKED}
    tries.check(work.session, keys, work.now)
    tries.count(work, *keys)
    if letters.reads(work.session, mail):
        raise RefusedError(
            say("Everybody here reads {address}, so no link goes there. Ask a founder for one.", address=mail)
        )
    found = teammates.by_mail(work.session, mail)
    if found is None or found.disabled_at is not None:
        audit.record(work, None, "reset.asked_by_stranger")
        return None
    audit.record(work, None, "reset.asked", teammate=found.id)
    return found, reset_link(work, found.id or 0)


def letter_key(teammate: Teammate, token_hint: str) -> str:
    """Name the letter of a link, so that the link can be found when the letter comes back."""
    return f"{KEY}{teammate.id}:{token_hint}"


def came_back(work: Work, letter: str) -> None:
    """A letter was read by the inbox, where it never should have come: its link opens nothing any more."""
    if letter.startswith(KEY):
        teammate_id = int(letter.split(":")[1])
        teammates.drop_links(work, "reset", teammate_id)
        audit.record(work, None, "reset.came_back", teammate=teammate_id)
