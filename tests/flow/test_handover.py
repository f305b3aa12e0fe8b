"""The note from one shift to the next: once, in the language of who comes, with what those who went wanted to say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from house import House, mail
from sqlmodel import select

from inbox.flow import act, handover, people, snooze
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.store import erasing, handovers, teammates
from inbox.store.tables import Delivery, Handover, Notice
from inbox.wiring import in_language


@pytest.fixture
def team(house: House) -> tuple[int, int, int]:
    """Alice is the founder; Bob goes, Carol's colleague Dan comes. Letters can leave."""
    object.__setattr__(house.context, "voice", in_language)
    house.add_account(smtp_host="127.0.0.1", smtp_port="1", smtp_security="none")
    return house.add_teammate("Alice", "founder"), house.add_teammate("Bob"), house.add_teammate("Dan")


def hand_over(house: House, went: list[int], came: list[int], *, ago: timedelta = timedelta(0)) -> None:
    with house.store.unit_of_work() as work:
        said: dict[str, Any] = {"from": went, "to": came, "at": (work.now - ago).isoformat()}
        work.announce(handover.HANDED_OVER, **said)
    read(house)


def read(house: House) -> None:
    reader = handover.reader(house.context)
    while reader.step():
        pass


@pytest.fixture
def listening(house: House, team: tuple[int, int, int]) -> tuple[int, int, int]:
    """The same team, whose notes are made of what happens from now on."""
    read(house)
    return team


def letters(house: House) -> list[Delivery]:
    with house.store.reading() as session:
        return list(session.exec(select(Delivery).where(Delivery.kind == "letter").order_by(sa.text("id"))).all())


def bell(house: House) -> list[Notice]:
    with house.store.reading() as session:
        return list(session.exec(select(Notice).order_by(sa.text("id"))).all())


def notes(house: House) -> list[Handover]:
    with house.store.reading() as session:
        return handovers.newest(session, 10)


def test_who_comes_gets_one_letter_with_what_is_due_open_and_put_away(
    house: House, listening: tuple[int, int, int]
) -> None:
    _alice, bob, dan = listening
    account = 1
    house.receive(account, mail("Carol Diaz <carol@c.example>", subject="Can't *export* <b>my</b> board"))
    house.clock.move(hours=13)
    house.receive(account, mail("Eve <eve@c.example>", subject="An invoice"))
    with house.store.unit_of_work() as work:
        act.assign(work, 2, bob, bob)
        snooze.snooze(work, 2, work.now + timedelta(hours=5), bob)
        handover.write(work, bob, "Carol rings at ten.")
    hand_over(house, [bob], [dan])
    read(house)
    [letter] = letters(house)
    assert letter.payload["to"][0]["value"] == "dan@example.com"
    text = letter.payload["markdown"]
    assert "You are on duty now, after Bob." in text
    assert "Bob writes:\nCarol rings at ten." in text
    assert "Due within 12 hours: 1\n- Carol Diaz: Can't export b my /b board" in text
    assert "Back from their snooze soon: 1\n- Eve: An invoice" in text
    assert "/rota/handover" in text
    [told] = bell(house)
    assert (told.teammate_id, told.data["what"], told.conversation_id) == (dan, "handover", None)
    [note] = notes(house)
    assert (note.went, note.came, note.left["counts"]["due"]) == ([bob], [dan], 1)
    with house.store.reading() as session:
        assert handovers.words(session, [bob]) == []


def test_the_same_change_of_hands_read_twice_is_one_note(house: House, listening: tuple[int, int, int]) -> None:
    _alice, bob, dan = listening
    hand_over(house, [bob], [dan])
    hand_over(house, [bob], [dan])
    assert (len(notes(house)), len(letters(house))) == (1, 1)
    assert "Nothing is left open." in letters(house)[0].payload["markdown"]


