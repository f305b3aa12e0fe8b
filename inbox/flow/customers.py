"""What customers are told of the promise: by itself when they write, and on a public page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from inbox.flow import audit, review, zones
from inbox.flow.errors import RefusedError
from inbox.flow.rows import channel
from inbox.say import say
from inbox.store import accounts, values
from inbox.store.db import Session, Work
from inbox.store.tables import Account

KEY = "customers"
MOST_A_DAY = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What the founders chose; nothing is told until they do.

    accounts: those by which an acknowledgement leaves. a_day: how many one person gets within 24 hours, whatever they
    write. zone: in which a deadline is named to whom nobody knows the clock of. public: whether strangers see the page.
    """

    accounts: tuple[int, ...] = ()
    a_day: int = 2
    zone: str = "UTC"
    public: bool = False


def read(session: Session) -> Told:
    """Return what is set."""
    kept = values.get(session, KEY)
    chosen = tuple(int(one) for one in kept.get("accounts", []))
    zone = str(kept.get("zone") or review.zone_name(session))
    return Told(chosen, int(kept.get("a_day", 2)), zone, bool(kept.get("public")))


def save(work: Work, told: Told, by: int) -> None:
    """Keep it; RefusedError says what cannot be."""
    able = {account.id for account in mail_accounts(work.session)}
    if not set(told.accounts) <= able:
        raise RefusedError(say("Only mail accounts that can send acknowledge what comes in."))
    if not 1 <= told.a_day <= MOST_A_DAY:
        raise RefusedError(say("One person gets at least 1 and at most {n} of these a day.", n=MOST_A_DAY))
    zones.check(told.zone)
    before = read(work.session)
    if told == before:
        return
    kept = {"accounts": sorted(told.accounts), "a_day": told.a_day, "zone": told.zone, "public": told.public}
    values.put(work, KEY, kept)
    audit.record(work, by, "customers.changed", accounts=sorted(told.accounts), public=told.public)
    work.announce("customers.changed", teammate_id=by)


def mail_accounts(session: Session) -> Sequence[Account]:
    """Return the accounts that could acknowledge: mail that can be sent."""
    return [one for one in accounts.all_accounts(session) if channel(one) == "mail" and _sends(one)]


def _sends(account: Account) -> bool:
    return account.kind == "fake" or bool(account.settings.get("smtp_host"))
