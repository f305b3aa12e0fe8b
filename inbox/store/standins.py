"""Named questions about stand-ins: messages that stand for an arrival that could not be read.

A stand-in bears the hash of the raw bytes as its external id, so that the same bytes find it however often they come.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from inbox.store import search
from inbox.store.db import Work
from inbox.store.erasing import EMPTY
from inbox.store.tables import Account, Arrival, Contact, Conversation, Message, Wait
from inbox.store.tools import chunked, table

FLAG = "unreadable"
HISTORY = "history"
"""The fact of an arrival that nobody waits for, since it came before its account did."""

_arrivals, _contacts, _conversations = table(Arrival), table(Contact), table(Conversation)
_messages, _waits = table(Message), table(Wait)


@dataclass(frozen=True, slots=True)
class Standin:
    """A message that stands for raw bytes. answered: the wait that it opened ended by an answer."""

    message_id: int
    conversation_id: int
    contact_id: int | None
    answered: bool = False


def name(sha256: bytes) -> str:
    """Return the external id of what stands for these bytes."""
    return f"{FLAG}:{sha256.hex()}"


def of_raws(session: Session, account_id: int, hashes: Collection[bytes]) -> dict[bytes, Standin]:
    """Return what stands for these raw bytes in an account, by hash."""
    found: dict[bytes, Standin] = {}
    names = {name(sha256): sha256 for sha256 in hashes}
    columns = [_messages.c[one] for one in ("id", "conversation_id", "contact_id", "external_id", "flags")]
    for chunk in chunked(sorted(names)):
        query = sa.select(*columns).where(_messages.c.account_id == account_id, _messages.c.external_id.in_(chunk))
        for row in session.execute(query):
            if FLAG in row.flags:
                answered = _answered(session, row.conversation_id, row.id)
                found[names[row.external_id]] = Standin(row.id, row.conversation_id, row.contact_id, answered)
    return found


def unheard(session: Session, low: int, high: int) -> list[int]:
    """Return the arrivals of a range of ids that could not be read, and for which nothing stands though it should.

    Not what we sent, what is history or was erased, and what another copy of the same bytes became.
    """
    columns = [_arrivals.c[one] for one in ("id", "account_id", "sha256", "facts", "received_at")]
    copy = sa.alias(_arrivals)
    read = sa.exists().where(
        copy.c.sha256 == _arrivals.c.sha256,
        copy.c.account_id == _arrivals.c.account_id,
        copy.c.state.in_(("threaded", "duplicate", "ignored")),
    )
    query = sa.select(*columns).where(_arrivals.c.id >= low, _arrivals.c.id < high, _quarantined(), ~read)
    since = {one.id: str(one.settings.get("history_before") or "") for one in session.exec(select(Account))}
    rows = [
        row
        for row in session.execute(query.order_by(_arrivals.c.id))
        if HISTORY not in row.facts and row.received_at.isoformat() >= since[row.account_id]
    ]
    standing: dict[int, set[bytes]] = {
        account: set(of_raws(session, account, {row.sha256 for row in rows if row.account_id == account}))
        for account in {row.account_id for row in rows}
    }
    return [row.id for row in rows if row.sha256 not in standing[row.account_id]]


def _quarantined() -> sa.ColumnElement[bool]:
    return sa.and_(_arrivals.c.state == "quarantined", _arrivals.c.direction == "in", _arrivals.c.sha256 != EMPTY)


def _answered(session: Session, conversation_id: int, message_id: int) -> bool:
    """Whether the newest wait that a message opened ended by an answer."""
    query = sa.select(_waits.c.cause).where(
        _waits.c.conversation_id == conversation_id, _waits.c.message_id == message_id
    )
    return session.execute(query.order_by(_waits.c.id.desc()).limit(1)).scalar() in {"replied", "call_connected"}


def alone(session: Session, standin: Standin) -> bool:
    """Whether nothing else came in where it stands: then nobody waits there but who wrote it."""
    others = sa.select(sa.literal(1)).where(
        _messages.c.conversation_id == standin.conversation_id,
        _messages.c.direction == "in",
        _messages.c.nature == "person",
        _messages.c.id != standin.message_id,
    )
    return session.execute(others.limit(1)).first() is None


def rewrite(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """Let messages say what could be read at last; the index forgets what stood for them."""
    for row in rows:
        values = {key: value for key, value in row.items() if key != "id"}
        work.session.execute(sa.update(_messages).where(_messages.c.id == row["id"]).values(**values))
    search.forget(work, [row["id"] for row in rows])


def make_known(work: Work, conversation_id: int, stranger: int, contact_id: int) -> None:
    """Give a conversation to who wrote it; the nameless contact that stood for them is theirs from now on."""
    mine = sa.update(_conversations).where(_conversations.c.id == conversation_id)
    work.session.execute(mine.where(_conversations.c.contact_id == stranger).values(contact_id=contact_id))
    work.session.execute(sa.update(_contacts).where(_contacts.c.id == stranger).values(merged_into=contact_id))


def rename(work: Work, conversation_id: int, before: str, subject: str) -> None:
    """Give a conversation its subject, unless somebody gave it another meanwhile."""
    mine = sa.update(_conversations).where(_conversations.c.id == conversation_id, _conversations.c.subject == before)
    work.session.execute(mine.values(subject=subject[:1000]))
