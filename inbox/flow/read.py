"""Read what has arrived: understand each message, place the batch, set aside what cannot be read.

1. Claim a batch of one account; whoever claims is the only one who reads it until the lease ends. In a process, one
   thread at a time reads an account, oldest first, so that an answer is not placed before its question.
2. Let the channel turn each raw message into our words. One that fails is quarantined; the next goes on.
3. Place the batch in one transaction. Where the store refuses it, each message is placed alone.
4. What was being read when the process died is read again one by one. A message whose reading never ended after
   READ_TRIES beginnings stopped the process each time: it is set aside unread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from connectors.contract import Glances, Nature
from connectors.errors import ChannelError, Unreadable
from inbox.flow import chosen
from inbox.flow.place import place
from inbox.flow.scene import Reading
from inbox.say import say
from inbox.store import accounts, arrivals
from inbox.store.arrivals import ToRead
from inbox.store.trouble import Conflict, Refused, passes
from inbox.vault import VaultError
from rules.retrying import READ_TRIES, read_again_in

if TYPE_CHECKING:
    from connectors.contract import Connector, Inbound
    from inbox.flow.context import Context
    from inbox.store.tables import Account

BATCH = 200
SETTINGS_RETRY = timedelta(minutes=1)
STOPPED = str(say("Reading it stopped the app again and again. The original is kept; open it with care."))
EMPTY = str(say("It says nothing that could be read."))

log = logging.getLogger(__name__)


def read_pending(context: Context, limit: int = BATCH) -> int:
    """Read one batch of what is pending in each account; returns how many were taken (0: nothing is due)."""
    if context.turns.dropped:
        _take_back(context)
    with context.store.reading() as session:
        waiting = arrivals.due_accounts(session, context.clock())
    return sum(_read_batch(context, account_id, limit) for account_id in waiting)


def _take_back(context: Context) -> None:
    """Take up what readers of this process dropped; should another process read it, one of them places it."""
    with context.store.reading() as session:
        held = arrivals.pending_accounts(session)
    context.turns.dropped = False
    for account_id in held:
        with context.turns.of(account_id), context.store.unit_of_work() as work:
            arrivals.release(work, account_id)


def read_account(context: Context, account_id: int) -> None:
    """Read all that is pending and due in one account. The caller has the account's turn."""
    with context.store.reading() as session:
        waits = account_id in arrivals.due_accounts(session, context.clock())
    while waits:
        waits = _read_batch(context, account_id, BATCH) > 0


def _read_batch(context: Context, account_id: int, limit: int) -> int:
    with context.turns.of(account_id):
        with context.store.unit_of_work() as work:
            items = arrivals.claim(work, account_id, limit)
        read_items(context, items)
    return len(items)


def read_items(context: Context, items: Sequence[ToRead]) -> None:
    """Read claimed arrivals, account by account, in the order given."""
    for account_id, group in groupby(items, key=lambda item: item.account_id):
        with context.store.reading() as session:
            account = accounts.get(session, account_id)
        if account is not None:
            _place(context, account, _understand_all(context, account, list(group)))


def _understand_all(context: Context, account: Account, items: Sequence[ToRead]) -> list[Reading]:
    try:
        reader = context.channels.reader(account)
    except (ChannelError, VaultError, LookupError) as error:
        _wait_for_settings(context, account, items, str(error))
        return []
    return [reading for item in items for reading in understand(reader, item)]


def _wait_for_settings(context: Context, account: Account, items: Sequence[ToRead], sentence: str) -> None:
    """Nothing is wrong with these: their account's settings are. They are read as soon as those are mended."""
    with context.store.unit_of_work() as work:
        arrivals.give_back(work, items, work.now + SETTINGS_RETRY)
        if accounts.mark_error(work, account.id or 0, sentence):
            work.announce("account.trouble", account_id=account.id, error=sentence)


def understand(reader: Connector, item: ToRead) -> Iterable[Reading]:
    """Turn one arrival into our words; whatever goes wrong stays with this one."""
    if item.tries > READ_TRIES:
        return [Reading(item, None, STOPPED)]
    try:
        inbounds = reader.read(item.arrival)
    except Unreadable as error:
        return [Reading(item, None, str(error), seen=_glance(reader, item))]
    except Exception as error:  # noqa: BLE001 - a stranger's bytes may break any reader; the arrival is kept and shown
        log.warning("Arrival %s could not be read: %s", item.id, type(error).__name__)
        told = say("It could not be read ({fault}). The original is kept.", fault=type(error).__name__)
        return [Reading(item, None, str(told), seen=_glance(reader, item))]
    if item.arrival.facts.get("treat_as") == "person":
        inbounds = [replace(inbound, nature=Nature.PERSON, nature_reason="") for inbound in inbounds]
    return [Reading(item, inbound) for inbound in inbounds] or [Reading(item, None, EMPTY, seen=_glance(reader, item))]


def _glance(reader: Connector, item: ToRead) -> Inbound | None:
    """Let the channel tell who wrote what it could not read, if it can."""
    if not isinstance(reader, Glances):
        return None
    try:
        return reader.glance(item.arrival)
    except Exception as error:  # noqa: BLE001 - the same bytes broke the reader a moment ago
        log.warning("Nothing can be told of arrival %s: %s", item.id, type(error).__name__)
        return None


def _place(context: Context, account: Account, readings: Sequence[Reading]) -> None:
    answers = [one for one in readings if one.inbound is not None and one.inbound.chosen]
    for answer in answers:
        with context.store.unit_of_work() as work:
            chosen.take(work, context.vault, answer)
    readings = [one for one in readings if one not in answers] if answers else readings
    if not readings:
        return
    try:
        with context.store.unit_of_work() as work:
            place(work, account, context.vault, readings)
    except (Refused, ValueError, OverflowError) as error:
        if isinstance(error, Refused) and passes(error):
            _give_back(context, readings, error)
            return
        if len(readings) > 1:
            for reading in readings:
                _place(context, account, [reading])
            return
        _refused(context, account, readings[0], error)


def _give_back(context: Context, readings: Sequence[Reading], error: Refused) -> None:
    """The store itself is in trouble: nothing is wrong with these, they are read again in a moment."""
    log.warning("%d arrivals could not be placed now: %s", len(readings), type(error).__name__)
    with context.store.unit_of_work() as work:
        arrivals.give_back(work, [reading.item for reading in readings], work.now + read_again_in(1))


def _refused(context: Context, account: Account, reading: Reading, error: Exception) -> None:
    """The store did not take this one: try again in case something else was the trouble, then set it aside."""
    item = reading.item
    log.warning("Arrival %s could not be placed: %s", item.id, type(error).__name__)
    with context.store.unit_of_work() as work:
        if not arrivals.still_held(work, [item]):
            return
        if item.tries < READ_TRIES and isinstance(error, Refused) and not isinstance(error, Conflict):
            arrivals.postpone(work, item.id, work.now + read_again_in(item.tries))
        else:
            told = say("It could not be stored ({fault}).", fault=type(error).__name__)
            place(work, account, context.vault, [Reading(item, None, str(told))])
