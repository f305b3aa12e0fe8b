"""Named questions about claims: who is on which wait, and until when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Claim, Teammate, Telling, Wait
from inbox.store.tools import chunked, table
from rules.telling import AGAIN

_claims, _teammates, _tellings, _waits = table(Claim), table(Teammate), table(Telling), table(Wait)


@dataclass(frozen=True, slots=True)
class Held:
    """A claim that was not released; it counts while `until` is to come and the wait is open."""

    id: int
    wait_id: int
    teammate_id: int
    name: str
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Was:
    """A claim that ended: who was on it, and until when."""

    teammate_id: int
    name: str
    until: datetime


def held(session: Session, wait_ids: Sequence[int]) -> dict[int, Held]:
    """Return the claims of these waits that were not released, also those whose time is over."""
    found: dict[int, Held] = {}
    for chunk in chunked(wait_ids):
        query = _select().where(_claims.c.wait_id.in_(chunk))
        found.update({row.wait_id: Held(*row) for row in session.execute(query)})
    return found


def live(session: Session, wait_id: int, now: datetime) -> Held | None:
    """Return who is on a wait now."""
    found = held(session, [wait_id]).get(wait_id)
    return found if found and found.until > now else None


def of_conversations(session: Session, conversation_ids: Sequence[int]) -> dict[int, Held]:
    """Return who claimed the open waits of these conversations."""
    query = _select().add_columns(_waits.c.conversation_id)
    query = query.join(_waits, sa.and_(_waits.c.id == _claims.c.wait_id, _waits.c.closed_at.is_(None)))
    query = query.where(_waits.c.conversation_id.in_(list(conversation_ids)))
    return {row[-1]: Held(*row[:-1]) for row in session.execute(query)}


def taken_by(session: Session, teammate_id: int, now: datetime) -> list[int]:
    """Return the conversations in which somebody is on an open wait now, in the order in which they are locked."""
    query = sa.select(_waits.c.conversation_id).join(_claims, _claims.c.wait_id == _waits.c.id)
    query = query.where(_claims.c.teammate_id == teammate_id, _claims.c.released_at.is_(None), _claims.c.until > now)
    query = query.where(_waits.c.closed_at.is_(None)).order_by(_waits.c.conversation_id)
    return list(session.execute(query).scalars())


def history(session: Session, wait_ids: Sequence[int]) -> dict[int, list[Claim]]:
    """Return every claim of these waits, oldest first."""
    found: dict[int, list[Claim]] = {}
    for chunk in chunked(wait_ids):
        query = sa.select(Claim).where(_claims.c.wait_id.in_(chunk)).order_by(_claims.c.id)
        for one in session.execute(query).scalars():
            found.setdefault(one.wait_id, []).append(one)
    return found


def ended(work: Work, limit: int) -> list[Claim]:
    """Return the claims that are over, of which nobody has heard, and which no other process has in hand."""
    query = select(Claim).where(col(Claim.again_at) <= work.now).order_by(col(Claim.again_at), col(Claim.id))
    return list(work.session.exec(query.limit(limit).with_for_update(skip_locked=True)).all())


def over(session: Session, ids: Collection[int]) -> dict[int, Was]:
    """Return who was on it by each of these claims, and until when."""
    found: dict[int, Was] = {}
    query = sa.select(_claims.c.id, _claims.c.until, _claims.c.released_at, _teammates.c.id, _teammates.c.name)
    query = query.join(_teammates, _teammates.c.id == _claims.c.teammate_id)
    for chunk in chunked(sorted(ids)):
        for number, until, released_at, who, name in session.execute(query.where(_claims.c.id.in_(chunk))):
            found[number] = Was(who, name, min(until, released_at or until))
    return found


def add(work: Work, wait_id: int, teammate_id: int, until: datetime, via: str) -> None:
    """Put a claim in the place of the one that is held, and the climbing off until it is over."""
    _release(work, wait_id, again=None)
    row = {"wait_id": wait_id, "teammate_id": teammate_id, "at": work.now, "until": until, "via": via}
    work.insert(Claim, [{**row, "released_at": None, "again_at": until}])
    mine = _tellings.c.wait_id == wait_id
    waiting = sa.update(_tellings).where(mine, _tellings.c.state == "waiting")
    work.session.execute(waiting.where(_tellings.c.step.contains(AGAIN, autoescape=True)).values(_OVERTAKEN))
    later = waiting.where(_tellings.c.step != "breach", _tellings.c.not_before < until)
    work.session.execute(later.values(not_before=until))
    work.session.execute(sa.update(_tellings).where(mine, _tellings.c.unclaimed_at.is_not(None)).values(_CLAIMED))


_CLAIMED = {"unclaimed_at": None}
_OVERTAKEN = {"state": "dropped", "why": "claimed"}


def end(work: Work, wait_id: int) -> bool:
    """Release the claim of a wait, if one is held; what it put off is due again. True when there was one."""
    if not _release(work, wait_id, again=work.now):
        return False
    waiting = sa.update(_tellings).where(_tellings.c.wait_id == wait_id, _tellings.c.state == "waiting")
    work.session.execute(waiting.where(_tellings.c.not_before > work.now).values(not_before=work.now))
    return True


def _release(work: Work, wait_id: int, again: datetime | None) -> int:
    """Release a claim. again: when people hear that nobody is on it any more; what they heard before stays heard."""
    mine = sa.update(_claims).where(_claims.c.wait_id == wait_id, _claims.c.released_at.is_(None))
    heard = sa.case(
        (_claims.c.again_at.is_(None), None), else_=sa.bindparam(None, again, type_=_claims.c.again_at.type)
    )
    done = work.session.execute(mine.values(released_at=work.now, again_at=heard))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _select() -> sa.Select[tuple[int, int, int, str, datetime, datetime]]:
    columns = (_claims.c.id, _claims.c.wait_id, _claims.c.teammate_id, _teammates.c.name, _claims.c.at, _claims.c.until)
    joined = sa.select(*columns).join(_teammates, _teammates.c.id == _claims.c.teammate_id)
    return joined.where(_claims.c.released_at.is_(None))
