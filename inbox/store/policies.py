"""Named questions about what is promised: the policies in order, their versions, the hours they count."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import (
    Contact,
    Conversation,
    ConversationTag,
    OpeningHours,
    Policy,
    PolicyVersion,
    Wait,
)
from inbox.store.tools import chunked, table
from rules import escalation, hours
from rules.escalation import Ladder
from rules.sla import Condition, Facts, Offer, Terms

_policies, _versions, _waits = table(Policy), table(PolicyVersion), table(Wait)
_contacts, _conversations, _tags = table(Contact), table(Conversation), table(ConversationTag)
_KNOWN = (_contacts.c.data, _contacts.c.language)
_TERMS = [
    _versions.c[name]
    for name in ("id", "policy_id", "name", "duration_minutes", "hours", "ladder", "resolution_minutes")
]


@lru_cache(maxsize=256)
def _ladder(text: str) -> Ladder:
    return escalation.load(json.loads(text))


def _read(row: Any) -> Terms:  # noqa: ANN401 - a row of SQLAlchemy
    ends = row.resolution_minutes
    return Terms(
        row.id,
        row.policy_id,
        row.name,
        timedelta(minutes=row.duration_minutes),
        None if row.hours is None else hours.load(row.hours),
        _ladder(row.ladder),
        None if ends is None else timedelta(minutes=ends),
        pauses=row.resolution_pauses,
        default=row.is_default,
    )


def _query() -> sa.Select[Any]:
    return sa.select(*_TERMS, _versions.c.resolution_pauses, _policies.c.is_default, _policies.c.condition).join(
        _policies, _policies.c.id == _versions.c.policy_id
    )


def terms(session: Session, version_ids: Collection[int]) -> dict[int, Terms]:
    """Return what these versions promise, by their number."""
    found: dict[int, Terms] = {}
    for chunk in chunked(sorted(set(version_ids))):
        found |= {row.id: _read(row) for row in session.execute(_query().where(_versions.c.id.in_(chunk)))}
    return found


def offers(session: Session) -> list[Offer]:
    """Return what is promised to whom now, in the order that counts: the promise for everybody comes last."""
    query = _query().where(_versions.c.number == _policies.c.number, _policies.c.archived_at.is_(None))
    query = query.order_by(_policies.c.is_default, _policies.c.position, _policies.c.id)
    return [Offer(Condition.load(row.condition), _read(row)) for row in session.execute(query)]


def facts(session: Session, conversation_ids: Collection[int]) -> dict[int, Facts]:
    """Return what policies ask of these conversations."""
    found: dict[int, Facts] = {}
    for chunk in chunked(sorted(conversation_ids)):
        tags = _tags_of(session, chunk)
        query = (
            sa.select(_conversations.c.id, _conversations.c.account_id, _conversations.c.channel, *_KNOWN)
            .join(_contacts, _contacts.c.id == _conversations.c.contact_id)
            .where(_conversations.c.id.in_(chunk))
        )
        for row in session.execute(query):
            known = _known(row.data, row.language)
            found[row.id] = Facts(row.account_id, row.channel, tags.get(row.id, frozenset()), known)
    return found


def people(session: Session, contact_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Return what is known of these people by name."""
    found: dict[int, dict[str, str]] = {}
    for chunk in chunked(sorted(contact_ids)):
        query = sa.select(_contacts.c.id, *_KNOWN).where(_contacts.c.id.in_(chunk))
        found |= {number: _known(data, language) for number, data, language in session.execute(query)}
    return found


def _known(data: dict[str, Any], language: str) -> dict[str, str]:
    return {**{name: str(value) for name, value in data.items()}, "language": language}


def tags(session: Session, conversation_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the tags of these conversations."""
    found: dict[int, frozenset[str]] = {}
    for chunk in chunked(sorted(conversation_ids)):
        found |= _tags_of(session, chunk)
    return found


def _tags_of(session: Session, chunk: Sequence[int]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    query = sa.select(_tags.c.conversation_id, _tags.c.tag).where(_tags.c.conversation_id.in_(chunk))
    for number, tag in session.execute(query):
        found.setdefault(number, set()).add(tag)
    return {number: frozenset(names) for number, names in found.items()}


def longest(session: Session) -> timedelta | None:
    """Return how long the slowest policy may take; None where one counts in opening hours, which may be any time."""
    query = sa.select(sa.func.max(_policies.c.duration_minutes), sa.func.max(_policies.c.hours_id))
    minutes, calendar = session.execute(query.where(_policies.c.archived_at.is_(None))).one()
    return timedelta(minutes=minutes) if calendar is None else None


# For the screens ------------------------------------------------------------------------------------------------------


def everything(session: Session) -> list[Policy]:
    """Return the policies that count, in their order, the promise for everybody last."""
    query = select(Policy).where(col(Policy.archived_at).is_(None))
    return list(session.exec(query.order_by(col(Policy.is_default), col(Policy.position), col(Policy.id))).all())


def get(session: Session, policy_id: int, *, lock: bool = False) -> Policy | None:
    """Return one policy, archived or not."""
    return session.get(Policy, policy_id, with_for_update=True if lock else None)


def versions(session: Session, policy_id: int, limit: int) -> list[PolicyVersion]:
    """Return how a policy stood over time, the newest first."""
    query = select(PolicyVersion).where(PolicyVersion.policy_id == policy_id)
    return list(session.exec(query.order_by(col(PolicyVersion.number).desc()).limit(limit)).all())


def calendars(session: Session) -> list[OpeningHours]:
    """Return the opening hours that can be chosen, by name."""
    query = select(OpeningHours).where(col(OpeningHours.archived_at).is_(None))
    return list(session.exec(query.order_by(col(OpeningHours.name), col(OpeningHours.id))).all())


def by_hours(session: Session, hours_id: int) -> list[Policy]:
    """Return the policies that count by these opening hours."""
    query = select(Policy).where(Policy.hours_id == hours_id, col(Policy.archived_at).is_(None))
    return list(session.exec(query.order_by(col(Policy.position), col(Policy.id))).all())


def add_version(work: Work, row: PolicyVersion) -> int:
    """Keep how a policy stands from now on."""
    work.session.add(row)
    work.session.flush()
    return row.id or 0


def open_waits(session: Session, policy_id: int) -> int:
    """Count the waits that are open by any version of a policy, and keep their deadline."""
    query = sa.text(
        "SELECT count(*) FROM waits w JOIN policy_versions v ON v.id = w.policy_version_id"
        " WHERE w.closed_at IS NULL AND v.policy_id = :policy"
    )
    return int(session.execute(query, {"policy": policy_id}).scalar_one())


LOOKED_AT = 2_000
"""Waits that a preview looks at, the newest first."""


def recent_waits(session: Session, since: datetime) -> list[sa.Row[Any]]:
    """Return the newest waits that began since then, one more than LOOKED_AT: their conversation, start and end."""
    columns = (_waits.c.conversation_id, _waits.c.started_at, _waits.c.closed_at)
    newest = sa.select(*columns, _waits.c.id).order_by(_waits.c.id.desc()).limit(LOOKED_AT + 1).subquery()
    return list(session.execute(sa.select(newest).where(newest.c.started_at >= since)))
