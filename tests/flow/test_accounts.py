from __future__ import annotations

from datetime import UTC, datetime

import pytest
from house import House

from inbox.flow import accounts
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.store import accounts as rows
from inbox.store.tables import Account

GIVEN = {
    "address": "Support@Example.com",
    "name": "Example",
    "imap_host": "imap.example.com",
    "smtp_host": "smtp.example.com",
    "password": " a secret with spaces ",
}


def add(house: House, **given: str) -> int:
    card = house.context.channels.card("mail")
    with house.store.unit_of_work() as work:
        return accounts.add(work, house.context.vault, card, {**GIVEN, **given})


def update(house: House, account_id: int, **given: str) -> None:
    card = house.context.channels.card("mail")
    with house.store.unit_of_work() as work:
        accounts.update(work, house.context.vault, card, account_id, given)


def get(house: House, account_id: int) -> Account:
    with house.store.reading() as session:
        found = rows.get(session, account_id)
    assert found is not None
    return found


def secrets(house: House, account_id: int) -> dict[str, str]:
    return house.context.vault.unlock(get(house, account_id).secrets)


def test_an_account_keeps_its_secrets_sealed(house: House) -> None:
    account = get(house, add(house))

    assert (account.address, account.name, account.enabled) == ("support@example.com", "Example", True)
    assert "password" not in account.settings
    assert b"secret" not in account.secrets
    assert secrets(house, account.id or 0) == {"password": " a secret with spaces "}


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"address": ""}, "Address"),
        ({"imap_security": "maybe"}, "IMAP security"),
        ({"favourite_colour": "red"}, "favourite_colour"),
        ({"history_before": "long ago"}, "Mail already there"),
    ],
)
def test_a_refusal_names_the_field(house: House, given: dict[str, str], named: str) -> None:
    with pytest.raises(RefusedError, match=named):
        add(house, **given)


def test_an_address_has_one_account(house: House) -> None:
    add(house)
    with pytest.raises(RefusedError, match="already"):
        add(house)
    other = add(house, address="sales@example.com")
    with pytest.raises(RefusedError, match="already"):
        update(house, other, address="SUPPORT@example.com")


def test_an_empty_secret_keeps_the_old_one_and_an_empty_setting_is_cleared(house: House) -> None:
    account_id = add(house)
    update(house, account_id, password="", smtp_host="", name="Example Team")

    account = get(house, account_id)
    assert secrets(house, account_id) == {"password": " a secret with spaces "}
    assert (account.name, "smtp_host" in account.settings) == ("Example Team", False)
    update(house, account_id, password="new")
    assert secrets(house, account_id) == {"password": "new"}
    with pytest.raises(NotFoundError):
        update(house, 4711, name="Nobody")


def test_saying_the_same_again_changes_nothing(house: House) -> None:
    account_id = add(house)
    before = get(house, account_id).secrets
    with house.store.unit_of_work() as work:
        rows.mark_error(work, account_id, "The password was refused.")
    update(house, account_id, **GIVEN)
    assert get(house, account_id).secrets == before
    assert get(house, account_id).error == "The password was refused."


def test_another_server_is_read_from_the_beginning(house: House) -> None:
    account_id = add(house)
    with house.store.unit_of_work() as work:
        rows.move_cursor(work, account_id, "INBOX;1;7", house.clock.now)
    update(house, account_id, name="Example Team")
    assert get(house, account_id).cursor == "INBOX;1;7"
    update(house, account_id, imap_host="imap.elsewhere.example")
    assert get(house, account_id).cursor is None


def test_an_account_is_paused_and_resumed(house: House) -> None:
    account_id = add(house)
    with house.store.unit_of_work() as work:
        rows.mark_error(work, account_id, "The password was refused.")
        accounts.set_enabled(work, account_id, on=False)
    assert not get(house, account_id).enabled
    with house.store.unit_of_work() as work:
        accounts.set_enabled(work, account_id, on=True)
    assert (get(house, account_id).enabled, get(house, account_id).error) == (True, "")


def test_mail_from_before_a_day_can_be_history(house: House) -> None:
    account_id = add(house, history_before="2026-11-01")
    assert get(house, account_id).settings["history_before"] == datetime(2026, 11, 1, tzinfo=UTC).isoformat()
    update(house, account_id, history_before="")
    assert "history_before" not in get(house, account_id).settings


def test_settings_are_tried_with_the_secret_that_is_stored(house: House) -> None:
    account_id = add(house)
    card = house.context.channels.card("mail")
    tried = accounts.trial(house.context.vault, card, {"password": "", "name": "X"}, get(house, account_id))
    assert house.context.vault.unlock(tried.secrets) == {"password": " a secret with spaces "}
    assert (tried.address, tried.settings["imap_host"]) == ("support@example.com", "imap.example.com")
