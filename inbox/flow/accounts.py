"""Add, change, pause and resume accounts. What a channel must know is on its card; secrets are stored sealed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from inbox.flow import audit, there
from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.store import accounts, arrivals
from inbox.store.tables import Account

if TYPE_CHECKING:
    from connectors.contract import Card, Setting
    from inbox.store.db import Work
    from inbox.vault import Vault

HISTORY = "history_before"
"""A setting of every account: an ISO time before which its mail is history that nobody waits for an answer to."""

WHERE = ("address", "username", "imap_host", "imap_port", "inbox_folder")
"""What says which mailbox it is: when one of these changes, the place where reading stopped means nothing there."""


def add(work: Work, vault: Vault, card: Card, given: Mapping[str, str], by: int | None = None) -> int:
    """Add an account from its settings by name and return its id. RefusedError names the field that cannot be."""
    values = checked(card, given)
    for setting in card.settings:
        if setting.required and not values.get(setting.name):
            raise RefusedError(say("“{label}” is missing.", label=say(setting.label)))
    address = (values.get("address") or values.get("name") or card.kind).lower()
    _refuse_twin(work, card, address, None)
    account = Account(kind=card.kind, address=address, name=values.get("name", ""), created_at=work.now)
    account.settings, hidden = _parted(card, values, {}, {})
    account.secrets = vault.lock(hidden) if hidden else b""
    work.session.add(account)
    work.session.flush()
    account_id = account.id or 0
    work.announce("account.added", teammate_id=by, account_id=account_id)
    audit.record(work, by, "account.added", account=account_id, address=account.address)
    return account_id


def update(
    work: Work, vault: Vault, card: Card, account_id: int, given: Mapping[str, str], by: int | None = None
) -> None:
    """Change the settings that are given; an empty secret keeps the old one, an empty other one is cleared."""
    account = there.account(work.session, account_id)
    values = checked(card, given)
    kept, sealed = dict(account.settings), vault.unlock(account.secrets)
    for setting in card.settings:
        if setting.required and setting.name in values and not values[setting.name] and not setting.secret:
            raise RefusedError(say("“{label}” is missing.", label=say(setting.label)))
    shown, hidden = _parted(card, values, kept, sealed)
    if shown == kept and hidden == sealed:
        return
    address = str(shown.get("address") or account.address).lower()
    _refuse_twin(work, card, address, account_id)
    account.address, account.name = address, str(shown.get("name", ""))
    account.settings = shown
    if hidden != sealed:
        account.secrets = vault.lock(hidden)
    if any(kept.get(name) != shown.get(name) for name in WHERE):
        account.cursor = None
        arrivals.retire_names(work, account_id)
    account.error, account.error_since = "", None
    work.session.flush()
    work.announce("account.changed", teammate_id=by, account_id=account_id)
    audit.record(work, by, "account.changed", account=account_id, address=account.address)


def set_enabled(work: Work, account_id: int, on: bool, by: int | None = None) -> None:  # noqa: FBT001 - the verb's own word
    """Pause an account (nothing is fetched or sent) or resume it; what it missed is fetched then."""
    account = there.account(work.session, account_id)
    if account.enabled == on:
        return
    account.enabled = on
    account.error, account.error_since = "", None
    work.session.flush()
    what = "account.resumed" if on else "account.paused"
    work.announce(what, teammate_id=by, account_id=account_id)
    audit.record(work, by, what, account=account_id, address=account.address)


def trial(vault: Vault, card: Card, given: Mapping[str, str], known: Account | None = None) -> Account:
    """Make an account that is not stored, to try settings with; empty secrets come from the known one."""
    values = checked(card, given)
    kept = dict(known.settings) if known else {}
    sealed = vault.unlock(known.secrets) if known else {}
    address = (values.get("address") or (known.address if known else "") or card.kind).lower()
    never = datetime.min.replace(tzinfo=UTC)
    account = Account(kind=card.kind, address=address, name=values.get("name", ""), created_at=never)
    account.id = known.id if known else None
    account.settings, hidden = _parted(card, values, kept, sealed)
    account.secrets = vault.lock(hidden) if hidden else b""
    return account


def checked(card: Card, given: Mapping[str, str]) -> dict[str, str]:
    """Return what was given, trimmed. RefusedError for a name the card does not have or a choice it does not offer."""
    known = {setting.name: setting for setting in card.settings}
    values: dict[str, str] = {}
    for name, value in given.items():
        if name == HISTORY:
            values[name] = _moment(value)
        elif name not in known:
            raise RefusedError(say("{channel} has no setting called {name}.", channel=card.name, name=repr(name)))
        else:
            values[name] = _value(known[name], value)
    return values


def _value(setting: Setting, value: str) -> str:
    text = value if setting.secret else value.strip()
    if text and setting.choices and text not in setting.choices:
        choices = ", ".join(setting.choices)
        raise RefusedError(say("“{label}” must be one of {choices}.", label=say(setting.label), choices=choices))
    return text


def _moment(value: str) -> str:
    if not value.strip():
        return ""
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError as error:
        raise RefusedError("“Mail already there” needs a date, such as 2026-11-01.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _parted(
    card: Card, values: Mapping[str, str], kept: dict[str, Any], sealed: dict[str, str]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Part what may be shown from what is to be sealed, each on top of what was kept."""
    secret = {setting.name for setting in card.settings if setting.secret}
    shown = {**kept, **{name: value for name, value in values.items() if name not in secret}}
    hidden = {**sealed, **{name: value for name, value in values.items() if name in secret and value}}
    return {name: value for name, value in shown.items() if value != ""}, hidden


def _refuse_twin(work: Work, card: Card, address: str, but: int | None) -> None:
    twin = accounts.by_address(work.session, card.kind, address)
    if twin is not None and twin.id != but:
        raise RefusedError(say("“Address”: there is an account {address} already.", address=address))
