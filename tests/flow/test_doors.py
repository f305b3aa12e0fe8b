"""What must hold at the door however many come at once, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pyotp
import pytest
from house import House
from stores import MovedClock
from team import PASSWORD, give_password

from inbox.flow import factors, invites, sign_in, team, tokens, tries
from inbox.flow.errors import FlowError, NotFoundError, RefusedError
from inbox.flow.sign_in import Halfway, Opened, Try
from inbox.store import doors, teammates
from inbox.store.db import Store, Work

CALLERS = 6


@pytest.fixture
def house(store: Store, clock: MovedClock) -> House:
    return House(store, clock)


@pytest.fixture
def alice(house: House) -> int:
    return house.add_teammate("Alice", "founder")


@pytest.fixture
def bob(house: House) -> int:
    made = house.add_teammate("Bob")
    give_password(house, made)
    return made


def at_once(act: Callable[[int], object]) -> tuple[list[object], list[Exception]]:
    """Do it from several threads at the same moment; returns what came of it and what was refused."""
    done: list[object] = []
    refused: list[Exception] = []
    start = threading.Barrier(CALLERS)

    def call(number: int) -> None:
        start.wait()
        try:
            done.append(act(number))
        except FlowError as error:
            refused.append(error)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) + len(refused) == CALLERS
    return done, refused


def with_app(house: House, teammate_id: int) -> tuple[pyotp.TOTP, list[str]]:
    vault = house.context.vault
    with house.store.unit_of_work() as work:
        secret = factors.begin_totp(work, vault, teammate_id)
    app = pyotp.TOTP(secret)
    with house.store.unit_of_work() as work:
        codes = factors.confirm_totp(work, vault, teammate_id, app.at(house.clock.now))
    house.clock.move(minutes=1)
    return app, codes


def halfway(house: House) -> str:
    entered = sign_in.sign_in(house.store, Try("bob@example.com", PASSWORD, "192.0.2.1"))
    assert isinstance(entered, Halfway)
    return entered.token


def finish(house: House, token: str, code: str, address: str = "192.0.2.1") -> Opened:
    return factors.finish(house.store, house.context.vault, token, code, Try("", "", address))


@pytest.mark.parametrize("kind", ["code", "recovery code"])
def test_one_code_opens_one_session_however_many_hold_it(house: House, bob: int, kind: str) -> None:
    app, codes = with_app(house, bob)
    code = app.at(house.clock.now) if kind == "code" else codes[0]
    steps = [halfway(house) for _ in range(CALLERS)]
    opened, refused = at_once(lambda number: finish(house, steps[number], code))
    assert len(opened) == 1
    assert all(isinstance(error, RefusedError) for error in refused)


def test_guesses_at_the_same_moment_are_all_counted(house: House, bob: int) -> None:
    app, _ = with_app(house, bob)
    step = halfway(house)
    for wave in range(3):
        at_once(lambda number, wave=wave: finish(house, step, f"{wave}0000{number}"))  # type: ignore[misc]
    with house.store.reading() as session:
        counted = teammates.failures(session, f"code:{bob}", house.clock.now - tries.CODES.window)
    assert len(counted) == tries.CODES.most
    with pytest.raises(tries.TooManyTriesError):
        finish(house, step, app.at(house.clock.now), "198.51.100.9")
    house.clock.move(minutes=16)
    assert isinstance(finish(house, halfway(house), app.at(house.clock.now)), Opened)


def test_an_invitation_makes_one_teammate(house: House, alice: int) -> None:
    with house.store.unit_of_work() as work:
        _, token = invites.invite(work, "Carol@Home.Example", "member", alice)

    def accept(number: int) -> int:
        with house.store.unit_of_work() as work:
            return invites.accept(work, token, f"Carol {number}", PASSWORD)

    made, refused = at_once(accept)
    assert len(made) == 1
    assert all(isinstance(error, NotFoundError) for error in refused)
    with house.store.reading() as session:
        assert [one.mail for one in teammates.everyone(session) if one.id != alice] == ["carol@home.example"]


def test_the_last_founder_stays_whoever_goes_first(house: House) -> None:
    founders = [house.add_teammate(f"Founder{number}", "founder") for number in range(CALLERS)]

    def step_down(number: int) -> None:
        with house.store.unit_of_work() as work:
            team.set_role(work, founders[number], "member", founders[number])

    stepped, refused = at_once(step_down)
    assert (len(stepped), len(refused)) == (CALLERS - 1, 1)
    with house.store.reading() as session:
        assert [one.role for one in teammates.everyone(session)].count("founder") == 1


def test_six_numbers_guessed_from_one_ipv6_customer_are_one_guesser() -> None:
    assert tries.place("2001:db8:1:2::1") == tries.place("2001:db8:1:2:ffff::9") != tries.place("2001:db8:1:3::1")
    assert tries.place("192.0.2.1") != tries.place("192.0.2.2")
    assert tries.place("no address at all") == "address:no address at all"


def test_a_teammate_without_a_password_cannot_sign_in_with_an_empty_one(house: House, alice: int) -> None:
    with pytest.raises(RefusedError):
        sign_in.sign_in(house.store, Try("alice@example.com", "", "192.0.2.1"))


def test_taking_the_second_step_off_ends_all_that_it_stood_for(house: House, alice: int, bob: int) -> None:
    _, codes = with_app(house, bob)
    step = halfway(house)
    with house.store.unit_of_work() as work:
        factors.drop_all(work, bob, alice)
    with pytest.raises(NotFoundError):
        finish(house, step, codes[0])
    with house.store.reading() as session:
        assert not doors.has_factor(session, bob)
        assert doors.codes_left(session, bob) == 0
    assert isinstance(sign_in.sign_in(house.store, Try("bob@example.com", PASSWORD, "192.0.2.1")), Opened)


def test_a_second_factor_required_of_all_is_due_after_a_week(house: House, alice: int, bob: int) -> None:
    with house.store.unit_of_work() as work:
        team.require_factor(work, alice, on=True)
        team.require_factor(work, alice, on=True)
    since = house.clock.now
    house.clock.move(days=1)
    with_app(house, bob)
    with house.store.reading() as session:
        assert sign_in.factor_due(session, alice) == since + sign_in.GRACE
        assert sign_in.factor_due(session, bob) is None
    with house.store.unit_of_work() as work:
        team.require_factor(work, alice, on=False)
        assert sign_in.factor_due(work.session, alice) is None


def test_a_token_ends_on_its_day(house: House, bob: int) -> None:
    with house.store.unit_of_work() as work:
        token = tokens.new_api_token(work, bob, "a program", "read", 30)
    now = house.clock.now
    with house.store.reading() as session:
        assert tokens.api_who(session, token, now) is not None
        assert tokens.api_who(session, token, house.clock.move(days=30)) is None
    for scope, days in (("root", None), ("read", 0), ("read", 4000)):
        with house.store.unit_of_work() as work, pytest.raises(RefusedError):
            tokens.new_api_token(work, bob, "x", scope, days)


def test_passwords_guessed_at_the_same_moment_are_all_counted(house: House, bob: int) -> None:
    def guess(number: int) -> object:
        return sign_in.sign_in(house.store, Try("bob@example.com", f"guess {number}", "192.0.2.1"))

    refused = [error for _ in range(3) for error in at_once(guess)[1]]
    kinds = [type(error) for error in refused]
    assert kinds.count(RefusedError) == tries.PASSWORDS.most
    assert kinds.count(tries.TooManyTriesError) == 3 * CALLERS - tries.PASSWORDS.most
    house.clock.move(minutes=16)
    right = at_once(lambda _: sign_in.sign_in(house.store, Try("bob@example.com", PASSWORD, "192.0.2.1")))[0]
    assert len(right) == CALLERS
    with house.store.reading() as session:
        since = house.clock.now - tries.STRANGERS.window
        assert teammates.failures(session, tries.place("192.0.2.1"), since) == []


@pytest.mark.parametrize("leave", [team.disable, lambda work, who, by: team.set_role(work, who, "member", by)])
def test_who_is_no_founder_any_more_comes_in_by_no_link_they_saw(
    house: House, alice: int, bob: int, leave: Callable[[Work, int, int], None]
) -> None:
    carol = house.add_teammate("Carol", "founder")
    with house.store.unit_of_work() as work:
        seen = team.reset_link(work, bob, carol)
        _made, asked = invites.invite(work, "second@carol.example", "founder", carol)
        made, _first = invites.invite(work, "dan@home.example", "founder", alice)
        _same, again = invites.again(work, made.id or 0, carol)
    with house.store.unit_of_work() as work:
        leave(work, carol, alice)
    with pytest.raises(NotFoundError), house.store.unit_of_work() as work:
        sign_in.set_password(work, seen, PASSWORD)
    for link in (asked, again):
        with pytest.raises(NotFoundError), house.store.unit_of_work() as work:
            invites.accept(work, link, "Carol again", PASSWORD)
