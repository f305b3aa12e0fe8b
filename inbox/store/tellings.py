"""Named questions about what the ladder tells: which steps wait to be told, and who was told of which."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Claim, Contact, Conversation, Notice, Telling, TellingSend, Wait, WaitStep
from inbox.store.tools import chunked, insert_new, table

_tellings, _sends, _waits, _steps = table(Telling), table(TellingSend), table(Wait), table(WaitStep)
_contacts, _conversations, _notices, _claims = table(Contact), table(Conversation), table(Notice), table(Claim)


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


def steps(session: Session, ids: Collection[int]) -> dict[int, Telling]:
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
