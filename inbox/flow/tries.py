"""How often something may be tried from outside: wrong passwords and codes, letters asked for, links that do not exist.

Tries are rows, so that a restart forgets none and every process counts the same; those of yesterday are swept.
"""

from __future__ import annotations

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from inbox.flow.errors import FlowError
from inbox.say import say
from inbox.store import teammates
from inbox.store.db import Work


@dataclass(frozen=True, slots=True)
class Limit:
    """So many in so long a time."""

    most: int
    window: timedelta


PASSWORDS = Limit(8, timedelta(minutes=15))
"""Wrong passwords of one account."""
CODES = Limit(6, timedelta(minutes=15))
"""Wrong codes of one account: a guesser meets one of a million in some hundred years."""
STRANGERS = Limit(30, timedelta(minutes=15))
"""Wrong tries of any kind from one place."""
LETTERS = Limit(3, timedelta(hours=1))
"""Letters that one account is sent for a new password."""
LETTERS_ASKED = Limit(10, timedelta(hours=1))
"""Letters asked for from one place."""


class TooManyTriesError(FlowError):
    """There were too many wrong tries. Wait a while, then try again."""

    def __init__(self, retry_after: int) -> None:
        """retry_after: seconds."""
        minutes = math.ceil(retry_after / 60)
        super().__init__(say("There were too many wrong tries. Try again in {minutes} min.", minutes=minutes))
        self.retry_after = retry_after


def place(address: str) -> str:
    """Name where somebody comes from: the address, or the network of 2^64 addresses that one IPv6 customer has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return f"address:{address[:64]}"
    if found.version == 6:
        return f"address:{ipaddress.ip_network((found, 64), strict=False)}"
    return f"address:{found}"


def check(session: teammates.Reading, limits: dict[str, Limit], now: datetime) -> None:
    """TooManyTriesError when one of these keys was tried too often."""
    for key, limit in limits.items():
        failed = teammates.failures(session, key, now - limit.window)
        if len(failed) >= limit.most:
            free_at = failed[len(failed) - limit.most] + limit.window
            raise TooManyTriesError(max(1, math.ceil((free_at - now).total_seconds())))


def claim(work: Work, limits: dict[str, Limit]) -> None:
    """Count a try before it is known to be wrong, so that a hundred at the same moment are a hundred."""
    teammates.lock_tries(work, list(limits))
    check(work.session, limits, work.now)
    count(work, *limits)


def give_back(work: Work, *keys: str) -> None:
    """It was right: it does not count."""
    teammates.lock_tries(work, list(keys))
    for key in keys:
        teammates.drop_newest_try(work, key)


def count(work: Work, *keys: str) -> None:
    """Count one try under each key."""
    teammates.record_failure(work, list(keys))


def forget(work: Work, key: str) -> None:
    """Start anew after a try that was right."""
    teammates.forget_failures(work, key)
