"""What an edit of the rota would change, for whom: the edit itself, in a transaction that is taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from inbox.flow import duty
from inbox.store import rota as rows
from rules.rota_change import Changed, affected, changes

if TYPE_CHECKING:
    from inbox.store.db import Store, Work
    from rules.rota import Slot

AHEAD = timedelta(days=14)
LISTED = 60


@dataclass(frozen=True, slots=True)
class Preview:
    """The next two weeks as they would be. people: whose time on duty changes."""

    slots: list[Slot]
    changed: list[Changed]
    people: list[int]
    more: int


class _TakenBackError(Exception):
    """Ends a transaction without keeping anything of it."""


def _take_back() -> NoReturn:
    raise _TakenBackError


def preview(store: Store, edit: Callable[[Work], object]) -> Preview:
    """Try an edit and say what it changes; nothing is kept. What the edit refuses is refused here, too."""
    found: list[Preview] = []
    try:
        with store.unit_of_work() as work:
            end = work.now + AHEAD
            known = rows.in_use(work.session) is not None
            before = duty.slots(work.session, work.now, end) if known else []
            edit(work)
            after = duty.slots(work.session, work.now, end)
            different = changes(before, after)
            more = max(len(different) - LISTED, 0)
            found.append(Preview(after, different[:LISTED], affected(different), more))
            _take_back()
    except _TakenBackError:
        return found[0]
