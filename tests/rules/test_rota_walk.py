"""The rota against another way of reckoning: every zone that changes its clocks, every change of five years.

The other way walks along the clock, a quarter of an hour at a time, and only ever looks which local time it is; it
never asks when a local time is, and finds whose turn it is by taking turns day by day from the first. `make fuzz`
compares at every change of the clocks in every zone (more than a million moments); the tests take some of them.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest

from rules.rota import AWAY, Absence, Layer, Override, Rota, Seat, Slot, holes, who

FULL = os.environ.get("HYPOTHESIS_PROFILE") == "fuzz"
FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
CELL, DAY = timedelta(minutes=15), timedelta(days=1)
AROUND = 3 * DAY
PEOPLE = range(1, 7)
CLOCKS = [time(0), time(1, 30), time(2), time(2, 30), time(3), time(9), time(17, 45), time(23)]


def changes_of(zone: ZoneInfo) -> list[datetime]:
    """Find when the clocks are changed there, by looking."""
    found, at = [], FIRST
    while at < LAST:
        if at.astimezone(zone).utcoffset() != (at + DAY).astimezone(zone).utcoffset():
            low = next(
                low
                for low in (at + n * CELL for n in range(96))
                if low.astimezone(zone).utcoffset() != (low + CELL).astimezone(zone).utcoffset()
            )
            found.append(low + CELL)
        at += DAY
    return found


# The other way --------------------------------------------------------------------------------------------------------


@dataclass
class Walk:
    """The local clock as it is seen while walking from one moment to another, in cells of a quarter of an hour."""

    zone: ZoneInfo
    start: datetime
    cells: int
    latest: list[datetime] = field(default_factory=list)
    begins: list[datetime] = field(default_factory=list)
    middles: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        seen = [(self._local(n, 0), self._local(n, 0.5)) for n in range(self.cells)]
        self.latest = [middle for _, middle in seen]
        for n in range(1, self.cells):
            self.latest[n] = max(self.latest[n], self.latest[n - 1])
        self.begins, self.middles = [begin for begin, _ in seen], [middle for _, middle in seen]
        for n in range(self.cells - 2, -1, -1):
            self.begins[n] = min(self.begins[n], self.begins[n + 1])
            self.middles[n] = min(self.middles[n], self.middles[n + 1])

    def _local(self, cell: int, part: float) -> datetime:
        return (self.start + (cell + part) * CELL).astimezone(self.zone).replace(tzinfo=None)

    def has_come(self, local: datetime, cell: int) -> bool:
        """Whether the clock has shown this, or passed it."""
        return self.latest[cell] >= local

    def will_come(self, local: datetime, cell: int) -> bool:
        """Whether the clock will show this again, or has not passed it for good."""
        return self.middles[cell] < local or (cell + 1 < self.cells and self.begins[cell + 1] <= local)


@dataclass
class Turn:
    day: date
    number: int
    place: int
    members: list[int]


def serves(layer: Layer, day: date) -> bool:
    return day.weekday() in layer.weekdays and day not in layer.skips


def begins(layer: Layer, until: date) -> Iterator[date]:
    """Name the days on which slots begin, by going through the calendar."""
    day, since, months = layer.start, 0, 0
    while day <= until:
        if layer.unit == "month":
            yield day
            months += layer.length
            following = layer.start.replace(day=1)
            for _ in range(months):
                following = (following + 32 * DAY).replace(day=1)
            after = (following + 32 * DAY).replace(day=1)
            day = min(following + (layer.start.day - 1) * DAY, after - DAY)
            continue
        counts = layer.unit != "business_day" or serves(layer, day)
        if counts:
            if since % (layer.length * (7 if layer.unit == "week" else 1)) == 0:
                yield day
            since += 1
        day += DAY


def turns(layer: Layer, last: date) -> list[Turn]:
    """Let people take turns from the first day on."""
    found: list[Turn] = []
    served = -1
    for number, day in enumerate(begins(layer, last)):
        able = [n for n, seat in enumerate(layer.seats) if not (seat.since and day < seat.since)]
        able = [n for n in able if not ((until := layer.seats[n].until) and day >= until)]
        if able:
            served = next((n for n in able if n > served), able[0])
        members = [layer.seats[n].person for n in able]
        found.append(Turn(day, number, able.index(served) if able else -1, members))
    return found


class Reference:
    """Who is on duty, by walking."""

    def __init__(self, asked: Rota, walk: Walk) -> None:
        self.asked, self.walk = asked, walk
        last = walk.latest[-1].date()
        self.turns = {layer.id: turns(layer, last) for layer in asked.layers}

    def on_duty(self, cell: int) -> tuple[int, ...]:
        at = self.walk.start + (cell + 0.5) * CELL
        holds = sorted((one for one in self.asked.overrides if one.start <= at < one.end), key=lambda one: one.id)
        away = {one.person for one in self.asked.absences if one.start <= at < one.end}
        for one in reversed(holds):
            if one.kind == "take_over":
                return (one.person,)
        off = {one.person for one in holds if one.kind == "remove"}
        found: list[int] = []
        for layer in sorted(self.asked.layers, key=lambda one: (one.priority, -one.id), reverse=True):
            person = self.in_layer(layer, cell, holds, away)
            if person is not None and person not in off:
                found += [person] if person not in found else []
                if not layer.beside:
                    break
        for one in holds:
            if one.kind == "add":
                later = [deal for deal in holds if deal.kind in {"swap", "replace"} and deal.id > one.id]
                person = self.follow(one.person, {deal.id: deal for deal in later if deal.person not in away})
                found += [person] if person not in {*away, *found} else []
        return tuple(found)

    def in_layer(self, layer: Layer, cell: int, holds: list[Override], away: set[int]) -> int | None:
        turn = None
        for one in self.turns[layer.id]:
            if self.walk.has_come(datetime.combine(one.day, layer.handover), cell):
                turn = one
        if turn is None or not turn.members or not self.claims(layer, cell):
            return None
        deals = {one.id: one for one in holds if one.kind in {"swap", "replace"} and one.person not in away}
        person = self.follow(turn.members[turn.place], deals)
        if person not in away:
            return person
        queue = turn.members[turn.place + 1 :] + turn.members[: turn.place]
        for _ in range(turn.number // len(turn.members) % max(len(queue), 1)):
            queue.append(queue.pop(0))
        there = [one for one in queue if one not in away]
        return self.follow(there[0], deals) if there else None

    @staticmethod
    def follow(person: int, deals: dict[int, Override]) -> int:
        for number in sorted(deals):
            if deals[number].instead_of == person:
                person = deals.pop(number).person
        return person

    def claims(self, layer: Layer, cell: int) -> bool:
        today = self.walk.latest[cell].date()
        for back in range(4):
            day = today - back * DAY
            if day < layer.start or not serves(layer, day):
                continue
            for opens, closes in layer.spans or ((layer.handover, layer.handover),):
                end = datetime.combine(day if closes > opens else day + DAY, closes)
                if self.walk.has_come(datetime.combine(day, opens), cell) and self.walk.will_come(end, cell):
                    return True
        return False


# What is asked --------------------------------------------------------------------------------------------------------


def some_layer(dice: random.Random, number: int, around: datetime) -> Layer:
    def day(back: int, forth: int) -> date:
        return around.date() + dice.randint(-back, forth) * DAY

    seats = []
    for person in dice.sample(PEOPLE, dice.randint(1, 5)):
        since, until = (day(300, 2) if dice.random() < 0.2 else None for _ in range(2))
        fits = since is None or until is None or since < until
        seats.append(Seat(person, since, until if fits else None))
    spans = [(dice.choice(CLOCKS), dice.choice(CLOCKS)) for _ in range(dice.choice([0, 0, 1, 1, 2]))]
    return Layer(
        id=number,
        seats=tuple(seats),
        start=day(2 if dice.random() < 0.1 else 400, 0),
        handover=dice.choice(CLOCKS),
        unit=dice.choice(["business_day", "day", "day", "week", "month"]),
        length=dice.choice([1, 1, 2, 3]),
        priority=dice.randint(0, 2),
        weekdays=frozenset(dice.sample(range(7), dice.choice([7, 7, 5, 2, 1]))),
        spans=tuple(spans),
        skips=frozenset(day(400, 3) for _ in range(dice.choice([0, 5, 40]))),
        beside=dice.random() < 0.15,
    )


def some_rota(dice: random.Random, name: str, around: datetime) -> Rota:
    def span() -> tuple[datetime, datetime]:
        start = around + dice.randint(-300, 280) * CELL
        return start, start + dice.randint(1, 200) * CELL

    layers = tuple(some_layer(dice, number, around) for number in range(1, dice.randint(2, 4)))
    overrides = []
    for number in range(dice.choice([0, 0, 2, 5])):
        kind = dice.choice(["add", "remove", "replace", "swap", "swap", "take_over"])
        person, other = dice.sample(PEOPLE, 2)
        overrides.append(Override(number, kind, person, *span(), other if kind in {"replace", "swap"} else None))
    absences = [Absence(dice.choice(PEOPLE), *span(), dice.choice(AWAY)) for _ in range(dice.choice([0, 0, 2, 4]))]
    return Rota(name, layers, tuple(overrides), tuple(absences), dice.random() < 0.5)


def compare(asked: Rota, around: datetime) -> int:
    """Compare at every moment around a change of the clocks; returns at how many."""
    margin = 2 * DAY
    walk = Walk(ZoneInfo(asked.zone), around - AROUND - margin, 2 * (AROUND + margin) // CELL)
    reference = Reference(asked, walk)
    slots = who(asked, around - AROUND, around + AROUND)
    tiled(slots, around - AROUND, around + AROUND)
    place = 0
    cells = range(margin // CELL, walk.cells - margin // CELL)
    for cell in cells:
        at = walk.start + (cell + 0.5) * CELL
        while slots[place].end <= at:
            place += 1
        assert slots[place].people == reference.on_duty(cell), (asked, at.isoformat(), slots[place])
    return len(cells)


def tiled(slots: list[Slot], start: datetime, end: datetime) -> None:
    assert (slots[0].start, slots[-1].end) == (start, end)
    assert all(one.start < one.end == other.start for one, other in pairwise(slots))


def zones() -> list[str]:
    return sorted(available_timezones())


@pytest.mark.fuzz
def test_a_walk_along_the_clock_finds_the_same_people_on_duty_in_every_zone() -> None:
    dice, cases, changed = random.Random(24), 0, 0
    names = zones() if FULL else random.Random(7).sample(zones(), 120)
    for name in names:
        changes = changes_of(ZoneInfo(name))
        changed += bool(changes)
        for around in changes if FULL or not changes else [dice.choice(changes)]:
            cases += compare(some_rota(dice, name, around), around)
    print(f"{cases} moments in {changed} zones that change their clocks: 0 differences")
    assert cases >= (1_000_000 if FULL else 15_000)
    assert changed >= (180 if FULL else 30)


@pytest.mark.fuzz
def test_a_rota_around_the_clock_has_no_gap_and_no_overlap_in_five_years() -> None:
    dice = random.Random(5)
    names = zones() if FULL else ["Europe/Paris", "Africa/Casablanca", "Australia/Lord_Howe", "America/Santiago"]
    for name in names:
        seats = tuple(Seat(person) for person in PEOPLE)
        handover, middle = dice.choice(CLOCKS), dice.choice(CLOCKS)
        whole = Layer(1, seats, date(2023, 12, 1), handover, dice.choice(["day", "week", "month"]))
        parts = tuple(
            Layer(number, seats[number:], date(2023, 12, 1), handover, "day", spans=((opens, closes),))
            for number, opens, closes in ((1, handover, middle), (2, middle, handover))
        )
        for layers in ((whole,), parts):
            asked = Rota(name, layers)
            slots = who(asked, FIRST, LAST)
            tiled(slots, FIRST, LAST)
            assert all(len(slot.people) == 1 for slot in slots), name
            assert holes(asked, FIRST, LAST, slots) == []
