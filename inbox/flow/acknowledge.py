"""Tell whoever wrote first that their message arrived and by when a person answers: once a conversation, ever.

It follows the feed of changes, so that taking mail in waits for nothing. What it queues is no reply: no wait ends by
it, it is never queued twice, and it stays here when a person was quicker.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date

from connectors.contract import Nature
from inbox.flow import business, customers, letter_texts, outgoing
from inbox.flow.errors import RefusedError
from inbox.flow.feed import Reader
from inbox.flow.rows import is_own, own_addresses
from inbox.store import acknowledgements, conversations, messages, outbox, waits
from inbox.store.tables import Account, Acknowledgement, Contact, Conversation, Delivery, Message, Wait
from inbox.store.tools import clean
from rules import acknowledging, variables
from rules.acknowledging import A_DAY, AN_HOUR, Facts, Limits

if TYPE_CHECKING:
    from inbox.flow.letter_texts import Letter
    from inbox.store.db import Session, Store, Work
    from inbox.store.outbox import Claimed
    from inbox.store.tables import Change
    from inbox.vault import Vault

NAME = "acknowledgements"
HOLD = timedelta(minutes=1)
"""So long it stays here, so that a rule can put what is spam away and a quick person can answer themselves."""
LONGEST_SUBJECT = 150
_LINK = re.compile(r"://|www\.|\]\(|[<>]", re.IGNORECASE)
_NAME = re.compile(r"[^\W\d_][\w'\u2019.-]{0,39}")


def reader(store: Store, vault: Vault) -> Reader:
    """Return who acknowledges what the feed tells of."""
    return Reader(store, NAME, _concerns, partial(observe, vault))


def _concerns(session: Session) -> Callable[[Change], bool]:
    if not customers.read(session).accounts:
        return lambda _change: False
    return lambda change: (
        change.kind == "message.in" and bool(change.data.get("human")) and "history" not in change.data
    )


def observe(vault: Vault, work: Work, change: Change) -> None:
    """Decide about one message that came, and write the decision down if it is one."""
    told = customers.read(work.session)
    message = messages.get(work.session, int(change.data.get("message_id", 0)))
    if message is None or message.account_id not in told.accounts or message.contact_id is None:
        return
    conversation = conversations.lock(work, message.conversation_id)
    work.read_clock()
    wait = waits.open_of(work.session, message.conversation_id)
    if conversation is None or wait is None or acknowledgements.decided(work.session, message.conversation_id):
        return
    account = work.session.get_one(Account, message.account_id)
    limits = Limits(told.a_day)
    why = acknowledging.why_not(_facts(work, account, conversation, message, wait), work.now, limits)
    if why == "not_first":
        return
    row = Acknowledgement(
        conversation_id=message.conversation_id,
        contact_id=message.contact_id,
        wait_id=wait.id or 0,
        skipped=why,
        at=work.now,
    )
    if not why:
        letter = _letter(work, conversation, message, wait, told.zone)
        if letter is None:
            row.skipped = "not_filled_in"
        else:
            row.message_id = _queue(work, vault, (account, conversation, message, wait), letter)
    acknowledgements.keep(work, row)


def _facts(work: Work, account: Account, conversation: Conversation, message: Message, wait: Wait) -> Facts:
    own, people = own_addresses(account), message.people
    named = [one["value"] for one in (*people.get("to", []), *people.get("cc", [])) if one]
    sender = str((people.get("from") or {}).get("value", ""))
    return Facts(
        channel=conversation.channel,
        kind=wait.kind,
        opened=wait.message_id == message.id,
        due_at=wait.due_at,
        address=account.address.lower() if is_own(sender, own) else sender,
        own=own,
        named={account.address.lower() if is_own(one, own) else one for one in named},
        flags=message.flags,
        proof=str(message.details.get("proof", "")),
        spam=conversation.status == "spam",
        lately=acknowledgements.lately(work.session, work.now - A_DAY, message.contact_id),
        hourly=acknowledgements.lately(work.session, work.now - AN_HOUR),
    )


def _letter(work: Work, conversation: Conversation, message: Message, wait: Wait, zone: str) -> Letter | None:
    """Write it in their language, by their clock; None while the team's own text names no time or is not complete."""
    contact = work.session.get_one(Contact, message.contact_id)
    house = business.read(work.session)
    language = contact.language or house.language
    offset = message.details.get("offset")
    account = work.session.get_one(Account, message.account_id)
    known = {
        "contact.first_name": harmless_name(contact.name),
        "contact.name": harmless_name(contact.name),
        "conversation.subject": harmless_subject(conversation.subject),
        "promise.deadline": deadline(wait.due_at, language, offset if isinstance(offset, int) else None, zone),
        "business.name": house.name or account.name or account.address,
    }
    try:
        letter = letter_texts.complete(letter_texts.write(work.session, "acknowledgement", language, known))
    except RefusedError:
        return None
    return letter if known["promise.deadline"] in letter.text else None


