"""A store in which very many people wait, written in bulk: what is tried with it is the clock, not the reading."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlmodel import SQLModel

from inbox.store.db import Store, Work
from inbox.store.tables import Account, Contact, Conversation, Message, Wait, WaitStep
from rules.escalation import DAY, DEFAULT, LATE, Ring, timetable

CHUNK = 5_000


def let_wait(store: Store, moments: list[datetime]) -> list[tuple[int, str, datetime]]:
    """Let one person wait for each moment, at which exactly one step of their wait falls due; return those steps.

    The waits are of every age: the first is about to be warned of, the next breaks the promise, and so on. What had
    to ring before that moment has rung. Returns (wait, step, moment).
    """
    expected = []
    for first in range(0, len(moments), CHUNK):
        some = list(enumerate(moments[first : first + CHUNK], start=first + 1))
        with store.unit_of_work() as work:
            if first == 0:
                _found(work)
            expected += _write(work, some)
    return expected


def _found(work: Work) -> None:
    row = {"id": 1, "kind": "mail", "address": "support@example.com", "enabled": False, "created_at": work.now}
    work.insert(Account, [blank(Account) | row])
    work.insert(Contact, [blank(Contact) | {"id": 1, "name": "Carol", "created_at": work.now}])


def _write(work: Work, some: list[tuple[int, datetime]]) -> list[tuple[int, str, datetime]]:
    due, rung, expected = {}, [], []
    for number, moment in some:
        due[number], step, before = _aged(number, moment)
        expected.append((number, step, moment))
        rung += [{"wait_id": number, "step": one.name, "due_at": one.at, "rung_at": one.at} for one in before]
    work.insert(Conversation, [_conversation(number, due[number]) for number in due])
    work.insert(Message, [_message(number, due[number]) for number in due])
    work.insert(Wait, [_wait(number, due[number], moment) for number, moment in some])
    work.insert(WaitStep, rung)
    return expected


def _aged(number: int, moment: datetime) -> tuple[datetime, str, list[Ring]]:
    """Return when a wait is due one of whose steps falls due at this moment, that step, and those before it."""
    steps = _steps(moment)
    due_at = moment + (moment - steps[number % len(steps)].at)
    steps = _steps(due_at)
    return due_at, steps[number % len(steps)].name, steps[: number % len(steps)]


def _steps(due_at: datetime) -> list[Ring]:
    """Return the steps of the promise, up to the second day after it was broken."""
    return [*timetable(DEFAULT, due_at, None), *(Ring(f"{LATE}{day}", due_at + day * DAY) for day in (1, 2))]


def _conversation(number: int, due_at: datetime) -> dict[str, Any]:
    began = due_at - DAY
    own = {"id": number, "contact_id": 1, "account_id": 1, "channel": "mail", "due_at": due_at, "waiting_since": began}
    return blank(Conversation) | own | {"created_at": began, "updated_at": began, "last_from": "them"}


def _message(number: int, due_at: datetime) -> dict[str, Any]:
    began = due_at - DAY
    own = {"id": number, "conversation_id": number, "account_id": 1, "direction": "in", "channel": "mail"}
    return blank(Message) | own | {"contact_id": 1, "at": began, "stored_at": began}


def _wait(number: int, due_at: datetime, moment: datetime) -> dict[str, Any]:
    own = {"id": number, "conversation_id": number, "account_id": 1, "message_id": number, "kind": "first"}
    return blank(Wait) | own | {"started_at": due_at - DAY, "due_at": due_at, "next_step_at": moment}


def blank(model: type[SQLModel]) -> dict[str, Any]:
    """Return a row of defaults."""
    return dict(_defaults(model)) | {"id": None}


def _defaults(model: type[SQLModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        if not field.is_required():
            yield name, field.get_default(call_default_factory=True)
