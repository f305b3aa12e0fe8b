"""Named questions about rules without code: which there are, what they did, and what waits for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Change, Contact, Conversation, Message, Rule, RuleAct, Wait
from inbox.store.tools import table

LOOKED_AT = 20_000
"""Changes that a preview looks at, the newest first."""

_rules, _acts, _changes = table(Rule), table(RuleAct), table(Change)
_conversations, _waits, _messages, _contacts = table(Conversation), table(Wait), table(Message), table(Contact)

ROUND = 500
"""So many of those that were silent before are looked at again in one sweep."""
Found = list[tuple[int, str]]
"""Conversations, each with what about it a rule looks at once."""
Place = tuple[datetime, int]
"""Where a round stands: when something last happened in a conversation, and its number."""


@dataclass(frozen=True, slots=True)
class Title:
    """What a conversation is called in a list of matches."""

    id: int
    contact: str
    subject: str
    updated_at: datetime


def everything(session: Session) -> list[Rule]:
    """Return every rule that was not deleted, in order."""
    query = select(Rule).where(col(Rule.deleted_at).is_(None)).order_by(col(Rule.position), col(Rule.id))
    return list(session.exec(query).all())


def enabled(session: Session, triggers: Sequence[str]) -> list[Rule]:
    """Return the rules that are on and have one of these triggers, in order."""
    query = select(Rule).where(
        col(Rule.deleted_at).is_(None), col(Rule.enabled).is_(True), col(Rule.trigger).in_(triggers)
    )
    return list(session.exec(query.order_by(col(Rule.position), col(Rule.id))).all())


def claim(work: Work, rule_id: int, conversation_id: int, subject: str) -> int | None:
    """Make it this transaction's to act by a rule on one thing; None when that was done before."""
    dialect = postgresql if work.dialect == "postgresql" else sqlite
    row = {"rule_id": rule_id, "conversation_id": conversation_id, "subject": subject, "did": [], "at": work.now}
    made = dialect.insert(_acts).values(row).on_conflict_do_nothing().returning(_acts.c.id)
    return work.session.execute(made).scalar()


def record(work: Work, act_id: int, did: list[str]) -> None:
    """Write down what was done."""
    work.session.execute(sa.update(_acts).where(_acts.c.id == act_id).values(did=did))


def worked(session: Session, since: datetime) -> dict[int, int]:
    """Count how often each rule did something since then."""
    recent = session.execute(sa.select(_acts.c.rule_id, _acts.c.did).where(_acts.c.at >= since).limit(LOOKED_AT))
    counts: dict[int, int] = {}
    for rule_id, did in recent:
        counts[rule_id] = counts.get(rule_id, 0) + bool(did)
    return counts


def answered(session: Session, conversation_id: int) -> bool:
    """Whether one of us has answered there."""
    query = sa.select(_messages.c.id).where(
        _messages.c.conversation_id == conversation_id,
        _messages.c.kind == "message",
        _messages.c.direction == "out",
        _messages.c.nature == "person",
    )
    return session.execute(query.limit(1)).first() is not None


# What lasts long enough -----------------------------------------------------------------------------------------------


def lasting(session: Session, rule: Rule, now: datetime, limit: int) -> Found:
    """Return those who wait and have come to a time rule's time, and that it has not looked at."""
    span = timedelta(hours=rule.hours)
    reached = (
        _conversations.c.waiting_since <= now - span
        if rule.trigger == "waiting"
        else _conversations.c.due_at <= now + span
    )
    subject = _name("wait:", _waits.c.id)
    query = (
        sa.select(_conversations.c.id, subject)
        .join(_waits, sa.and_(_waits.c.conversation_id == _conversations.c.id, _waits.c.closed_at.is_(None)))
        .where(_conversations.c.due_at.is_not(None), reached, _not_looked_at(rule.id or 0, subject))
        .order_by(_conversations.c.due_at, _conversations.c.id)
    )
    return [(number, name) for number, name in session.execute(query.limit(limit))]


def fallen_silent(session: Session, rule: Rule, now: datetime, limit: int) -> list[Place]:
    """Return those who came to a rule's time since sweeps have come so far, in that order."""
    after = (rule.swept_until, rule.swept_id or 0) if rule.swept_until else None
    return _walk(session, rule, now, after, limit)


def swept(rule: Rule, place: Place) -> None:
    """Remember how far sweeps have come; later ones look behind that only in rounds: see `silent_before`."""
    rule.swept_until, rule.swept_id = place


def silent_before(session: Session, rule: Rule, now: datetime, after: Place | None) -> list[Place]:
    """Return a few of those whom sweeps have passed, after a place of the round.

    Who is back from a snooze, or was opened again, is silent by what happened long ago. Rounds find them, a few at a
    time, so that a sweep costs the same however many are silent.
    """
    found = _walk(session, rule, now, after, ROUND)
    return [one for one in found if rule.swept_until and one <= (rule.swept_until, rule.swept_id or 0)]


