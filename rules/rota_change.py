"""What an edit of the rota changes for whom: two answers to the question who is on duty, compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from rules.rota import Slot


@dataclass(frozen=True, slots=True)
class Changed:
    """A time at which others are on duty than was said."""

    start: datetime
    end: datetime
    before: tuple[int, ...]
    after: tuple[int, ...]


def changes(before: Sequence[Slot], after: Sequence[Slot]) -> list[Changed]:
    """Compare where both say something; each in order, without overlap. Why somebody serves is no change."""
    edges = sorted({edge for slot in (*before, *after) for edge in (slot.start, slot.end)})
    found: list[Changed] = []
    old, new = _Runs(before), _Runs(after)
    for start, end in pairwise(edges):
        was, will = old.at(start), new.at(start)
        if was is None or will is None or set(was) == set(will):
            continue
        last = found[-1] if found else None
        if last and last.end == start and (last.before, last.after) == (was, will):
            found[-1] = Changed(last.start, end, was, will)
        else:
            found.append(Changed(start, end, was, will))
    return found


def affected(found: Sequence[Changed]) -> list[int]:
    """Return whose time on duty changes."""
    return sorted({person for one in found for person in set(one.before) ^ set(one.after)})


class _Runs:
    """Slots that are asked in order."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        self._slots, self._place = slots, 0

    def at(self, moment: datetime) -> tuple[int, ...] | None:
        while self._place < len(self._slots) and self._slots[self._place].end <= moment:
            self._place += 1
        slot = self._slots[self._place] if self._place < len(self._slots) else None
        return slot.people if slot and slot.start <= moment else None
