"""A shift for a shift: both halves in one, or neither; and a founder who speaks for others."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from crew import Crew
from house import House
from sqlmodel import select
from stores import MovedClock

from inbox.flow import absences, rota, rota_letters, rota_swaps, shifts
from inbox.flow.errors import ConflictError, FlowError, RefusedError
from inbox.flow.notice_words import sentence
from inbox.flow.verify import verify
from inbox.store import notices as notice_rows
from inbox.store import rota_shifts
from inbox.store.db import Store
from inbox.store.tables import Audit, Delivery, RotaOverride, RotaSwap


@pytest.fixture
def crew(sqlite: Store, clock: MovedClock) -> Crew:
    """Alice, Bob and Carol take turns by the day: Bob's are days 1, 4, 7, Carol's 2, 5, 8."""
    return Crew(House(sqlite, clock))


@pytest.fixture
def anywhere(house: House) -> Crew:
    """The same, on each of the stores."""
    return Crew(house)


def days(crew: Crew, *asked: float) -> list[list[int]]:
    return [crew.on(days=one) for one in asked]


def refused(crew: Crew, swap: int, by: int, **more: Any) -> str:
    with pytest.raises(FlowError) as error:
        crew.take(swap, by, **more)
    return str(error.value)


def agreed(crew: Crew) -> int:
    with crew.store.reading() as session:
        return len(session.exec(select(RotaOverride)).all())


def test_whoever_accepts_gives_a_shift_of_theirs_in_return(anywhere: Crew) -> None:
    crew = anywhere
    swap = crew.ask(crew.bob, 1, 2, in_return=True)
    crew.take(swap, crew.carol, back=crew.span(5, 6))
    assert days(crew, 1, 4, 5, 5.9, 6) == [[crew.carol], [crew.bob], [crew.bob], [crew.bob], [crew.alice]]
    assert [one.why[-1] for one in (crew.slots(1, 2)[0], crew.slots(5, 6)[0])] == [
        f"swap:{crew.carol}",
        f"swap:{crew.bob}",
    ]
    assert verify(crew.store, quick=True) == []
    for _ in range(6):
        crew.clock.move(days=1)
        shifts.ring(crew.store)
    handed = [one.data["to"] for one in crew.changes("rota.handed_over")]
    assert handed == [[one] for one in (crew.alice, crew.carol, crew.alice, crew.bob, crew.alice)]


def test_a_shift_that_somebody_was_added_for_is_exchanged_as_any_other(anywhere: Crew) -> None:
    crew = anywhere
    with crew.store.unit_of_work() as work:
        rota.override(work, crew.rota, rota.Agreed("add", crew.bob, *crew.span(2, 3)), crew.alice)
    assert days(crew, 2.5) == [[crew.carol, crew.bob]]
    crew.take(crew.ask(crew.bob, 2, 3, in_return=True), crew.alice, back=crew.span(3, 4))
    assert days(crew, 2.5, 3.5) == [[crew.carol, crew.alice], [crew.bob]]


def test_the_shift_in_return_may_be_named_by_whoever_asks(crew: Crew) -> None:
    swap = crew.ask(crew.bob, 1, 2, crew.carol, in_return=True, back=crew.span(2, 3))
    assert "another shift in return" in refused(crew, swap, crew.carol, back=crew.span(5, 6))
    crew.take(swap, crew.carol)
    assert days(crew, 1, 2, 5) == [[crew.carol], [crew.bob], [crew.carol]]


@pytest.mark.parametrize(
    ("back", "said"),
    [
        (None, "Choose which shift"),
        ((1.5, 2.5), "overlap"),
        ((3, 4), "not theirs any more"),
        ((2, 4), "not theirs any more"),
        ((0, 0.5), "has begun"),
        ((-3, -2), "is over"),
        ((3, 2), "ends before"),
        ((2 + 3 * 300, 3 + 3 * 300), "two years ahead"),
    ],
)
def test_only_a_shift_to_come_that_is_wholly_theirs_is_given_in_return(
    crew: Crew, back: tuple[float, float] | None, said: str
) -> None:
    swap = crew.ask(crew.bob, 1, 2, in_return=True)
    assert said in refused(crew, swap, crew.carol, back=crew.span(*back) if back else None)
    assert (agreed(crew), crew.on(days=1)) == (0, [crew.bob])


def test_what_cannot_be_exchanged_is_refused_as_it_is_asked(crew: Crew) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"wanted": None, "in_return": True, "back": crew.span(2, 3)}, "Say whose shift"),
        ({"wanted": crew.carol, "back": crew.span(2, 3)}, "Say whose shift"),
        ({"wanted": crew.carol, "in_return": True, "back": crew.span(3, 4)}, "not theirs"),
        ({"wanted": crew.carol, "in_return": True, "last": 3}, "not on duty then"),
    ]
    for more, said in cases:
        with pytest.raises(FlowError, match=said):
            crew.ask(crew.bob, **{"first": 1, "last": 2, **more})
    one_way = crew.ask(crew.bob, 1, 2)
    assert "Nothing was offered" in refused(crew, one_way, crew.carol, back=crew.span(2, 3))


def test_nobody_gives_a_shift_to_whoever_is_away_then(crew: Crew) -> None:
    swap = crew.ask(crew.bob, 1, 2, in_return=True)
    with crew.store.unit_of_work() as work:
        absences.add(work, crew.bob, *crew.span(5.5, 5.6), crew.bob)
    assert "is away while" in refused(crew, swap, crew.carol, back=crew.span(5, 6))
    crew.take(swap, crew.carol, back=crew.span(8, 9))
    assert crew.on(days=8) == [crew.bob]


def test_who_asks_because_they_will_be_away_can_still_be_relieved(crew: Crew) -> None:
    swap = crew.ask(crew.bob, 1, 2, in_return=True)
    with crew.store.unit_of_work() as work:
        absences.add(work, crew.bob, *crew.span(0.5, 2), crew.bob)
    crew.take(swap, crew.carol, back=crew.span(5, 6))
    assert days(crew, 1, 5) == [[crew.carol], [crew.bob]]


def test_of_two_who_exchange_at_once_one_does_and_the_other_keeps_their_shift(anywhere: Crew) -> None:
    crew = anywhere
    swap = crew.ask(crew.bob, 1, 2, in_return=True)
    together, late = Barrier(2), []

    def take(by: int, first: float) -> None:
        together.wait()
        try:
            crew.take(swap, by, back=crew.span(first, first + 1))
        except ConflictError:
            late.append(by)

    both = [Thread(target=take, args=one) for one in ((crew.alice, 3), (crew.carol, 5))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    with crew.store.reading() as session:
        held = session.get_one(RotaSwap, swap)
    assert (len(late), agreed(crew)) == (1, 2)
    expected = [[crew.bob], [crew.carol]] if held.taker_id == crew.alice else [[crew.alice], [crew.bob]]
    assert days(crew, 3, 5) == expected
    assert {held.taker_id, *late} == {crew.alice, crew.carol}


def test_a_shift_that_has_changed_meanwhile_is_not_exchanged(crew: Crew) -> None:
    swap = crew.ask(crew.bob, 1, 2, crew.carol, in_return=True, back=crew.span(2, 3))
    with crew.store.unit_of_work() as work:
        given = rota.override(
            work, crew.rota, rota.Agreed("replace", crew.alice, *crew.span(1.5, 2), crew.bob), crew.alice
        )
    assert "has changed since" in refused(crew, swap, crew.carol)
    with crew.store.unit_of_work() as work:
        rota.cancel_override(work, given, crew.alice)
    crew.take(crew.ask(crew.carol, 2, 3, crew.alice), crew.alice)
    assert "not theirs any more" in refused(crew, swap, crew.carol)
    assert days(crew, 1, 2) == [[crew.bob], [crew.alice]]


def test_the_request_ends_as_the_first_of_both_shifts_begins(anywhere: Crew) -> None:
    crew = anywhere
    swap = crew.ask(crew.bob, 4, 5, crew.carol, in_return=True, back=crew.span(2, 3))
    for _ in range(2):
        crew.clock.move(days=1)
        shifts.ring(crew.store)
    last = crew.changes("rota.swap")[-1]
    assert (last.data["state"], last.data["told"]) == ("expired", [crew.bob])
    assert "has begun" in refused(crew, swap, crew.carol)


def test_one_half_of_an_exchange_is_not_taken_back_alone(anywhere: Crew) -> None:
    crew = anywhere
    crew.take(crew.ask(crew.bob, 1, 2, in_return=True), crew.carol, back=crew.span(5, 6))
    with crew.store.unit_of_work() as work:
        rota.cancel_override(work, 2, crew.alice)
    assert days(crew, 1, 5) == [[crew.bob], [crew.carol]]


def test_half_an_exchange_in_the_store_is_found(anywhere: Crew) -> None:
    crew = anywhere
    crew.take(crew.ask(crew.bob, 1, 2, in_return=True), crew.carol, back=crew.span(5, 6))
    with crew.store.writer.begin() as connection:
        connection.execute(sa.text("DELETE FROM rota_overrides WHERE id = 2"))
    assert "does not serve" in " ".join(verify(crew.store, quick=True))


def test_a_founder_asks_and_accepts_for_others_and_the_audit_log_says_so(crew: Crew) -> None:
    with pytest.raises(RefusedError, match="Only a founder"):
        crew.ask(crew.carol, 1, 2, whose=crew.bob)
    swap = crew.ask(crew.alice, 1, 2, in_return=True, whose=crew.bob)
    assert crew.changes("rota.swap")[-1].data["told"] == [crew.bob, crew.carol]
    with pytest.raises(RefusedError, match="Only a founder"):
        crew.take(swap, crew.bob, taker=crew.carol, back=crew.span(5, 6))
    crew.take(swap, crew.alice, taker=crew.carol, back=crew.span(5, 6))
    assert days(crew, 1, 5) == [[crew.carol], [crew.bob]]
    one_way = crew.ask(crew.alice, 4, 5, whose=crew.bob)
    crew.take(one_way, crew.alice, taker=crew.carol)
    with crew.store.reading() as session:
        rows = session.exec(select(Audit).where(sa.text("kind LIKE 'rota.%_for'")).order_by(sa.text("id"))).all()
    assert [(one.kind, one.teammate_id, one.details["teammate"]) for one in rows] == [
        ("rota.swap_asked_for", crew.alice, crew.bob),
        ("rota.exchanged_for", crew.alice, crew.bob),
        ("rota.swap_asked_for", crew.alice, crew.bob),
        ("rota.swap_taken_for", crew.alice, crew.bob),
    ]
    assert {one.details.get("other") for one in rows} == {None, crew.carol}


def test_both_read_in_their_letters_what_they_serve_in_return(crew: Crew) -> None:
    crew.house.add_account(smtp_host="127.0.0.1", smtp_port="1", smtp_security="none")
    reader = rota_letters.reader(crew.house.context)

    def read() -> None:
        while reader.step():
            pass

    read()
    swap = crew.ask(crew.bob, 1, 2, crew.carol, in_return=True)
    read()
    crew.take(swap, crew.carol, back=crew.span(5, 6))
    crew.ask(crew.alice, 4, 5, crew.carol, whose=crew.bob)
    read()
    with crew.store.reading() as session:
        rows = session.exec(select(Delivery).where(Delivery.kind == "letter").order_by(sa.text("id"))).all()
    sent = [(one.payload["to"][0]["value"].partition("@")[0], one.payload["markdown"].split("\n\n")) for one in rows]
    swaps = [one for one in sent if "rota was changed" not in one[1][0]]
    back = "2026-11-07 09:00 - 2026-11-08 09:00 (UTC)"
    assert [(to, lines[1]) for to, lines in swaps[:3]] == [
        ("carol", "In return a shift of whoever accepts is taken: they choose which."),
        ("bob", f"In return you are on duty for them: {back}."),
        ("carol", f"In return they are on duty for you: {back}."),
    ]
    assert [(to, lines[0].partition(":")[0]) for to, lines in swaps[3:]] == [
        ("bob", "Alice asks in your name who would serve instead of you"),
        ("carol", "Bob asks whether you would be on duty instead of them"),
    ]


def test_whoever_a_founder_speaks_for_is_told_what_was_agreed_or_taken_back(crew: Crew) -> None:
    crew.house.add_account(smtp_host="127.0.0.1", smtp_port="1", smtp_security="none")
    reader = rota_letters.reader(crew.house.context)
    reader.step()
    crew.take(crew.ask(crew.bob, 1, 2), crew.alice, taker=crew.carol)
    other = crew.ask(crew.bob, 4, 5)
    with crew.store.unit_of_work() as work:
        rota_swaps.cancel(work, other, crew.alice)
    while reader.step():
        pass
    with crew.store.reading() as session:
        [bell] = [one for one in notice_rows.newest(session, crew.carol, 9) if one.data["what"] == "serves"]
        sent = session.exec(select(Delivery).where(Delivery.key == f"swap:{other}:cancelled:{crew.bob}")).one()
    assert str(sentence(bell.kind, bell.data)) == "You are on duty instead of Bob, by what a founder agreed."
    assert sent.payload["markdown"].startswith("Alice took your request back: 2026-11-06 09:00")


def test_declining_is_for_whom_it_names_or_a_founder(crew: Crew) -> None:
    swap = crew.ask(crew.bob, 1, 2, crew.carol, in_return=True)
    with crew.store.unit_of_work() as work, pytest.raises(RefusedError, match="not asked by name"):
        rota_swaps.decline(work, swap, crew.bob)
    with crew.store.unit_of_work() as work:
        rota_swaps.decline(work, swap, crew.alice)
    assert crew.changes("rota.swap")[-1].data["told"] == [crew.bob]


def test_what_can_still_be_answered_is_seen_whatever_was_taken_back(crew: Crew) -> None:
    kept = crew.ask(crew.carol, 2, 3)
    start, end = crew.span(1, 2)
    row = {"rota_id": crew.rota, "teammate_id": crew.bob, "starts_at": start, "ends_at": end, "state": "cancelled"}
    with crew.store.unit_of_work() as work:
        work.insert(RotaSwap, [{**row, "asked_at": work.now}] * rota_shifts.SWAPS_SHOWN)
    with crew.store.reading() as session:
        seen = rota_shifts.swaps(session, crew.rota, crew.clock.now)
    assert (len(seen), kept in [one.id for one in seen]) == (rota_shifts.SWAPS_SHOWN, True)
