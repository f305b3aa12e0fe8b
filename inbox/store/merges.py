"""Named questions about what merges brought together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from inbox.store import conversations
from inbox.store.tables import Merge


@dataclass
class Brought:
    """What stood in another conversation when a message was written, and stands beside it now.

    messages: their ids; waits: what merges did about the two waits of each pair, as flow.merge wrote it down.
    """

    messages: set[int] = field(default_factory=set)
    waits: list[dict[str, Any]] = field(default_factory=list)


def brought(session: Session, conversation_id: int, message_id: int, since: datetime) -> Brought:
    """Return what merges have brought beside a message since then; nothing, mostly."""
    found = Brought()
    here, record = conversation_id, _newest(session, conversation_id, since, None)
    together = set(conversations.message_ids(session, conversation_id)) if record else set()
    while record is not None:
        came = set(record.moved["messages"])
        with_it = message_id in came
        found.messages |= together - came if with_it else together & came
        together -= found.messages
        found.waits.append(record.moved["wait"])
        here = record.from_id if with_it else here
        record = _newest(session, here, since, record.id)
    return found


def _newest(session: Session, into_id: int, since: datetime, before: int | None) -> Merge | None:
    query = select(Merge).where(
        Merge.into_id == into_id, Merge.kind == "conversations", Merge.at >= since, col(Merge.undone_at).is_(None)
    )
    if before is not None:
        query = query.where(col(Merge.id) < before)
    return session.exec(query.order_by(col(Merge.id).desc()).limit(1)).first()