def _walk(session: Session, rule: Rule, now: datetime, after: Place | None, limit: int) -> list[Place]:
    span, row = timedelta(hours=rule.hours), _conversations.c
    since = (rule.changed_at - span, 0)
    behind = sa.tuple_(row.updated_at, row.id) > sa.tuple_(*_bound(max(after or since, since)))
    query = sa.select(row.updated_at, row.id).where(*_quiet(None, now - span), behind)
    found = session.execute(query.order_by(row.updated_at, row.id).limit(limit))
    return [(at, number) for at, number in found]


def silent_among(session: Session, rule: Rule, now: datetime, conversation_ids: Sequence[int]) -> Found:
    """Return which of these have been silent for long enough, and were not looked at."""
    if not conversation_ids:
        return []
    span, mine = timedelta(hours=rule.hours), _conversations.c.id.in_(list(conversation_ids))
    return _silent(session, rule.id or 0, (mine, *_quiet(rule.changed_at - span, now - span)))


def _bound(place: Place) -> tuple[sa.BindParameter[Any], ...]:
    columns = (_conversations.c.updated_at, _conversations.c.id)
    return tuple(sa.bindparam(None, value, type_=one.type) for value, one in zip(place, columns, strict=True))


def _silent(session: Session, rule_id: int, wanted: tuple[sa.ColumnElement[bool], ...]) -> Found:
    newest = (
        sa.select(sa.func.max(_messages.c.id))
        .where(_messages.c.conversation_id == _conversations.c.id, _messages.c.kind == "message")
        .correlate(_conversations)
        .scalar_subquery()
    )
    subject = _name("message:", newest)
    query = sa.select(_conversations.c.id, subject).where(
        *wanted, newest.is_not(None), _not_looked_at(rule_id, subject)
    )
    query = query.order_by(_conversations.c.updated_at, _conversations.c.id)
    return [(number, name) for number, name in session.execute(query)]


def _quiet(since: datetime | None, until: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Say that we spoke last, and that nothing has happened for long enough. since: None where that is said elsewhere.

    Written out where it can be, for a partial index is used only where the planner sees that it fits.
    """
    row = _conversations.c
    return (
        row.status == sa.literal_column("'open'"),
        row.merged_into.is_(None),
        row.due_at.is_(None),
        row.snoozed_until.is_(None),
        row.last_from == sa.literal_column("'us'"),
        row.updated_at <= until,
        *((row.updated_at > since,) if since is not None else ()),
    )


def _name(word: str, number: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    return sa.literal(word, sa.Text).concat(sa.cast(number, sa.Text))


def _not_looked_at(rule_id: int, subject: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return ~sa.exists().where(
        _acts.c.rule_id == rule_id, _acts.c.conversation_id == _conversations.c.id, _acts.c.subject == subject
    )


# What would have been -------------------------------------------------------------------------------------------------


def happened(session: Session, kind: str, since: datetime, *, opened: bool, limit: int) -> list[int]:
    """Return the conversations in which this kind of thing happened since then, the newest first."""
    newest = sa.select(_changes).order_by(_changes.c.seq.desc()).limit(LOOKED_AT).subquery()
    query = (
        sa.select(newest.c.conversation_id)
        .join(_conversations, _conversations.c.id == newest.c.conversation_id)
        .where(newest.c.kind == kind, newest.c.at >= since, _conversations.c.merged_into.is_(None))
        .group_by(newest.c.conversation_id)
        .order_by(sa.func.max(newest.c.seq).desc())
    )
    if opened:
        query = query.where(_conversations.c.created_at >= since)
    return list(session.execute(query.limit(limit)).scalars())


def lasted(session: Session, trigger: str, hours: int, since: datetime, until: datetime, limit: int) -> list[int]:
    """Return the conversations that came to a time rule's time in this span, the newest first."""
    span = timedelta(hours=hours)
    if trigger == "silent":
        query = sa.select(_conversations.c.id).where(*_quiet(since - span, until - span))
        query = query.order_by(_conversations.c.updated_at.desc()).limit(limit)
        return list(session.execute(query).scalars())
    found = []
    for wait in _newest_waits(session):
        reached = wait.started_at + span if trigger == "waiting" else max(wait.due_at - span, wait.started_at)
        if since < reached <= until and (wait.closed_at is None or wait.closed_at >= reached):
            found.append(wait.conversation_id)
    return list(dict.fromkeys(found))[:limit]


def _newest_waits(session: Session) -> list[sa.Row[Any]]:
    columns = (_waits.c.conversation_id, _waits.c.started_at, _waits.c.due_at, _waits.c.closed_at)
    return list(session.execute(sa.select(*columns).order_by(_waits.c.id.desc()).limit(LOOKED_AT)))


def titles(session: Session, conversation_ids: Sequence[int]) -> list[Title]:
    """Return what these conversations are called, in the order asked."""
    query = (
        sa.select(_conversations.c.id, _contacts.c.name, _conversations.c.subject, _conversations.c.updated_at)
        .join(_contacts, _contacts.c.id == _conversations.c.contact_id)
        .where(_conversations.c.id.in_(list(conversation_ids)))
    )
    found = {row[0]: Title(*row) for row in session.execute(query)}
    return [found[number] for number in conversation_ids if number in found]
