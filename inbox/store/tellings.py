"""Named questions about what the ladder tells: which steps wait to be told, to whom they leave, and who was told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Claim, Contact, Conversation, Notice, Telling, TellingSend, Wait, WaitStep
from inbox.store.tools import chunked, insert_new, table

LOCK = 824_013
_tellings, _sends, _waits, _steps = table(Telling), table(TellingSend), table(Wait), table(WaitStep)
_contacts, _conversations, _notices = table(Contact), table(Conversation), table(Notice)
_claims = table(Claim)


@dataclass(frozen=True, slots=True)
class Scene:
    """A wait as a message speaks of it. why: what came late says "late"."""

    wait_id: int
    conversation_id: int
    contact: str
    subject: str
    assignee_id: int | None
    started_at: datetime
    due_at: datetime
    version_id: int
    open: bool


@dataclass(frozen=True, slots=True)
class Rang:
    """A wait whose steps rang, by which terms it was opened, and when each of its steps had to ring."""

    version_id: int
    steps: dict[str, datetime] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class Told:
    """Who was told of a step, when, and by which means; person 0 is the team's webhook."""

    wait_id: int
    step: str
    person: int
    means: str
    state: str
    at: datetime
    left_at: datetime | None
    error: str
    nobody: bool


# Steps that wait to be told -------------------------------------------------------------------------------------------


def add(work: Work, rows: list[dict[str, Any]]) -> None:
    """Remember that these steps have to be told; each once."""
    blank = {"wait_id": None, "outage_id": None, "state": "waiting", "why": "", "nobody": False, "claim_id": None}
    insert_new(work, Telling, [{**blank, "told_at": None, "unclaimed_at": None, **row} for row in rows])


def due(work: Work, limit: int) -> list[Telling]:
    """Return the steps that have to be told now, which no other process has in hand."""
    query = select(Telling).where(Telling.state == "waiting", col(Telling.not_before) <= work.now)
    query = query.order_by(col(Telling.not_before), col(Telling.id)).limit(limit)
    return list(work.session.exec(query.with_for_update(skip_locked=True)).all())


def unclaimed(work: Work, limit: int) -> list[Telling]:
    """Return the told steps that nobody claimed in time, which no other process has in hand."""
    query = select(Telling).where(col(Telling.unclaimed_at) <= work.now).order_by(col(Telling.unclaimed_at))
    return list(work.session.exec(query.limit(limit).with_for_update(skip_locked=True)).all())


def of_waits(session: Session, wait_ids: Collection[int]) -> dict[int, list[Telling]]:
    """Return the steps of these waits that were told or will be, by wait."""
    found: dict[int, list[Telling]] = {}
    for chunk in chunked(sorted(wait_ids)):
        query = select(Telling).where(col(Telling.wait_id).in_(chunk)).order_by(col(Telling.id))
        for one in session.exec(query).all():
            found.setdefault(one.wait_id or 0, []).append(one)
    return found


def held_back(work: Work, wait_id: int, claim_id: int) -> None:
    """What waits to be told of this wait was held back by a claim that ended: the message says so."""
    waiting = sa.update(_tellings).where(_tellings.c.wait_id == wait_id, _tellings.c.state == "waiting")
    work.session.execute(waiting.values(claim_id=claim_id))


def of_outage(session: Session, outage_id: int) -> list[Telling]:
    """Return the steps of an outage that were told or will be."""
    return list(session.exec(select(Telling).where(Telling.subject == f"outage:{outage_id}")).all())


def rang(session: Session, wait_ids: Collection[int]) -> dict[int, Rang]:
    """Return which steps of these waits rang, and when each had to; waits that ended are left out."""
    found: dict[int, Rang] = {}
    for chunk in chunked(sorted(wait_ids)):
        query = (
            sa.select(_waits.c.id, _waits.c.policy_version_id, _steps.c.step, _steps.c.due_at)
            .outerjoin(_steps, _steps.c.wait_id == _waits.c.id)
            .where(_waits.c.id.in_(chunk), _waits.c.closed_at.is_(None))
        )
        for wait_id, version_id, step, due_at in session.execute(query):
            found.setdefault(wait_id, Rang(version_id)).steps[step] = due_at
    return found


