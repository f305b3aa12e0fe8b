"""The form of a layer of the rota: read what was sent, move people about in it, and lay it out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import TYPE_CHECKING

from inbox.flow.errors import RefusedError
from inbox.flow.rota import Given, Place
from inbox.say import say

if TYPE_CHECKING:
    from inbox.store.tables import RotaLayer, RotaSeat

SPANS = 3
"""So many spans of hours the form has room for; what the API set beyond is kept while nobody edits them here."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """A line of the list of people, as it stands in the form."""

    teammate_id: int
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """All that the form holds, as text, so that nothing that was typed is lost."""

    name: str = ""
    people: tuple[Sitting, ...] = ()
    starts_on: str = ""
    handover: str = "09:00"
    unit: str = "week"
    length: str = "1"
    priority: str = "0"
    weekdays: frozenset[int] = frozenset(range(7))
    spans: tuple[tuple[str, str], ...] = ()
    skip: bool = False
    beside: bool = False
    country: str = field(default="")
    region: str = field(default="")

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Return the spans, and empty lines up to SPANS."""
        return [*self.spans, *[("", "")] * max(SPANS - len(self.spans), 0)]


def of_row(row: RotaLayer, seats: Sequence[RotaSeat]) -> Form:
    """Lay a layer out as the form shows it."""
    return Form(
        row.name,
        tuple(Sitting(one.teammate_id, _day(one.since), _day(one.until)) for one in seats),
        row.starts_on.isoformat(),
        row.handover,
        row.unit,
        str(row.length),
        str(row.priority),
        frozenset(day for day in range(7) if row.weekdays >> day & 1),
        tuple((opens, closes) for opens, closes in row.spans),
        row.holidays == "skip",
        row.beside,
        row.country,
        row.region,
    )


def _day(value: date | None) -> str:
    return value.isoformat() if value else ""


def sent(given: Mapping[str, str], many: Mapping[str, Sequence[str]]) -> Form:
    """Read what a browser sent; lists come line by line."""
    whos, since, until = many.get("who", ()), many.get("since", ()), many.get("until", ())
    opens, closes = many.get("opens", ()), many.get("closes", ())
    people = [
        Sitting(int(who), _at(since, number), _at(until, number))
        for number, who in enumerate(whos)
        if who.isascii() and who.isdigit() and len(who) < 19
    ]
    return Form(
        given.get("name", "")[:200],
        tuple(people),
        given.get("starts_on", ""),
        given.get("handover", ""),
        given.get("unit", ""),
        given.get("length", ""),
        given.get("priority", ""),
        frozenset(int(day) for day in many.get("weekday", ()) if day in set("0123456")),
        tuple((a, b) for a, b in zip(opens, closes, strict=False) if a or b),
        "skip" in given,
        "beside" in given,
        given.get("country", ""),
        given.get("region", ""),
    )


def _at(values: Sequence[str], number: int) -> str:
    return values[number][:20] if number < len(values) else ""


def moved(form: Form, act: str, joining: str) -> Form:
    """Do what a button beside a person says: "up:2", "down:0", "out:1", or "in" for whoever was chosen to join."""
    what, _colon, where = act.partition(":")
    people = list(form.people)
    if what == "in" and joining.isascii() and joining.isdigit():
        return replace(form, people=(*people, Sitting(int(joining[:18]))))
    number = int(where) if where.isascii() and where.isdigit() and len(where) < 5 else -1
    if not 0 <= number < len(people):
        return form
    if what == "out":
        del people[number]
    other = number + {"up": -1, "down": 1}.get(what, 0)
    if what in {"up", "down"} and 0 <= other < len(people):
        people[number], people[other] = people[other], people[number]
    return replace(form, people=tuple(people))


def read(form: Form) -> Given:
    """Understand the form. RefusedError names what cannot be read."""
    try:
        return Given(
            form.name,
            tuple(Place(one.teammate_id, _date(one.since), _date(one.until)) for one in form.people),
            date.fromisoformat(form.starts_on),
            _clock(form.handover),
            form.unit,
            int(form.length[:4]),
            int(form.priority[:4] or 0),
            form.weekdays,
            tuple((_clock(opens), _clock(closes)) for opens, closes in form.spans),
            form.skip,
            form.country,
            form.region,
            form.beside,
        )
    except ValueError:
        raise RefusedError(say("Give every day as a date, every time as in 09:00, and numbers as numbers.")) from None


def _clock(text: str) -> time:
    """Read an hour of the rota's own clock; one that names a zone is none."""
    found = time.fromisoformat(text)
    if found.tzinfo is not None:
        raise ValueError
    return found.replace(second=0, microsecond=0)


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
