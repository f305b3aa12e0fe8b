"""Named questions that taking in another help desk's conversations asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store.db import Work
from inbox.store.placing import handles, survivors
from inbox.store.tables import Arrival, Message
from inbox.store.tools import chunked, table

IMPORTED = "imported"
"""The fingerprint of a message that another help desk told of: the mail itself would have another one."""

_arrivals = table(Arrival)
_messages = table(Message)


def conversation_of(session: Session, account_id: int, names: Sequence[str]) -> int | None:
    """Return the conversation that holds what became of these arrivals, None when there is nothing yet."""
    for chunk in chunked(names):
        query = (
            sa.select(_messages.c.conversation_id)
            .join(_arrivals, _arrivals.c.message_id == _messages.c.id)
            .where(_arrivals.c.account_id == account_id, _arrivals.c.external_id.in_(chunk))
            .order_by(_messages.c.id)
            .limit(1)
        )
        found = session.execute(query).scalar()
        if found is not None:
            return survivors(session, [found]).get(found)
    return None


def same_mail(session: Session, message_id: str, writer: str) -> tuple[int, int] | None:
    """Return (message, conversation) of a mail with this Message-ID by this writer, whichever account has it."""
    if not message_id:
        return None
    query = sa.select(_messages.c.id, _messages.c.conversation_id, _messages.c.people).where(
        _messages.c.rfc_message_id == message_id, _messages.c.rfc_message_id != ""
    )
    for row in session.execute(query.order_by(_messages.c.id)):
        if ("mail", writer) in handles({"from": row.people.get("from")}):
            now = survivors(session, [row.conversation_id]).get(row.conversation_id)
            return (row.id, now) if now is not None else None
    return None


def notes_known(session: Session, account_id: int, names: Sequence[str]) -> set[str]:
    """Return those of these notes that are here."""
    found: set[str] = set()
    for chunk in chunked(names):
        query = sa.select(_messages.c.external_id).where(
            _messages.c.account_id == account_id, _messages.c.external_id.in_(chunk), _messages.c.kind == "note"
        )
        found.update(session.execute(query).scalars())
    return found


def add_notes(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """Add notes to timelines."""
    common: dict[str, Any] = {"kind": "note", "direction": "none", "nature": "person"}
    common |= dict.fromkeys(("subject", "quoted", "rfc_message_id", "in_reply_to", "fingerprint"), "")
    common |= {"has_html": False, "vouched": False, "people": {}, "flags": ["imported"], "details": {}}
    work.insert(Message, [{**common, **row} for row in rows])