def next_at(session: Session) -> datetime | None:
    """Return when there is something to tell or to send next."""
    waiting = sa.select(sa.func.min(_tellings.c.not_before)).where(_tellings.c.state == "waiting")
    unclaimed_ = sa.select(sa.func.min(_tellings.c.unclaimed_at)).where(_tellings.c.unclaimed_at.is_not(None))
    queued = sa.select(sa.func.min(_sends.c.not_before)).where(_sends.c.state == "queued")
    claimed = sa.select(sa.func.min(_claims.c.again_at)).where(_claims.c.again_at.is_not(None))
    found = [session.execute(query).scalar() for query in (waiting, unclaimed_, queued, claimed)]
    return min((one for one in found if one is not None), default=None)


def scenes(session: Session, wait_ids: Collection[int]) -> dict[int, Scene]:
    """Return these waits as messages speak of them."""
    found: dict[int, Scene] = {}
    columns = (
        _waits.c.id,
        _conversations.c.id,
        _contacts.c.name,
        _conversations.c.subject,
        _conversations.c.assignee_id,
        _waits.c.started_at,
        _waits.c.due_at,
        _waits.c.policy_version_id,
        _waits.c.closed_at.is_(None),
    )
    query = sa.select(*columns).join(_conversations, _conversations.c.id == _waits.c.conversation_id)
    query = query.join(_contacts, _contacts.c.id == _conversations.c.contact_id)
    for chunk in chunked(sorted(wait_ids)):
        rows = session.execute(query.where(_waits.c.id.in_(chunk)))
        found.update({row[0]: Scene(*row) for row in rows})
    return found


def overtaken(work: Work, conversation_ids: Sequence[int]) -> None:
    """What the bell says of earlier steps in these conversations is read for whoever is told of a later one."""
    newer = _notices.alias()
    later = sa.exists().where(
        newer.c.teammate_id == _notices.c.teammate_id,
        newer.c.conversation_id == _notices.c.conversation_id,
        newer.c.kind == "ladder",
        newer.c.id > _notices.c.id,
    )
    for chunk in chunked(conversation_ids):
        earlier = sa.update(_notices).where(_notices.c.conversation_id.in_(chunk), _notices.c.kind == "ladder")
        work.session.execute(earlier.where(_notices.c.read_at.is_(None), later).values(read_at=work.now))


# On their way ---------------------------------------------------------------------------------------------------------


def add_sends(work: Work, rows: list[dict[str, Any]]) -> None:
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


def sends(session: Session, ids: Collection[int]) -> list[TellingSend]:
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


def tellings(session: Session, ids: Collection[int]) -> dict[int, Telling]:
    """Return these steps by their number."""
    found: dict[int, Telling] = {}
    for chunk in chunked(sorted(ids)):
        rows = session.exec(select(Telling).where(col(Telling.id).in_(chunk))).all()
        found.update({one.id or 0: one for one in rows})
    return found


# The record -----------------------------------------------------------------------------------------------------------


def told(session: Session, wait_ids: Collection[int]) -> dict[int, list[Told]]:
    """Return who was told of each of these waits, step by step, when, and by which means."""
    found: dict[int, list[Told]] = {}
    for chunk in chunked(sorted(wait_ids)):
        query = (
            sa.select(
                _tellings.c.wait_id,
                _tellings.c.step,
                _sends.c.person,
                _sends.c.means,
                _sends.c.state,
                _sends.c.at,
                _sends.c.left_at,
                _sends.c.error,
                _tellings.c.nobody,
            )
            .join(_sends, _sends.c.telling_id == _tellings.c.id)
            .where(_tellings.c.wait_id.in_(chunk))
            .order_by(_sends.c.at, _sends.c.id)
        )
        for row in session.execute(query):
            found.setdefault(row[0], []).append(Told(*row))
    return found
