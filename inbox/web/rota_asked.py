"""What the page of the rota says of swaps: what is asked of whom, and which shifts can be given for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from inbox.web import rota_words
from rules import rota_calendar
from rules.rota import Slot

if TYPE_CHECKING:
    from inbox.flow.sign_in import Signed
    from inbox.store.tables import RotaSwap

OFFERED = 60
"""So many shifts to come a list to choose from holds, besides the reader's own."""
SETTLED = 20


@dataclass(frozen=True, slots=True)
class Choice:
    """A shift to come that can be chosen. value: how a form sends it."""

    person: int
    start: datetime
    end: datetime
    said: str

    @property
    def value(self) -> str:
        """Write it as `inbox.web.pages.rota_swaps` reads it."""
        return f"{self.person} {self.start.isoformat()} {self.end.isoformat()}"


@dataclass(frozen=True, slots=True)
class Request:
    """A swap as the reader sees it. mine: which of their shifts they could give for it; others: which of others'."""

    row: RotaSwap
    said: str
    back: str
    mine: tuple[Choice, ...] = ()
    others: tuple[Choice, ...] = ()

    @property
    def chooses(self) -> bool:
        """Whether whoever accepts chooses the shift that is taken in return."""
        return self.row.in_return and not self.back


@dataclass(frozen=True, slots=True)
class Swaps:
    """The swaps of shifts to come."""

    for_me: list[Request]
    open: list[Request]
    settled: list[Request]


def choices(ahead: Sequence[Slot], now: datetime, zone: tzinfo, me: int) -> list[Choice]:
    """Return the shifts that have not begun, of everybody, the next first; of the reader's own none is left out."""
    people = sorted({person for slot in ahead for person in slot.people})
    found = [
        Choice(person, slot.start, slot.end, rota_words.span(slot.start, slot.end, zone))
        for person in people
        for slot in rota_calendar.shifts(ahead, person)
        if slot.start > now
    ]
    found.sort(key=lambda one: (one.start, one.person))
    return found[:OFFERED] + [one for one in found[OFFERED:] if one.person == me]


def gathered(swaps: Iterable[RotaSwap], offered: Sequence[Choice], me: Signed, zone: tzinfo) -> Swaps:
    """Sort swaps by what the reader has to do with them."""
    told = [_request(one, offered, me.id, zone) for one in swaps]
    waiting = [one for one in told if one.row.state == "open"]
    for_me = [one for one in waiting if one.row.teammate_id != me.id and one.row.wanted_id in {None, me.id}]
    settled = [one for one in told if one.row.state != "open"][:SETTLED]
    return Swaps(for_me, [one for one in waiting if one not in for_me], settled)


def _request(row: RotaSwap, offered: Sequence[Choice], me: int, zone: tzinfo) -> Request:
    back = ""
    if row.back_starts_at is not None and row.back_ends_at is not None:
        back = rota_words.span(row.back_starts_at, row.back_ends_at, zone)
    able: list[Choice] = []
    if row.state == "open" and row.in_return and not back:
        able = [one for one in offered if one.end <= row.starts_at or one.start >= row.ends_at]
    theirs = [one for one in able if one.person != row.teammate_id and row.wanted_id in {None, one.person}]
    said = rota_words.span(row.starts_at, row.ends_at, zone)
    mine = tuple(one for one in theirs if one.person == me)
    return Request(row, said, back, mine, tuple(one for one in theirs if one.person != me))


def answerers(request: Request, team: Sequence[tuple[int, str]], me: int) -> list[tuple[int, str]]:
    """Return in whose name a founder could accept what needs no choice of a shift."""
    row = request.row
    return [one for one in team if one[0] not in {row.teammate_id, me} and row.wanted_id in {None, one[0]}]


def named(found: Iterable[Choice], names: Mapping[int, str]) -> list[tuple[str, str]]:
    """Write shifts as options, each with whose it is."""
    return [(one.value, f"{names.get(one.person, '?')}: {one.said}") for one in found]
