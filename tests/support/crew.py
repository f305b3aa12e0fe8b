"""A crew of three who take turns by the day: what the tests of the rota are about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from house import House
from sqlmodel import select

from inbox.flow import duty, rota, rota_swaps
from inbox.store.tables import Change
from rules.rota import Slot

MONDAY = date(2026, 11, 2)
"""The clock stands at nine in London on that day."""


class Crew:
    """Alice (founder), Bob and Carol, who take turns by day, in London."""

    def __init__(self, house: House) -> None:
        self.house, self.store, self.clock = house, house.store, house.clock
        self.alice, self.bob = house.add_teammate("Alice", "founder"), house.add_teammate("Bob")
        self.carol = house.add_teammate("Carol")
        with self.store.unit_of_work() as work:
            self.rota = rota.set_up(work, rota.Frame("Europe/London"), self.alice)
        self.layer = self.save(self.given())

    def given(self) -> rota.Given:
        places = tuple(rota.Place(one) for one in (self.alice, self.bob, self.carol))
        return rota.Given("Everyday", places, MONDAY, unit="day")

    def save(self, given: rota.Given, layer: int | None = None) -> int:
        with self.store.unit_of_work() as work:
            return rota.save_layer(work, self.rota, given, self.alice, layer)

    def on(self, **later: float) -> list[int]:
        with self.store.reading() as session:
            return duty.on_duty(session, self.clock.now + timedelta(**later))

    def changes(self, kind: str) -> list[Change]:
        with self.store.reading() as session:
            return list(session.exec(select(Change).where(Change.kind == kind).order_by(Change.seq)).all())  # type: ignore[arg-type]

    def at(self, days: float) -> datetime:
        return datetime(2026, 11, 2, 9, tzinfo=UTC) + timedelta(days=days)

    def span(self, first: float, last: float) -> tuple[datetime, datetime]:
        return self.at(first), self.at(last)

    def slots(self, first: float, last: float) -> list[Slot]:
        with self.store.reading() as session:
            return duty.slots(session, *self.span(first, last))

    def ask(self, by: int, first: float, last: float, wanted: int | None = None, **more: Any) -> int:
        with self.store.unit_of_work() as work:
            return rota_swaps.ask(work, rota_swaps.Asked(*self.span(first, last), wanted, **more), by)

    def take(self, swap: int, by: int, **more: Any) -> None:
        with self.store.unit_of_work() as work:
            rota_swaps.take(work, swap, by, **more)
