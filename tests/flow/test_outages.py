"""Accounts that do not work climb a ladder of their own."""

from __future__ import annotations

from typing import Any

import pytest
from climbing import Desk
from house import House

from inbox.flow import outages
from inbox.store import accounts
from inbox.store.tables import Account


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def broken(desk: Desk, *, minutes: float, error: str = "The password was refused.") -> int:
    with desk.house.store.unit_of_work() as work:
        if error:
            accounts.mark_error(work, desk.account, error)
        else:
            accounts.move_cursor(work, desk.account, None, work.now)
    desk.clock.move(minutes=minutes)
    changed = outages.sweep(desk.house.context)
    desk.turn()
    return changed


def test_an_account_that_is_silent_climbs_from_duty_to_everybody_to_the_founders(desk: Desk) -> None:
    assert broken(desk, minutes=19) == 0
    desk.clock.move(minutes=1)
    outages.sweep(desk.house.context)
    outages.sweep(desk.house.context)
    desk.turn()
    said = "support@example.com has received nothing for 20 min. The password was refused."
    assert desk.bell(desk.bo) == [f"{said} Nobody's message is lost; it waits on the server."]
    assert (desk.bell(desk.cy), desk.bell(desk.alice)) == ([], [])
    for hours in (1, 1, 22, 24):
        desk.clock.move(hours=hours)
        outages.sweep(desk.house.context)
    desk.turn()
    assert [len(desk.bell(one)) for one in (desk.alice, desk.bo, desk.cy)] == [4, 2, 1]


def test_who_was_told_that_an_account_is_silent_hears_when_it_is_well(desk: Desk) -> None:
    broken(desk, minutes=20)
    desk.clock.move(minutes=5)
    with desk.house.store.unit_of_work() as work:
        accounts.move_cursor(work, desk.account, None, work.now)
    assert outages.sweep(desk.house.context) == 1
    desk.turn()
    assert desk.bell(desk.bo)[0] == "support@example.com works again. It had received nothing for 25 min."
    assert desk.bell(desk.cy) == []
    desk.clock.move(minutes=15)
    assert outages.sweep(desk.house.context) == 0


def test_an_account_nobody_looked_at_is_silent_too_and_a_paused_one_is_not(desk: Desk) -> None:
    assert broken(desk, minutes=21, error="") == 2
    with desk.house.store.unit_of_work() as work:
        work.session.get_one(Account, desk.account).enabled = False
    assert outages.sweep(desk.house.context) == 1
    assert outages.sweep(desk.house.context) == 0


def test_an_account_that_is_only_written_to_is_never_silent(house: House) -> None:
    house.add_account()
    house.add_teammate("Alice", "founder")
    house.clock.move(days=1)
    assert outages.sweep(house.context) == 0


def test_a_lost_authorisation_is_told_at_once(desk: Desk) -> None:
    hearing = outages.reader(desk.house.store)
    while hearing.step():
        pass
    with desk.house.store.unit_of_work() as work:
        accounts.mark_error(work, desk.account, "The password was refused.")
        work.announce("account.trouble", account_id=desk.account, error="The password was refused.", refused=True)
    while hearing.step():
        pass
    assert outages.sweep(desk.house.context) == 1
    assert len(desk.bell(desk.bo)) == 1


def test_a_process_that_just_began_expects_nothing_yet(desk: Desk) -> None:
    desk.clock.move(hours=9)
    watched: dict[int, Any] = {}
    assert outages.sweep(desk.house.context, watched) == 0
    desk.clock.move(minutes=19)
    assert outages.sweep(desk.house.context, watched) == 0
    desk.clock.move(minutes=1)
    assert outages.sweep(desk.house.context, watched) == 2


def test_an_account_whose_settings_were_changed_is_well_when_it_was_read_and_not_before(desk: Desk) -> None:
    broken(desk, minutes=20)
    desk.clock.move(minutes=5)
    with desk.house.store.unit_of_work() as work:
        accounts.mark_error(work, desk.account, "The password was refused.")
        account = work.session.get_one(Account, desk.account)
        account.error, account.error_since = "", None  # as whoever changes its settings does
    desk.clock.move(minutes=1)
    assert outages.sweep(desk.house.context) == 0
    with desk.house.store.unit_of_work() as work:
        accounts.move_cursor(work, desk.account, None, work.now)
    outages.sweep(desk.house.context)
    desk.turn()
    assert desk.bell(desk.bo)[0] == "support@example.com works again. It had received nothing for 26 min."


def test_of_an_account_that_is_read_in_part_nobody_hears_that_it_receives_nothing(desk: Desk) -> None:
    for _ in range(2):
        with desk.house.store.unit_of_work() as work:
            accounts.move_cursor(work, desk.account, None, work.now, "The folder “Junk” cannot be opened.")
        desk.clock.move(minutes=10)
    outages.sweep(desk.house.context)
    desk.turn()
    said = "support@example.com has been read in part only for 20 min. The folder “Junk” cannot be opened."
    assert desk.bell(desk.bo) == [said]
    assert [one.subject for one in desk.letters("bo")] == [said]
    with desk.house.store.unit_of_work() as work:
        accounts.mark_error(work, desk.account, "The password was refused.")
    desk.clock.move(hours=1)
    outages.sweep(desk.house.context)
    assert desk.bell(desk.cy)[0].startswith("support@example.com has received nothing for 1 h 20.")
