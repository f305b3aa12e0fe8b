"""Letters about the rota: to whom a swap or an edit concerns, in their language, by their clock, and not ten times."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from house import House
from sqlmodel import select

from inbox.flow import rota, rota_letters, rota_swaps
from inbox.store.tables import Delivery, Teammate
from inbox.wiring import in_language

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)


@pytest.fixture
def team(house: House) -> tuple[int, int, int]:
    """Alice arranged a rota for herself, Bob, and Carol, who reads French and lives in Paris; letters can leave."""
    object.__setattr__(house.context, "voice", in_language)
    house.add_account(smtp_host="127.0.0.1", smtp_port="1", smtp_security="none")
    alice, bob, carol = house.add_teammate("Alice", "founder"), house.add_teammate("Bob"), house.add_teammate("Carol")
    with house.store.unit_of_work() as work:
        work.session.get_one(Teammate, carol).zone = "Europe/Paris"
    read(house)
    arrange(house, alice, alice, bob, carol)
    return alice, bob, carol


def arrange(house: House, by: int, *people: int, layer: int | None = None) -> int:
    with house.store.unit_of_work() as work:
        number = rota.set_up(work, rota.Frame("Europe/London"), by)
        places = tuple(rota.Place(one) for one in people)
        return rota.save_layer(work, number, rota.Given("All", places, date(2026, 11, 2), unit="day"), by, layer)


def read(house: House) -> None:
    reader = rota_letters.reader(house.context)
    while reader.step():
        pass


def letters(house: House) -> list[tuple[str, str, str]]:
    read(house)
    with house.store.reading() as session:
        rows = session.exec(select(Delivery).where(Delivery.kind == "letter").order_by(sa.text("id"))).all()
    return [(row.payload["to"][0]["value"][:5], row.payload["subject"], row.payload["markdown"]) for row in rows]


def test_ten_edits_are_one_letter_to_each_but_who_made_them(house: House, team: tuple[int, int, int]) -> None:
    alice, bob, carol = team
    for people in ((bob, carol), (carol, bob), (alice, bob, carol)):
        house.clock.move(seconds=40)
        arrange(house, alice, *people, layer=1)
    assert [(to, subject) for to, subject, _ in letters(house)] == [
        ("bob@e", "Your shifts have changed"),
        ("carol", "Your shifts have changed"),
    ]
    with house.store.reading() as session:
        assert {row.not_before for row in session.exec(select(Delivery)).all()} == {
            NOON.replace(day=2, hour=9, minute=10)
        }
    house.clock.move(minutes=15)
    arrange(house, alice, carol, layer=1)
    assert len(letters(house)) == 4


def test_both_are_told_what_becomes_of_a_swap(house: House, team: tuple[int, int, int]) -> None:
    _alice, bob, carol = team
    before = len(letters(house))
    with house.store.unit_of_work() as work:
        swap = rota_swaps.ask(work, rota_swaps.Asked(NOON, NOON + timedelta(hours=4), carol), bob)
    with house.store.unit_of_work() as work:
        rota_swaps.take(work, swap, carol)
    asked, *taken = letters(house)[before:]
    assert asked[0] == "carol"
    assert "Bob asks whether you would be on duty instead of them: 2026-11-03 13:00 - 2026-11-03 17:00" in asked[2]
    assert [(to, text.partition(":")[0]) for to, _, text in taken] == [
        ("bob@e", "Carol is on duty instead of you"),
        ("carol", "You are on duty instead of Bob"),
    ]


def test_without_a_way_to_send_nothing_breaks(house: House, team: tuple[int, int, int]) -> None:
    with house.store.unit_of_work() as work:
        work.session.execute(sa.text("UPDATE accounts SET enabled = :no"), {"no": False})
    arrange(house, team[0], team[1], layer=1)
    assert letters(house) == []
