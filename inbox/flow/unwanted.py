"""Senders whose new mail goes to spam: block, unblock, learn from spam, and what a batch of arrivals does about them.

Nothing is dropped: such mail is stored, shown in spam with the reason, and comes back with one press.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.flow import audit
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import accounts, senders
from inbox.store.tables import Conversation, Sender
from rules.unwanted import Listed, Mail, unwanted

if TYPE_CHECKING:
    from connectors.contract import Inbound
    from inbox.flow.scene import Scene
    from inbox.store.db import Work
    from inbox.store.placing import Talk

FLAGS = {"blocked": "blocked_sender", "learned": "learned_spam"}
_ADDRESS = re.compile(r"[^@\s<>\x00-\x1f\x7f]{1,64}@[^@\s<>\x00-\x1f\x7f]{1,190}")
_DOMAIN = re.compile(r"(?=.{4,190}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+")
# fmt: off
PUBLIC = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com",
    "yahoo.com", "icloud.com", "me.com", "aol.com", "gmx.de", "gmx.net",
    "web.de", "t-online.de", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net",
    "sfr.fr", "proton.me", "protonmail.com", "fastmail.com", "zoho.com", "mail.com",
    "yandex.ru", "mail.ru", "qq.com", "163.com",
})
# fmt: on
"""Where anybody has an address: such a domain is never blocked as a whole."""


# What arrivals meet ---------------------------------------------------------------------------------------------------


def known(work: Work, inbounds: Sequence[Inbound]) -> dict[tuple[str, str], Sender]:
    """Return what is on the list about the senders of a batch."""
    addresses = {one.sender.value for one in inbounds if one.sender and one.sender.kind == "mail"}
    return senders.listed(work.session, addresses) if addresses else {}


def put_away(scene: Scene, inbound: Inbound, talk: Talk, *, joined: bool) -> str:
    """Put a mail's conversation into spam when its sender is unwanted; returns the flag that says why, "" mostly."""
    if inbound.sender is None or inbound.sender.kind != "mail" or talk.status == "spam":
        return ""
    rows = [scene.senders[key] for key in senders.keys(inbound.sender.value) if key in scene.senders]
    if not rows:
        return ""
    author = scene.people.get((inbound.sender.kind, inbound.sender.value))
    mail = Mail(
        joined=joined,
        theirs=author == talk.contact_id,
        known_person=author is not None and author in senders.answered(scene.work.session, [author]),
        proof=inbound.proof,
    )
    verdict = unwanted([Listed(row.verdict, row.proof) for row in rows], mail)  # type: ignore[arg-type]
    if not verdict:
        return ""
    talk.status = "spam"
    senders.count_hit(scene.work, next(row.id or 0 for row in rows if row.verdict == verdict), 1)
    return FLAGS[verdict]


# What teammates decide ------------------------------------------------------------------------------------------------


def block(work: Work, what: str, by: int, conversation_id: int | None = None) -> int:
    """Block an address, or a domain (“example.com” or “@example.com”); returns its number on the list."""
    value = what.strip().lower().removeprefix("@")
    kind = "address" if _ADDRESS.fullmatch(value) else "domain" if _DOMAIN.fullmatch(value) else ""
    if not kind:
        raise RefusedError(say("Write a mail address, or a domain like example.com."))
    if kind == "domain" and value in PUBLIC:
        raise RefusedError(say("Everybody can have an address at {domain}: block the address alone.", domain=value))
    _not_ours(work, kind, value)
    row = senders.find(work.session, kind, value)
    if row is None:
        row = Sender(kind=kind, value=value, verdict="blocked", at=work.now)
        work.session.add(row)
    row.verdict, row.proof, row.by_id, row.at, row.conversation_id = "blocked", "", by, work.now, conversation_id
    work.session.flush()
    audit.record(work, by, "sender.blocked", sender=row.id, what=kind)
    work.announce("sender.blocked", teammate_id=by, conversation_id=conversation_id, kind_of=kind, value=value)
    return row.id or 0


def _not_ours(work: Work, kind: str, value: str) -> None:
    """Refuse what would put our own accounts' mail away."""
    ours = {account.address.lower() for account in accounts.all_accounts(work.session)}
    own = ours if kind == "address" else {address.rpartition("@")[2] for address in ours}
    if value in own:
        raise RefusedError(say("{value} is one of ours.", value=value))


def unblock(work: Work, sender_id: int, by: int) -> str:
    """Take a sender off the list; returns who it was. What is in spam stays there until somebody takes it out."""
    row = senders.get(work.session, sender_id)
    if row is None:
        raise NotFoundError(say("This sender is not on the list any more."))
    audit.record(work, by, "sender.unblocked", sender=sender_id, what=row.kind)
    work.announce("sender.unblocked", teammate_id=by, kind_of=row.kind, value=row.value)
    work.session.delete(row)
    work.session.flush()
    return row.value


def is_blocked(work: Work, value: str) -> bool:
    """Whether a teammate has blocked this address or domain."""
    row = senders.find(work.session, "address" if "@" in value else "domain", value)
    return row is not None and row.verdict == "blocked"


def unblock_named(work: Work, value: str, by: int) -> None:
    """Take an address or domain off the list."""
    row = senders.find(work.session, "address" if "@" in value else "domain", value)
    if row is not None:
        unblock(work, row.id or 0, by)


def learn(work: Work, conversation: Conversation, by: int) -> None:
    """Remember who sent spam, so that their next mail goes there by itself.

    Never of somebody we have answered, or who has another conversation: their name may have been stolen.
    """
    cid = conversation.id or 0
    first = senders.first_words(work.session, cid)
    author = (first.people or {}).get("from") if first else None
    if first is None or not author or author.get("kind") != "mail":
        return
    if senders.ever_answered(work.session, cid) or senders.other_talks(work.session, conversation.contact_id, cid):
        return
    value = str(author["value"])
    if senders.find(work.session, "address", value) is None:
        proof = str((first.details or {}).get("proof", ""))
        work.session.add(
            Sender(
                kind="address",
                value=value,
                verdict="learned",
                proof=proof,
                conversation_id=cid,
                by_id=by,
                at=work.now,
            )
        )
        work.session.flush()


def unlearn(work: Work, conversation: Conversation) -> None:
    """What was learned from this conversation, or of its sender, was wrong. What a teammate blocked stays blocked."""
    first = senders.first_words(work.session, conversation.id or 0)
    author = (first.people or {}).get("from") if first else None
    row = senders.find(work.session, "address", str(author["value"])) if author else None
    if row is not None and row.verdict == "learned":
        work.session.delete(row)
        work.session.flush()
