from __future__ import annotations

import pytest
from house import House, mail

from inbox.flow import quarantine
from inbox.flow.errors import NotFoundError, ReasonNeededError, RefusedError
from inbox.flow.read import read_pending
from inbox.store import quarantine as rows
from inbox.store.quarantine import Row
from inbox.store.tables import Account

NO_MAIL = b"There is no header line here, only words.\n"


@pytest.fixture
def account(house: House) -> int:
    return house.add_account()


@pytest.fixture
def alice(house: House) -> int:
    return house.add_teammate("Alice", "founder")


def listed(house: House, state: str) -> list[Row]:
    with house.store.reading() as session:
        return rows.page(session, state=state)


def robot() -> bytes:
    """Carol's own letter, sent through a service that marks everything as automatic."""
    return mail("Carol <carol@customer.example>", "My invoice is wrong.\n", Auto_Submitted="auto-generated")


def test_what_cannot_be_read_waits_for_a_person_and_can_be_discarded(house: House, account: int, alice: int) -> None:
    house.receive(account, NO_MAIL)
    [row] = listed(house, "quarantined")
    assert (row.account, row.size) == ("support@example.com", len(NO_MAIL))
    assert row.reason

    with house.store.unit_of_work() as work, pytest.raises(ReasonNeededError):
        quarantine.discard(work, row.id, alice, "  ")
    with house.store.unit_of_work() as work:
        quarantine.discard(work, row.id, alice, "An\nold log file")

    [gone] = listed(house, "ignored")
    assert gone.reason == "Discarded by Alice: An old log file"
    assert house.ledger().balanced
    with house.store.unit_of_work() as work, pytest.raises(RefusedError):
        quarantine.discard(work, row.id, alice, "again")


def test_a_retry_reads_it_again(house: House, account: int, alice: int) -> None:
    house.receive(account, NO_MAIL)
    [row] = listed(house, "quarantined")
    with house.store.unit_of_work() as work:
        quarantine.retry(work, row.id, alice)
    assert house.ledger().pending == 1

    assert read_pending(house.context) == 1
    assert [again.id for again in listed(house, "quarantined")] == [row.id]


def test_an_ignored_mail_of_a_person_is_taken_as_one_and_its_wait_began_when_it_came(
    house: House, account: int, alice: int
) -> None:
    came = house.clock.now
    house.receive(account, robot())
    [row] = listed(house, "ignored")
    assert house.conversations() == []

    house.clock.move(hours=3)
    with house.store.unit_of_work() as work:
        quarantine.accept(work, row.id, alice)
    read_pending(house.context)

    [talk] = house.conversations()
    [wait] = house.open_waits()
    assert (talk.status, wait.started_at) == ("open", came)
    assert house.ledger().balanced
    with house.store.unit_of_work() as work, pytest.raises(RefusedError):
        quarantine.accept(work, row.id, alice)


def test_what_was_threaded_is_left_alone(house: House, account: int, alice: int) -> None:
    house.receive(account, mail())
    [row] = listed(house, "threaded")
    for verb in (quarantine.retry, quarantine.accept):
        with house.store.unit_of_work() as work, pytest.raises(RefusedError):
            verb(work, row.id, alice)
    with house.store.unit_of_work() as work, pytest.raises(NotFoundError):
        quarantine.retry(work, 4711, alice)


def test_pages_go_on_where_the_last_one_ended(house: House, account: int) -> None:
    house.receive(account, *(f"No mail, number {number}\n".encode() for number in range(5)))
    with house.store.reading() as session:
        first = rows.page(session, state="quarantined", limit=2)
        second = rows.page(session, state="quarantined", limit=2, before=first[-1].id)
        assert rows.page(session, state="quarantined", account_id=account + 1) == []
        assert rows.count_set_aside(session) == 5
    ids = [row.id for row in first + second]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 4


def test_mail_of_an_account_whose_settings_are_wrong_waits_until_they_are_right(house: House, account: int) -> None:
    spell(house, account, {"imap_host": "mail.example.com", "imap_port": "not a number"})
    house.receive(account, mail())
    assert (house.ledger().pending, house.ledger().quarantined) == (1, 0)

    for _ in range(5):
        house.clock.move(minutes=2)
        read_pending(house.context)
    assert house.ledger().pending == 1

    spell(house, account, {})
    house.clock.move(minutes=2)
    read_pending(house.context)
    assert house.ledger().threaded == 1


def spell(house: House, account: int, settings: dict[str, str]) -> None:
    with house.store.unit_of_work() as work:
        work.session.get_one(Account, account).settings = settings
