"""Who is on duty: everybody asks here, and nobody asks the rota or a teammate's preferences.

Where the house has a rota, it says so; where it has none, whoever switched themselves on duty is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.store import readers
from rules.rota import Slot

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.store.db import Session


def on_duty(session: Session, now: datetime) -> list[int]:
    """Return who answers now; nobody, where the rota has a hole."""
    [slot] = slots(session, now, now.max.replace(tzinfo=now.tzinfo))
    return list(slot.people)


def next_on_duty(session: Session, now: datetime) -> list[int]:
    """Return who answers after those who do now; nobody while there is no rota."""
    del session, now
    return []


def slots(session: Session, start: datetime, end: datetime) -> list[Slot]:
    """Return who is on duty from one moment to another, without gap or overlap; nobody, where there is a hole."""
    return [Slot(start, end, tuple(readers.on_duty(session)), ("switch",))]
