"""What the ladder tells on its way to people: who has to be told by which means, what left, and what became of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Telling, TellingSend
from inbox.store.tools import chunked, insert_new, table

LOCK = 824_013
_sends = table(TellingSend)


@dataclass(frozen=True, slots=True)
class Due:
    """One person who has to be told of one step by one means now."""

    id: int
    person: int
    means: str
    tries: int
    at: datetime
    bundle: str
    telling: Telling


def add(work: Work, rows: list[dict[str, Any]]) -> None:
    """Put people on the list of whom to tell by which means; each once."""
    blank = {"state": "queued", "tries": 0, "bundle": "", "error": "", "left_at": None, "at": work.now}
    insert_new(work, TellingSend, [{**blank, **row} for row in rows])


def alone(work: Work) -> None:
    """Let no other process make messages until the end: two would each send their half of one."""
    if work.dialect == "postgresql":
        work.session.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def queued(work: Work, means: Collection[str], limit: int) -> list[Due]:
    """Return who has to be told by these means now, the longest due first."""
    some = _queued().where(col(TellingSend.not_before) <= work.now, col(TellingSend.means).in_(list(means)))
    return _due(work, some.limit(limit))


def queued_for(work: Work, person: int, means: str, limit: int) -> list[Due]:
    """Return everything that somebody has to be told by one means, also what may wait: one message takes it along."""
    mine = _queued().where(TellingSend.person == person, TellingSend.means == means)
    return _due(work, mine.limit(limit))


def _queued() -> Any:  # noqa: ANN401 - a query of two tables
    query = select(TellingSend, Telling).join(Telling, col(Telling.id) == col(TellingSend.telling_id))
    return query.where(TellingSend.state == "queued").order_by(col(TellingSend.not_before), col(TellingSend.id))


def _due(work: Work, query: Any) -> list[Due]:  # noqa: ANN401 - a query of two tables
    return [
        Due(row.id or 0, row.person, row.means, row.tries, row.at, row.bundle, telling)
        for row, telling in work.session.exec(query).all()
    ]


def last_left(work: Work, people: Collection[int], span: timedelta) -> dict[tuple[int, str], datetime]:
    """Return when the last message to each of these people left, by means, where that was within this span.

    What left later than now did so before the clock was put back, and holds nothing up.
    """
    query = (
        sa.select(_sends.c.person, _sends.c.means, sa.func.max(_sends.c.left_at))
        .where(_sends.c.person.in_(sorted(people)), _sends.c.left_at > work.now - span)
        .group_by(_sends.c.person, _sends.c.means)
    )
    query = query.where(_sends.c.left_at <= work.now)
    return {(person, means): at for person, means, at in work.session.execute(query)}


def put_off(work: Work, ids: Collection[int], until: datetime, *, tried: bool = False, error: str = "") -> None:
    """Look at these again later; for whoever has them in hand that is a lease."""
    values: dict[str, Any] = {"not_before": until}
    if tried:
        values |= {"tries": _sends.c.tries + 1, "error": error}
    _change(work, ids, ("queued",), values)


def hand(work: Work, ids: Collection[int], bundle: str) -> None:
    """These left for the outbox, under this key."""
    _change(work, ids, ("queued",), {"state": "handed", "bundle": bundle, "left_at": work.now})


def end(work: Work, ids: Collection[int], state: str, error: str = "") -> None:
    """Say how these ended."""
    left = {"left_at": sa.func.coalesce(_sends.c.left_at, _bound(work.now))} if state == "sent" else {}
    _change(work, ids, ("queued", "handed"), {"state": state, "error": error, **left})


def _bound(at: datetime) -> sa.BindParameter[datetime]:
    return sa.bindparam(None, at, type_=_sends.c.left_at.type)


def _change(work: Work, ids: Collection[int], states: tuple[str, ...], values: dict[str, Any]) -> None:
    for chunk in chunked(sorted(ids)):
        which = sa.update(_sends).where(_sends.c.id.in_(chunk), _sends.c.state.in_(states))
        work.session.execute(which.values(**values))


def handed(session: Session, limit: int) -> dict[str, list[TellingSend]]:
    """Return what the outbox has, by the key of the message: all that a message carries, of so many messages."""
    oldest = sa.select(_sends.c.bundle).where(_sends.c.state == "handed").group_by(_sends.c.bundle)
    keys = list(session.execute(oldest.order_by(sa.func.min(_sends.c.id)).limit(limit)).scalars())
    found: dict[str, list[TellingSend]] = {key: [] for key in keys}
    for chunk in chunked(keys):
        query = select(TellingSend).where(TellingSend.state == "handed", col(TellingSend.bundle).in_(chunk))
        for one in session.exec(query.order_by(col(TellingSend.id))).all():
            found[one.bundle].append(one)
    return {key: rows for key, rows in found.items() if rows}


def of(session: Session, ids: Collection[int]) -> list[TellingSend]:
    """Return these."""
    found: list[TellingSend] = []
    for chunk in chunked(sorted(ids)):
        found += session.exec(select(TellingSend).where(col(TellingSend.id).in_(chunk))).all()
    return found


def again(work: Work, ids: Collection[int], at: datetime, error: str = "", *, same: bool = False) -> None:
    """These did not leave after all: they are written anew.

    same: perhaps they did; they leave as the same message under the same key, by which whoever had it knows it.
    """
    values = {"state": "queued", "left_at": None, "not_before": at, "tries": _sends.c.tries + 1, "error": error}
    _change(work, ids, ("handed",), values if same else {**values, "bundle": ""})


def reached(session: Session, telling_id: int, person: int) -> bool:
    """Whether somebody was told of a step, or may yet be, by anything besides the list in the app."""
    query = sa.select(_sends.c.id).where(
        _sends.c.telling_id == telling_id,
        _sends.c.person == person,
        _sends.c.means != "app",
        _sends.c.state.in_(("queued", "handed", "sent")),
    )
    return session.execute(query.limit(1)).first() is not None


def by_the_list_alone(session: Session, telling_ids: Collection[int]) -> dict[int, list[int]]:
    """Return whom nothing besides the list in the app told of these, or may yet, by telling."""
    found: dict[int, list[int]] = {}
    other = sa.and_(_sends.c.means != "app", _sends.c.state.in_(("queued", "handed", "sent")))
    for chunk in chunked(sorted(telling_ids)):
        query = sa.select(_sends.c.telling_id, _sends.c.person).where(_sends.c.telling_id.in_(chunk))
        query = query.where(_sends.c.person > 0).group_by(_sends.c.telling_id, _sends.c.person)
        rows = session.execute(query.having(sa.func.sum(sa.case((other, 1), else_=0)) == 0))
        for telling_id, person in rows:
            found.setdefault(telling_id, []).append(person)
    return found


def tried(session: Session, telling_ids: Collection[int]) -> dict[tuple[int, int], set[str]]:
    """Return by which means each person was or will be told of these, by telling and person."""
    found: dict[tuple[int, int], set[str]] = {}
    for chunk in chunked(sorted(telling_ids)):
        query = sa.select(_sends.c.telling_id, _sends.c.person, _sends.c.means)
        for telling_id, person, means in session.execute(query.where(_sends.c.telling_id.in_(chunk))):
            found.setdefault((telling_id, person), set()).add(means)
    return found


def told_people(session: Session, telling_ids: Collection[int]) -> list[int]:
    """Return who was told of these, the webhook not counted."""
    query = sa.select(_sends.c.person).where(_sends.c.telling_id.in_(list(telling_ids)), _sends.c.person > 0)
    return sorted(set(session.execute(query).scalars()))