def test_the_letter_speaks_the_language_and_clock_of_who_comes(house: House, listening: tuple[int, int, int]) -> None:
    _alice, bob, dan = listening
    house.receive(1, mail())
    house.clock.move(hours=20)
    with house.store.unit_of_work() as work:
        teammate = teammates.get(work.session, dan)
        assert teammate
        teammate.zone = "Asia/Tokyo"
    hand_over(house, [bob], [dan])
    assert "(2026-11-03 18:00)" in letters(house)[0].payload["markdown"]


def test_nobody_takes_over_so_after_half_an_hour_the_founders_hear_of_it_once(
    house: House, listening: tuple[int, int, int]
) -> None:
    _alice, bob, dan = listening
    hand_over(house, [bob], [dan])
    house.clock.move(minutes=29)
    assert handover.sweep(house.context) == 0
    house.clock.move(minutes=1)
    assert (handover.sweep(house.context), handover.sweep(house.context)) == (1, 0)
    assert [one.payload["to"][0]["value"] for one in letters(house)] == ["dan@example.com", "alice@example.com"]
    assert [(one.teammate_id, one.data["what"]) for one in bell(house)] == [(dan, "handover"), (_alice, "late")]
    assert "Dan came on duty 30 minutes ago" in letters(house)[1].payload["markdown"]


def test_who_took_over_is_asked_no_more_and_only_those_on_duty_can(
    house: House, listening: tuple[int, int, int]
) -> None:
    alice, bob, dan = listening
    hand_over(house, [bob], [dan])
    with house.store.unit_of_work() as work, pytest.raises(RefusedError, match="Only those on duty"):
        handover.take(work, 1, bob)
    with house.store.unit_of_work() as work:
        handover.take(work, 1, dan)
        with pytest.raises(NotFoundError):
            handover.take(work, 99, alice)
    house.clock.move(hours=1)
    assert handover.sweep(house.context) == 0
    assert [(one.taken_by, one.climbed_at) for one in notes(house)] == [(dan, None)]


def test_after_an_outage_a_change_that_is_long_past_is_written_down_and_told_to_nobody(
    house: House, listening: tuple[int, int, int]
) -> None:
    _alice, bob, dan = listening
    hand_over(house, [bob], [dan], ago=timedelta(days=2))
    assert len(notes(house)) == 1
    assert letters(house) == []
    assert handover.sweep(house.context) == 0


def test_a_note_keeps_no_name_of_a_customers(house: House, listening: tuple[int, int, int]) -> None:
    _alice, bob, dan = listening
    house.receive(1, mail("Carol Diaz <carol@c.example>"))
    house.clock.move(hours=20)
    hand_over(house, [bob], [dan])
    assert "Carol" not in str(notes(house)[0].left)
    with house.store.unit_of_work() as work:
        people.rename(work, 1, "Carla", bob)
    with house.store.reading() as session:
        [item] = handovers.recalled(session, notes(house)[0].left).items["due"]
    assert (item.contact, item.conversation_id) == ("Carla", 1)


def test_without_an_account_that_sends_the_note_is_there_all_the_same(house: House) -> None:
    bob, dan = house.add_teammate("Bob"), house.add_teammate("Dan")
    read(house)
    hand_over(house, [bob], [dan])
    assert len(notes(house)) == 1


def test_what_was_written_beside_somebody_who_is_erased_goes_with_them(
    house: House, listening: tuple[int, int, int]
) -> None:
    _alice, bob, dan = listening
    house.receive(1, mail("Carol Diaz <carol@c.example>"))
    house.clock.move(hours=20)
    with house.store.unit_of_work() as work:
        handover.write(work, bob, "Carol Diaz rings at ten.")
    hand_over(house, [bob], [dan])
    with house.store.unit_of_work() as work:
        erasing.empty_conversations(work, [99])
    assert notes(house)[0].words
    with house.store.unit_of_work() as work:
        erasing.empty_conversations(work, [1])
    assert notes(house)[0].words == []