def harmless_name(name: str) -> str:
    """Return a first name as it may stand in a mail that leaves by itself: whoever wrote may have chosen it for us."""
    first = variables.first_name(name)
    return first if _NAME.fullmatch(first) and not _LINK.search(first) else ""


def harmless_subject(subject: str) -> str:
    """Return their subject, or dots where it holds a link or nothing: no stranger advertises in our name."""
    text = " ".join(subject.split())
    if not text or _LINK.search(text):
        return "…"
    return text if len(text) <= LONGEST_SUBJECT else f"{text[:LONGEST_SUBJECT]}…"


def deadline(at: datetime, language: str, offset: int | None, zone: str) -> str:
    """Name a time in a language, by the person's own clock where it is known, and say whose clock it is."""
    here = at.astimezone(ZoneInfo(zone) if offset is None else timezone(timedelta(minutes=offset)))
    whose = zone if offset is None else here.tzname() or "UTC"
    day = format_date(here.date(), "EEEE d MMMM", locale=language)
    hour = f"{here:%H:%M}" if language != "fr" else f"{here:%H} h {here:%M}"
    return f"{day} à {hour} ({whose})" if language == "fr" else f"{day}, {hour} ({whose})"


def _queue(work: Work, vault: Vault, about: tuple[Account, Conversation, Message, Wait], letter: Letter) -> int:
    account, conversation, heard, wait = about
    told = _payload(work, vault, about, letter)
    message = outgoing.message_of(work, conversation, account, told, told["markdown"])
    message.nature, message.details = Nature.AUTO_REPLY, {"letter": "acknowledgement"}
    outgoing.enter(work, message, [])
    delivery = Delivery(
        key=f"{acknowledgements.KEY}{heard.conversation_id}",
        kind="send",
        account_id=heard.account_id,
        conversation_id=heard.conversation_id,
        message_id=message.id,
        payload={**told, "acknowledges": wait.id, "due_at": wait.due_at.isoformat()},
        not_before=work.now + HOLD,
        created_at=work.now,
    )
    work.session.add(delivery)
    work.session.flush()
    work.announce("message.acknowledged", conversation_id=heard.conversation_id, message_id=message.id)
    return message.id or 0


def _payload(
    work: Work, vault: Vault, about: tuple[Account, Conversation, Message, Wait], letter: Letter
) -> dict[str, Any]:
    account, _, heard, _ = about
    sender = heard.people["from"]
    chain = messages.reference_chain(work.session, heard.conversation_id, outgoing.REFERENCES)
    return {
        "to": [{"kind": sender["kind"], "value": sender["value"], "name": ""}],
        "cc": [],
        "subject": clean(" ".join(letter.subject.split())),
        "markdown": clean(letter.text),
        "author_name": "",
        "message_id": outgoing.new_id(account),
        "in_reply_to": heard.rfc_message_id,
        "references": chain,
        "reply_token": vault.conversation_token(heard.conversation_id, account.address),
        "written_at": work.now.isoformat(),
        "automatic": True,
    }


def overtaken(work: Work, row: Claimed) -> bool:
    """Whether this is an acknowledgement that is not true or not needed any more; it is then taken back for good.

    It is, when the wait it speaks of has ended, moved or fallen due, or is in spam.
    """
    wait_id = row.payload.get("acknowledges")
    if wait_id is None:
        return False
    wait = work.session.get(Wait, wait_id)
    same = wait is not None and wait.closed_at is None and wait.due_at.isoformat() == row.payload["due_at"]
    if same and wait is not None and wait.due_at > work.now:
        return False
    outbox.finish(work, row, "cancelled")
    work.announce("delivery.cancelled", conversation_id=row.conversation_id, message_id=row.message_id)
    return True
