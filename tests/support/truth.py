"""What must be in a store after all that happened, computed from what was sent and never from what we did with it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from email.parser import BytesHeaderParser
from itertools import accumulate

from sqlmodel import col, select

from inbox.store.db import Store
from inbox.store.tables import Account, Arrival, Blob, Contact, Conversation, Identity, Message, Wait

DAY = timedelta(hours=24)
STEPS = [timedelta(hours=hours) for hours in (8, 2, 0.5, 0)]


def hashes(mails: Sequence[bytes]) -> Counter[str]:
    """Count mails by their bytes."""
    return Counter(hashlib.sha256(raw).hexdigest() for raw in mails)


def stored(store: Store, address: str) -> Counter[str]:
    """Count the mails that an account stored, by hashing again the bytes that are in the store."""
    found: Counter[str] = Counter()
    with store.reading() as session:
        query = select(Blob.data).join(Arrival, col(Arrival.sha256) == Blob.sha256).join(Account)
        for raw in session.exec(query.where(Account.address == address)):
            found[hashlib.sha256(raw).hexdigest()] += 1
    return found


def threaded(store: Store, address: str) -> Counter[str]:
    """Count the messages in conversations that came in by an account, by the hash of what they were made of."""
    with store.reading() as session:
        query = select(Message.raw_sha256).join(Account, col(Account.id) == Message.account_id)
        query = query.where(Account.address == address, Message.kind == "message", Message.direction == "in")
        return Counter(sha256.hex() for sha256 in session.exec(query) if sha256)


def lost_and_doubled(sent: Counter[str], kept: Counter[str]) -> tuple[int, int]:
    """Return how many are missing, and how many are there too often (or were never sent)."""
    return (sent - kept).total(), (kept - sent).total()


def threads(mails: Sequence[bytes]) -> dict[str, str]:
    """Return, by Message-ID, the Message-ID of the mail that began the thread, from In-Reply-To alone."""
    roots: dict[str, str] = {}
    for raw in mails:
        head = BytesHeaderParser().parsebytes(raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0])
        name, answered = head["Message-ID"].strip("<>"), (head["In-Reply-To"] or "").strip("<>")
        roots[name] = roots.get(answered, name)
    return roots


def split_threads(store: Store, roots: dict[str, str]) -> list[str]:
    """Name the threads that lie in more than one conversation, or share one with another thread."""
    places: dict[str, set[int]] = {}
    for name, conversation_id in _named(store):
        if name in roots:
            places.setdefault(roots[name], set()).add(conversation_id)
    owners = Counter(cid for cids in places.values() for cid in cids)
    return [root for root, cids in places.items() if len(cids) > 1 or any(owners[cid] > 1 for cid in cids)]


def overtaken(store: Store, address: str, mails: Sequence[bytes]) -> int:
    """Count the mails that an account stored after one that was sent later."""
    turn = {hashlib.sha256(raw).digest(): number for number, raw in enumerate(mails)}
    with store.reading() as session:
        query = select(Arrival.sha256).join(Account, col(Account.id) == Arrival.account_id)
        query = query.where(Account.address == address).order_by(col(Arrival.id))
        turns = [turn[sha256] for sha256 in session.exec(query) if sha256 in turn]
    return sum(number < most for number, most in zip(turns[1:], accumulate(turns, max), strict=False))


def _named(store: Store) -> list[tuple[str, int]]:
    with store.reading() as session:
        query = select(Message.rfc_message_id, Message.conversation_id).where(Message.direction == "in")
        return list(session.exec(query).all())


def wrong_waits(store: Store) -> list[str]:
    """Name what is wrong with the waits of a store in which customers wrote and nobody answered."""
    with store.reading() as session:
        first: dict[int, Message] = {}
        for message in session.exec(select(Message).where(Message.direction == "in", Message.nature == "person")):
            known = first.setdefault(message.conversation_id, message)
            if message.at < known.at:
                first[message.conversation_id] = message
        waits: dict[int, list[Wait]] = {}
        for wait in session.exec(select(Wait).where(col(Wait.cause).is_distinct_from("merged_into"))):
            waits.setdefault(wait.conversation_id, []).append(wait)
        talks = session.exec(select(Conversation).where(col(Conversation.merged_into).is_(None))).all()
        return [wrong for talk in talks for wrong in _wrong(talk, first[talk.id or 0], waits.get(talk.id or 0, []))]


def _wrong(talk: Conversation, first: Message, waits: list[Wait]) -> list[str]:
    if len(waits) != 1:
        return [f"conversation {talk.id} has {len(waits)} waits"]
    wait = waits[0]
    held = {
        "is open": wait.closed_at is None,
        "began when the first mail came": wait.started_at == first.at,
        "is due a day later": wait.due_at == first.at + DAY == talk.due_at,
        "rings next by its ladder": wait.next_step_at is not None and _rings(wait.due_at - wait.next_step_at),
    }
    return [f"not so: wait {wait.id} {what}" for what, holds in held.items() if not holds]


def _rings(before: timedelta) -> bool:
    """Whether a step of the promise is so long before the end; after it there is one every day."""
    return before in STEPS or (before < timedelta(0) and before % DAY == timedelta(0))


def doubled_people(store: Store) -> int:
    """Count contacts that no address belongs to: a second contact made of a person we had."""
    with store.reading() as session:
        known = select(Identity.contact_id)
        query = select(Contact.id).where(col(Contact.id).not_in(known), col(Contact.merged_into).is_(None))
        return len(session.exec(query).all())
