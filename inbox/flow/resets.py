"""A forgotten password: a letter with a link, to an address that only its teammate reads.

Whoever may read the shared inbox must not be able to become somebody else by it. So no such letter goes to an address
that Under24 reads, or by an account whose server keeps what it sends. And when a letter comes back into the inbox all
the same (an alias nobody told us of, a bounce with the original in it), its link dies in the very transaction that
stores it: `overheard`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from itertools import islice

from inbox.flow import audit, letters, tries
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import digest, reset_link
from inbox.say import say
from inbox.store import doors, outbox, teammates
from inbox.store.db import Work
from inbox.store.tables import Teammate
from inbox.store.tools import clean

RESET, INVITE = "reset:", "invite:"
MOST_LINKS = 100
"""Links of one mail that are looked up."""
_LINK = re.compile(rb"(reset|join)(?:/|%2[Ff])([\w-]{43})(?![\w-])")
_CODED = re.compile(rb"^(?:[A-Za-z0-9+/]{40,}\r?\n)+[A-Za-z0-9+/]*={0,2}", re.MULTILINE)


def ask(work: Work, mail: str, address: str) -> tuple[Teammate, str] | None:
    """Return who asks and the token of their link, None when nobody may be told anything. TooManyTriesError.

    RefusedError for an address of the inbox itself; that says nothing about who works here.
    """
    mail = clean(mail.strip().lower())[:254]
    keys = {f"letter:{mail}": tries.LETTERS, f"letters:{tries.place(address)}": tries.LETTERS_ASKED}
    tries.claim(work, keys)
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


def reset_key(teammate_id: int, random: str) -> str:
    """Name the letter of a link for a new password."""
    return f"{RESET}{teammate_id}:{random}"


def invite_key(invite_id: int, random: str) -> str:
    """Name the letter of an invitation."""
    return f"{INVITE}{invite_id}:{random}"


def overheard(work: Work, raws: Iterable[bytes]) -> None:
    """Make links useless whose letters are among what was just received, in whatever mail they are wrapped."""
    live = doors.live_links(work.session, work.now)
    if not live:
        return
    known = outbox.letters_since(work.session, work.now - doors.LONGEST_LINK, (RESET, INVITE))
    signs = {message_id.encode(): key for message_id, key in known.items()}
    for raw in raws:
        for sign, key in signs.items():
            if sign in raw:
                _burn(work, key)
                live = doors.live_links(work.session, work.now)
        for what, token in _links(raw):
            if (whose := live.pop((what, digest(token)), None)) is not None:
                _burn(work, invite_key(whose, "") if what == "join" else reset_key(whose, ""))


def _links(raw: bytes) -> set[tuple[str, str]]:
    """Return what looks like our links in a raw mail: a server may give what it passes on another Message-ID."""
    texts = [re.sub(rb"=\r?\n", b"", raw)]
    texts += [_decoded(block[0]) for block in _CODED.finditer(raw)]
    found = (one for text in texts for one in islice(_LINK.finditer(text), MOST_LINKS))
    return {(one[1].decode(), one[2].decode()) for one in found}


def _decoded(block: bytes) -> bytes:
    signs = b"".join(block.split())
    return base64.b64decode(signs[: len(signs) // 4 * 4])


def _burn(work: Work, key: str) -> None:
    what, _, rest = key.partition(":")
    row_id = int(rest.partition(":")[0])
    if f"{what}:" == RESET:
        teammates.drop_links(work, "reset", row_id)
        audit.record(work, None, "reset.came_back", teammate=row_id)
        return
    found = doors.lock_invite(work, row_id)
    if found is not None and found.expires_at > work.now:
        found.expires_at = work.now
        work.session.add(found)
        audit.record(work, None, "invite.came_back", invite=row_id, mail=found.mail)
