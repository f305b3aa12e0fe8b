"""Who is on duty when: layers, whose turn it is, absences, overrides, swaps, and take-overs, as a pure calculation.

The time asked for is cut wherever something may change; each piece is decided by itself, and says why:

1. Of the layers that claim the moment, the highest serves (and those below it, where it says that it serves beside).
2. In a layer: whose turn it is; then what was agreed of it, swaps and replacements, in the order of their making.
3. Who is away is stood in for by the next of the rotation who is not; the stand-in changes from round to round, so
   that nobody always serves for the same colleague. Where all are away the layer below serves.
4. Who was taken off is off. Who was added is added. Whoever took over serves alone.

What names somebody who is away has no effect, but for a take-over: that was said by the person.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import TypeVar
from zoneinfo import ZoneInfo

from rules.rota_time import Layer, Seat, Track, resolve

__all__ = ["Absence", "Layer", "Override", "Rota", "Seat", "Slot", "holes", "resolve", "who"]

T = TypeVar("T", "Override", "Absence")

KINDS = ("add", "remove", "replace", "swap", "take_over")
AWAY = ("away", "holiday")
"""Away, or on a public holiday of theirs; who is both is away."""


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away, from one moment to another. why: the word that says so, one of AWAY."""

    person: int
    start: datetime
    end: datetime
    why: str = AWAY[0]


@dataclass(frozen=True, slots=True)
class Override:
    """What was agreed for some time: one of KINDS.

    person: who is added, taken off, serves instead of `instead_of`, or took over. A swap that was taken replaces, too.
    """

    id: int
    kind: str
    person: int
    start: datetime
    end: datetime
    instead_of: int | None = None


@dataclass(frozen=True, slots=True)
class Rota:
    """All that decides who is on duty. always: a moment at which nobody serves is a hole, whatever the layers claim."""

    zone: str
    layers: tuple[Layer, ...] = ()
    overrides: tuple[Override, ...] = ()
    absences: tuple[Absence, ...] = ()
    always: bool = True


@dataclass(frozen=True, slots=True)
class Slot:
    """A time with the same people on duty for the same reasons; nobody, where there is a hole.

    why: the chain of reasons, each "word:number". turn:<layer>:<number of its slot>, swap:<who serves instead>,
    replace:<who serves instead>, away:<who>, holiday:<who>, stand_in:<who>, remove:<who>, add:<who>, take_over:<who>,
    all_away:<layer>.
    """

    start: datetime
    end: datetime
    people: tuple[int, ...]
    why: tuple[str, ...] = ()


def who(rota: Rota, start: datetime, end: datetime) -> list[Slot]:
    """Return who is on duty from `start` to `end`: slots that follow each other without gap or overlap."""
    zone = ZoneInfo(rota.zone)
    layers = sorted(rota.layers, key=lambda layer: (-layer.priority, layer.id))
    shifts = [_Shift(Track(layer, zone), start, end) for layer in layers if layer.seats]
    overrides = sorted((one for one in rota.overrides if one.start < end and one.end > start), key=lambda one: one.id)
    absences = [one for one in rota.absences if one.start < end and one.end > start]
    cuts = {start, end}
    given = [(one.start, one.end) for one in overrides] + [(one.start, one.end) for one in absences]
    cuts |= {at for span in given for at in span if start < at < end}
    for shift in shifts:
        cuts |= shift.cuts
    edges = sorted(cuts)
    pieces = (
        Slot(a, b, *_on_duty(shifts, _at(overrides, a), _reasons(_at(absences, a)), a)) for a, b in pairwise(edges)
    )
    return _joined(pieces)


def holes(rota: Rota, start: datetime, end: datetime, slots: Iterable[Slot] | None = None) -> list[Slot]:
    """Return when nobody is on duty although somebody should be: always, or when a layer claims the time."""
    found = [slot for slot in (who(rota, start, end) if slots is None else slots) if not slot.people]
    if rota.always:
        return _joined(replace(slot, why=()) for slot in found)
    zone = ZoneInfo(rota.zone)
    claimed = [one for layer in rota.layers for one in Track(layer, zone).windows(start, end)]
    edges = sorted(
        {edge for slot in found for edge in (slot.start, slot.end)} | {edge for one in claimed for edge in one}
    )
    pieces = (Slot(a, b, ()) for a, b in pairwise(edges))
    return _joined(
        piece
        for piece in pieces
        if any(slot.start <= piece.start < slot.end for slot in found)
        and any(opens <= piece.start < closes for opens, closes in claimed)
    )


