"""A store in which very many people wait, written in bulk: what is tried with it is the clock, not the reading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import SQLModel

from inbox.store.db import Store, Work
from inbox.store.tables import Account, Contact, Conversation, Message, Wait, WaitStep
from inbox.store.tables.types import Utc
from inbox.store.tools import table
from rules.escalation import DAY, DEFAULT, LATE, Ring, timetable

CHUNK = 5_000


def let_wait(store: Store, moments: list[datetime]) -> list[tuple[int, str, datetime]]:
    """Let one person wait for each moment, at which exactly one step of their wait falls due; return those steps.

    The waits are of every age: the first is about to be warned of, the next breaks the promise, and so on. What had
    to ring before that moment has rung. Returns (wait, step, moment).
    """
    for first in range(0, len(moments), CHUNK):
        some = list(enumerate(moments[first : first + CHUNK], start=first + 1))
        with store.unit_of_work() as work:
            if first == 0:
                _found(work)
            _write(work, [(number, moment, _due_at(number, moment)) for number, moment in some])
    with store.unit_of_work() as work:
        for place, name in enumerate(NAMES):
            _rang(work, place, name, moments[0] - 30 * DAY)
    return [(number, NAMES[number % len(NAMES)], moment) for number, moment in enumerate(moments, start=1)]


def _due_at(number: int, moment: datetime) -> datetime:
    """Return when a wait is due, one of whose steps falls due at this moment: which one, its number says."""
    return moment + (moment - _steps(moment)[number % len(NAMES)].at)


def _steps(due_at: datetime) -> list[Ring]:
    """Return the steps of the promise, up to the second day after it was broken."""
    return [*timetable(DEFAULT, due_at, None), *(Ring(f"{LATE}{day}", due_at + day * DAY) for day in (1, 2))]


NAMES = [step.name for step in _steps(datetime(2026, 1, 1, tzinfo=UTC))]


def _found(work: Work) -> None:
    """Make the account, and Carol's one message, to which every wait refers."""
    row = {"id": 1, "kind": "mail", "address": "support@example.com", "enabled": False, "created_at": work.now}
    work.insert(Account, [blank(Account) | row])
    work.insert(Contact, [blank(Contact) | {"id": 1, "name": "Carol", "created_at": work.now}])
    work.insert(Conversation, [_conversation(1, work.now)])
    said = {"id": 1, "conversation_id": 1, "account_id": 1, "direction": "in", "channel": "mail", "contact_id": 1}
    work.insert(Message, [blank(Message) | said | {"at": work.now, "stored_at": work.now}])


def _write(work: Work, some: list[tuple[int, datetime, datetime]]) -> None:
    work.insert(Conversation, [_conversation(number, due_at) for number, _, due_at in some if number > 1])
    work.insert(Wait, [_wait(number, due_at, moment) for number, moment, due_at in some])


def _rang(work: Work, place: int, name: str, at: datetime) -> None:
    """Let a step have rung long ago wherever a later one is the next."""
    waits, steps = table(Wait), table(WaitStep)
    later = sa.select(waits.c.id, sa.literal(name), sa.literal(at, Utc), sa.literal(at, Utc))
    later = later.where(waits.c.id % len(NAMES) > place)
    work.session.execute(sa.insert(steps).from_select(["wait_id", "step", "due_at", "rung_at"], later))


def _conversation(number: int, due_at: datetime) -> dict[str, Any]:
    began = due_at - DAY
    own = {"id": number, "contact_id": 1, "account_id": 1, "channel": "mail", "due_at": due_at, "waiting_since": began}
    return blank(Conversation) | own | {"created_at": began, "updated_at": began, "last_from": "them"}


def _wait(number: int, due_at: datetime, moment: datetime) -> dict[str, Any]:
    own = {"id": number, "conversation_id": number, "account_id": 1, "message_id": 1, "kind": "first"}
    return blank(Wait) | own | {"started_at": due_at - DAY, "due_at": due_at, "next_step_at": moment}


def blank(model: type[SQLModel]) -> dict[str, Any]:
    """Return a row of defaults."""
    return dict(_defaults(model)) | {"id": None}


def _defaults(model: type[SQLModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        if not field.is_required():
            yield name, field.get_default(call_default_factory=True)
