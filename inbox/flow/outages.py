"""Notice that an account has stopped working, and tell people of it: silence would be the worst breach of all.

An account is in trouble when its last look at the provider that went well is too long ago, and at once when its
authorisation was lost. Whoever is on duty is told first, then everybody, then the founders, then once a day until it
is well; then those who were told hear that, too. An account that is only written to (LMTP) is never silent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.contract import Pulls
from connectors.errors import ChannelError
from inbox.flow.feed import Reader
from inbox.flow.telling import Room, told_to
from inbox.flow.telling_words import outage_facts
from inbox.store import accounts, outages, telling_sends, tellings
from inbox.vault import VaultError
from rules import telling as rule

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.flow.context import Context
    from inbox.store.db import Store, Work
    from inbox.store.tables import Account, Change, Outage

BATCH = 50


def reader(store: Store) -> Reader:
    """Return who hears at once that an authorisation was lost."""
    return Reader(store, "outages", lambda _session: _concerns, hear)


def _concerns(change: Change) -> bool:
    return change.kind == "account.trouble" and bool(change.data.get("refused"))


def hear(work: Work, change: Change) -> None:
    """An account was refused: nothing will come until somebody does something."""
    account = accounts.get(work.session, int(change.data["account_id"]))
    if account is not None and account.enabled and account.error:
        since = well_until(account) or work.now
        outages.begin(work, account.id or 0, since, account.error, refused=True)


def sweep(context: Context, watched: dict[int, datetime] | None = None) -> int:
    """Look at every account; tell of those that do not work, and of those that do again. Returns how many changed.

    watched: since when this process has expected something of each account; nobody looked before it began.
    """
    silent_after = timedelta(minutes=context.settings.silent_after)
    with context.store.reading() as session:
        lasting, all_ = outages.lasting(session), accounts.all_accounts(session)
    now = context.clock()
    expected = _expected(all_, now, watched, silent_after)
    silent = [one for one in all_ if one.id in expected and one.id not in lasting and _silent(one, now, silent_after)]
    silent = [one for one in silent if _pulls(context, one)]
    over = [one for one in all_ if one.id in lasting and _is_well(context, one, lasting[one.id])]
    due = any(one.next_at is not None and one.next_at <= now for one in lasting.values())
    if not silent and not over and not due:
        return 0
    with context.store.unit_of_work() as work:
        for account in silent:
            outages.begin(work, account.id or 0, well_until(account) or now, account.error, refused=False)
        for account in over:
            _end(work, lasting[account.id or 0], told=account.enabled)
        work.session.flush()
        told = sum(_climb(work, one) for one in outages.due(work, BATCH))
    return len(silent) + len(over) + told


def _expected(all_: list[Account], now: datetime, watched: dict[int, datetime] | None, after: timedelta) -> set[int]:
    """Return the accounts of which something can be expected: an error is one, silence counts from when we looked."""
    on = {one.id or 0: one for one in all_ if one.enabled}
    if watched is None:
        return set(on)
    for number in [number for number in watched if number not in on]:
        del watched[number]
    for number in on:
        watched.setdefault(number, now)
    return {number for number, one in on.items() if one.error or watched[number] <= now - after}


def well_until(account: Account) -> datetime | None:
    """Return when the provider was last looked at with success."""
    if account.error_since is not None:
        return account.error_since
    return account.checked_at or account.created_at


def _silent(account: Account, now: datetime, after: timedelta) -> bool:
    since = well_until(account)
    return since is not None and now - since >= after


def _pulls(context: Context, account: Account) -> bool:
    """Whether we fetch from it; settings that cannot be used count as trouble, too."""
    try:
        return isinstance(context.channels.reader(account), Pulls)
    except (ChannelError, VaultError, LookupError):
        return True


def _is_well(context: Context, account: Account, outage: Outage) -> bool:
    """Whether it was read with success since, or is paused: nobody expects anything of it then.

    That its settings were changed proves nothing yet; only of what is not fetched from nothing better is known.
    """
    if not account.enabled:
        return True
    if account.error:
        return False
    seen = account.caught_up_at if _pulls(context, account) else account.checked_at
    return seen is not None and seen > outage.noticed_at


def _end(work: Work, outage: Outage, *, told: bool) -> None:
    held = work.session.get_one(type(outage), outage.id, with_for_update=True, populate_existing=True)
    if held.over_at is not None:
        return
    held.over_at, held.next_at = work.now, None
    steps = [one for one in tellings.of_outage(work.session, outage.id or 0) if one.state == "told"]
    if told and steps:
        people = telling_sends.told_people(work.session, [one.id or 0 for one in steps])
        whom = sorted(f"teammate:{who}" for who in people)
        _tell(work, outage, "well", whom or ["founders"])


def _climb(work: Work, outage: Outage) -> int:
    told = {one.step for one in tellings.of_outage(work.session, outage.id or 0)}
    step = rule.outage_step(outage.noticed_at, told, work.now)
    outage.next_at = rule.outage_next(outage.noticed_at, work.now)
    if step is None:
        return 0
    _tell(work, outage, step[0], list(step[1]))
    return 1


def _tell(work: Work, outage: Outage, step: str, whom: list[str]) -> None:
    subject, number = f"outage:{outage.id}", outage.id or 0
    row = {"subject": subject, "step": step, "outage_id": number, "due_at": work.now, "not_before": work.now}
    tellings.add(work, [{**row, "whom": whom, "means": list(rule.OUTAGE_MEANS)}])
    [telling] = [one for one in tellings.of_outage(work.session, number) if one.step == step]
    if telling.state != "waiting":
        return
    work.session.flush()
    room = Room(work, [])
    beyond = [names for _, _, names in rule.OUTAGE if list(names) != whom]
    told = rule.audience(whom, None, room.team, beyond)
    data = outage_facts(outages.by_id(work.session, [number])[number], work.now)
    told_to(room, telling, told, data, conversation_id=None)
    room.write()
