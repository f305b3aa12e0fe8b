"""By which means the ladder can reach whom: accounts that can send, addresses that people gave, and the team's webhook.

A Slack-type webhook takes {"text": …}; its address is a secret of its own, so it is sealed, and only its host is shown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from inbox.flow import audit, letters, outward
from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.store import accounts, notices, teammates
from inbox.store.tables import Setting
from inbox.vault import VaultError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from inbox.store.db import Session, Work
    from inbox.store.tables import Account, Teammate
    from inbox.vault import Vault

HOOK = "ladder.webhook"
CHANNELS = {"telegram": "telegram", "sms": "sms", "call": "voice"}
"""Which kind of account carries which means."""
ADDRESSES = {"telegram": "telegram", "sms": "phone", "call": "phone"}
"""Which of a teammate's own addresses each means goes to."""
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_TELEGRAM = re.compile(r"@[A-Za-z][A-Za-z0-9_]{4,31}|[0-9]{5,15}", re.ASCII)


def phone(text: str) -> str:
    """Return a number as it is dialled from everywhere, "" for none. RefusedError when it is no such number."""
    plain = re.sub(r"[\s().-]", "", text)
    if plain and not _PHONE.fullmatch(plain):
        raise RefusedError(say("Give the number with its country, as in +33 6 12 34 56 78."))
    return plain


def telegram(text: str) -> str:
    """Return a name or number on Telegram, "" for none. RefusedError when it is neither."""
    plain = text.strip()
    if plain and not _TELEGRAM.fullmatch(plain):
        raise RefusedError(say("Give your name on Telegram, as in @ann_martin, or the number of your chat."))
    return plain


def account_for(session: Session, means: str) -> Account | None:
    """Return an account by which this means can leave."""
    return accounts_by_means(session).get(means)


def accounts_by_means(session: Session) -> dict[str, Account]:
    """Return an account for each means that needs one and has one, in the order of CHANNELS."""
    able = {_channel(one): one for one in reversed(accounts.all_accounts(session)) if one.enabled}
    return {means: able[channel] for means, channel in CHANNELS.items() if channel in able}


def _channel(account: Account) -> str:
    return str(account.settings.get("poses_as", "mail")) if account.kind == "fake" else account.kind


def address(teammate: Teammate, means: str) -> str:
    """Return where a means reaches a teammate, "" where they gave nothing."""
    return str(teammate.preferences.get(ADDRESSES.get(means, "")) or "")


def wrong(session: Session, people: Collection[int]) -> dict[int, dict[str, str]]:
    """Return what stands against each means, for each of these people; nothing where it works."""
    mailing, hook = letters.can_send(session), has_hook(session)
    there, asked = accounts_by_means(session), [one for one in teammates.active(session) if one.id in people]
    browsers = {one.teammate_id for one in notices.browsers_of(session, sorted(people))} if people else set()
    ours = letters.read_here(session, [one.mail for one in asked])
    found: dict[int, dict[str, str]] = {}
    for one in asked:
        said = {means: _wrong(one, means, works=means in there) for means in CHANNELS}
        said["mail"] = _wrong_mail(works=mailing, ours=one.mail in ours)
        said["push"] = "" if one.id in browsers else say("No browser of theirs may be told.")
        said["webhook"] = "" if hook else say("No webhook is set.")
        found[one.id or 0] = {means: why for means, why in said.items() if why}
    return found


def _wrong(teammate: Teammate, means: str, *, works: bool) -> str:
    if not works:
        return say("No account can send this.")
    return "" if address(teammate, means) else say("They gave no address for this.")


def _wrong_mail(*, works: bool, ours: bool) -> str:
    if not works:
        return say("No mail account can send.")
    return say("Their address is one that this inbox reads.") if ours else ""


# The team's webhook ---------------------------------------------------------------------------------------------------


def has_hook(session: Session) -> bool:
    """Whether the team has a webhook."""
    return bool(_kept(session))


def hook_host(session: Session) -> str:
    """Return the host of the team's webhook, "" without one."""
    return str(_kept(session).get("host", ""))


def hook(session: Session, vault: Vault) -> str:
    """Return the address of the team's webhook, "" without one, or when the key does not fit any more."""
    sealed = str(_kept(session).get("sealed", ""))
    try:
        return vault.unlock(bytes.fromhex(sealed)).get("url", "") if sealed else ""
    except VaultError:
        return ""


def set_hook(work: Work, vault: Vault, url: str, by: int, *, loopback: bool = False) -> None:
    """Set the team's webhook, or take it away with "". RefusedError for an address that is not a public https one."""
    url = url.strip()
    row = work.session.get(Setting, HOOK)
    if row is None:
        row = Setting(key=HOOK)
        work.session.add(row)
    if url:
        target = outward.shaped(url, loopback=loopback)
        row.value = {"host": target.host, "sealed": vault.lock({"url": url}).hex()}
    else:
        row.value = {}
    if url:
        audit.record(work, by, "ladder.webhook", host=row.value["host"])
    else:
        audit.record(work, by, "ladder.no_webhook")


def _kept(session: Session) -> Mapping[str, Any]:
    row = session.get(Setting, HOOK)
    return row.value if row is not None and isinstance(row.value, dict) else {}