class _Shift:
    """One layer between two moments."""

    def __init__(self, track: Track, start: datetime, end: datetime) -> None:
        self.layer, self._track = track.layer, track
        self._windows = track.windows(start, end)
        self._opens = [opens for opens, _ in self._windows]
        self._first = max(track.slot_at(start), 0)
        self._starts = [at for at in track.handovers(start, end) if at > start]
        inside = (at for window in self._windows for at in window)
        self.cuts = {at for at in (*self._starts, *inside) if start < at < end}
        self._from = track.slot_start(self._first) <= start

    def turn(self, at: datetime) -> tuple[int, int, tuple[Seat, ...]] | None:
        """Return the number of the slot that runs then, whose turn it is, and who else sits here."""
        place = bisect_right(self._opens, at) - 1
        if place < 0 or at >= self._windows[place][1]:
            return None
        number = self._first + bisect_right(self._starts, at) - (0 if self._from else 1)
        turn = self._track.turn(number)
        return (number, *turn) if turn else None


def _on_duty(
    shifts: list[_Shift], overrides: list[Override], away: Mapping[int, str], at: datetime
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    taken = [one for one in overrides if one.kind == "take_over"]
    if taken:
        return (taken[-1].person,), (f"take_over:{taken[-1].person}",)
    standing = [one for one in overrides if one.kind == "remove" or one.person not in away]
    removed = {one.person for one in standing if one.kind == "remove"}
    people: list[int] = []
    why: list[str] = []
    for shift in shifts:
        served, reasons = _serves(shift, standing, away, at)
        why += reasons
        if served in removed:
            why.append(f"remove:{served}")
        elif served is not None:
            people.append(served)
            if not shift.layer.beside:
                break
    for one in (one for one in overrides if one.kind == "add"):
        person, chain = _follow(one.person, _deals(standing, one.id), [f"add:{one.person}"])
        if person not in away:
            people.append(person)
            why += chain
    return tuple(dict.fromkeys(people)), tuple(why)


def _deals(overrides: Iterable[Override], since: int = -1) -> list[Override]:
    """Return who serves instead of whom. since: what was agreed after that alone."""
    return [one for one in overrides if one.kind in {"replace", "swap"} and one.id > since]


def _serves(
    shift: _Shift, overrides: list[Override], away: Mapping[int, str], at: datetime
) -> tuple[int | None, tuple[str, ...]]:
    """Say who serves in one layer, None for nobody, and why."""
    turn = shift.turn(at)
    if turn is None:
        return None, ()
    number, place, members = turn
    agreed = _deals(overrides)
    person, why = _follow(members[place].person, agreed, [f"turn:{shift.layer.id}:{number}"])
    if person not in away:
        return person, tuple(why)
    why.append(f"{away[person]}:{person}")
    stand_in = _stand_in(number, place, members, away)
    if stand_in is None:
        return None, (*why, f"all_away:{shift.layer.id}")
    person, why = _follow(stand_in, agreed, [*why, f"stand_in:{stand_in}"])
    return person, tuple(why)


def _follow(person: int, agreed: list[Override], why: list[str]) -> tuple[int, list[str]]:
    """Hand a turn on as was agreed, in the order in which it was."""
    for one in agreed:
        if one.instead_of == person:
            person = one.person
            why = [*why, f"{one.kind}:{person}"]
    return person, why


def _stand_in(number: int, place: int, members: tuple[Seat, ...], away: Collection[int]) -> int | None:
    """Return the next of the rotation who is there; each round begins with another colleague."""
    others = [*members[place + 1 :], *members[:place]]
    if not others:
        return None
    begin = number // len(members) % len(others)
    return next((seat.person for seat in (*others[begin:], *others[:begin]) if seat.person not in away), None)


def _reasons(absences: Iterable[Absence]) -> dict[int, str]:
    """Say of whom is away why; the word that comes first in AWAY counts."""
    found: dict[int, str] = {}
    for one in absences:
        found[one.person] = min(found.get(one.person, one.why), one.why, key=AWAY.index)
    return found


def _at(found: list[T], at: datetime) -> list[T]:
    return [one for one in found if one.start <= at < one.end]


def _joined(pieces: Iterable[Slot]) -> list[Slot]:
    joined: list[Slot] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and last.end == piece.start and (last.people, last.why) == (piece.people, piece.why):
            joined[-1] = replace(last, end=piece.end)
        else:
            joined.append(piece)
    return joined
