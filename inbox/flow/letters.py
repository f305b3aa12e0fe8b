"""Letters of the app itself to a teammate: an invitation, a notice. They leave through the outbox, each once.

A letter never goes to an address that Under24 reads: whoever works in the inbox could read it there.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from inbox.flow.errors import RefusedError
from inbox.flow.rows import own_addresses
from inbox.say import say
from inbox.store import accounts, outbox
from inbox.store.tables import Delivery
from inbox.store.tools import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inbox.store.db import Session, Work
    from inbox.store.tables import Account

MAX_SUBJECT = 200


def queue_letter(work: Work, to: str, subject: str, text: str, key: str, *, private: bool = False) -> None:
    """Queue a letter; the same key twice is one letter.

    private: it opens a door, so it leaves only by an account whose server keeps no copy that others could read.

    RefusedError when no mail account can send, or when the address is one that Under24 itself reads.
    """
    if outbox.by_key(work.session, key) is not None:
        return
    to = to.strip().lower()
    if reads(work.session, to):
        raise RefusedError(
            say("{address} is read by this inbox: give an address that only one person reads.", address=to)
        )
    account = _sender(work.session, private=private)
    if account is None:
        raise RefusedError(say("No mail account can send: add one with an SMTP server in the settings."))
    hand(work, account, {"kind": "mail", "value": to, "name": ""}, subject, text, key)


def hand(work: Work, account: Account, to: dict[str, str], subject: str, text: str, key: str, **more: object) -> None:
    """Put words of the app itself on their way by an account of any kind. more: what else its channel is told."""
    domain = account.address.rpartition("@")[2] or "under24.invalid"
    message_id = f"{secrets.token_hex(16)}@{domain}"
    row = Delivery(
        key=key,
        kind="letter",
        account_id=account.id or 0,
        external_id=message_id,
        payload={
            "to": [to],
            "cc": [],
            "subject": clean(" ".join(subject.split()))[:MAX_SUBJECT],
            "markdown": clean(text),
            "author_name": "Under24",
            "message_id": message_id,
            "in_reply_to": "",
            "references": [],
            "reply_token": "",
            "written_at": work.now.isoformat(),
            "automatic": True,
            **more,
        },
        not_before=work.now,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    work.announce("letter.queued", delivery_id=row.id)


def can_send(session: Session, *, private: bool = False) -> bool:
    """Whether there is an account that letters can leave by."""
    return _sender(session, private=private) is not None


def reads(session: Session, address: str) -> bool:
    """Whether mail to this address comes into this inbox; what stands behind a plus does not count."""
    return bool(read_here(session, [address]))


def read_here(session: Session, addresses: Iterable[str]) -> frozenset[str]:
    """Return those of the addresses whose mail comes into this inbox."""
    ours = {one for account in accounts.all_accounts(session) for one in own_addresses(account)}
    return frozenset(address for address in addresses if not ours.isdisjoint(_spellings(address)))


def _spellings(address: str) -> set[str]:
    whole = address.strip().lower()
    local, _, domain = whole.rpartition("@")
    return {whole, f"{local.partition('+')[0]}@{domain}"}


def _sender(session: Session, *, private: bool) -> Account | None:
    able = [account for account in accounts.all_accounts(session) if account.enabled and _sends(account)]
    able.sort(key=lambda account: bool(account.error))  # one that is in trouble hardly tells of its own
    return next((account for account in able if not private or _forgets(account)), None)


def _forgets(account: Account) -> bool:
    """Whether its server keeps no copy by itself: where it does, as Gmail does, we are told to make none."""
    return bool(account.settings.get("copy_to_sent", "yes") != "no")


def _sends(account: Account) -> bool:
    poses = account.settings.get("poses_as", "mail")
    return (account.kind == "mail" and bool(account.settings.get("smtp_host"))) or (
        account.kind == "fake" and poses == "mail"
    )
