"""Named questions about accounts that do not work."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Account, Outage
from inbox.store.tools import insert_new, table

_outages, _accounts = table(Outage), table(Account)


@dataclass(frozen=True, slots=True)
class Broken:
    """An outage as messages speak of it. caught_up_at: when all that could be read of the account was read last."""

    id: int
    account_id: int
    address: str
    since: datetime
    why: str
    over_at: datetime | None
    caught_up_at: datetime | None


def lasting(session: Session) -> dict[int, Outage]:
    """Return the outages that last, by account."""
    found = session.exec(select(Outage).where(col(Outage.over_at).is_(None))).all()
    return {one.account_id: one for one in found}


def begin(work: Work, account_id: int, since: datetime, why: str, *, refused: bool) -> None:
    """Remember that an account does not work; twice is once."""
    row = {"account_id": account_id, "since": since, "noticed_at": work.now, "why": why, "refused": refused}
    insert_new(work, Outage, [{**row, "next_at": work.now, "over_at": None}])


def due(work: Work, limit: int) -> list[Outage]:
    """Return the outages of which people have to be told now, which no other process has in hand."""
    query = select(Outage).where(col(Outage.over_at).is_(None), col(Outage.next_at) <= work.now)
    return list(work.session.exec(query.order_by(col(Outage.id)).limit(limit).with_for_update(skip_locked=True)).all())


def by_id(session: Session, ids: Collection[int]) -> dict[int, Broken]:
    """Return these outages as messages speak of them."""
    if not ids:
        return {}
    columns = [_outages.c[name] for name in ("id", "account_id", "since", "why", "over_at")]
    query = sa.select(columns[0], columns[1], _accounts.c.address, *columns[2:], _accounts.c.caught_up_at)
    query = query.join(_accounts, _accounts.c.id == _outages.c.account_id)
    return {row[0]: Broken(*row) for row in session.execute(query.where(_outages.c.id.in_(sorted(ids))))}


def last_of(session: Session, account_id: int) -> Outage | None:
    """Return the newest outage of an account."""
    query = select(Outage).where(Outage.account_id == account_id).order_by(col(Outage.id).desc())
    return session.exec(query.limit(1)).first()
