"""How fast programs may come, counted in this process: a token that runs wild must not slow the screens down."""

from __future__ import annotations

import math
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from inbox.flow.tries import TooManyTriesError

if TYPE_CHECKING:
    from collections.abc import Hashable

    from inbox.clock import Clock

MINUTE = 60
CALLS = 1_200
"""Calls of one token in one minute."""
STRANGERS = 600
"""Wrong tokens, and links that do not exist, from one place in one minute."""
KNOCKS = 60
"""Beginnings at a door, from one place in one minute: each leaves a row behind for some minutes."""
REMEMBERED = 10_000


class TooFastError(TooManyTriesError):
    """Too many calls; Retry-After says when to go on."""


class Pace:
    """Counts by the minute. What was not seen for longest is forgotten, so that the memory it takes is bounded."""

    def __init__(self, clock: Clock) -> None:
        """Start with nobody counted."""
        self._clock = clock
        self._counts: OrderedDict[Hashable, tuple[int, int]] = OrderedDict()
        self._guard = Lock()

    def count(self, token: bytes) -> None:
        """Count a call of a token; TooFastError."""
        self._check(token, CALLS)
        self._count(token)

    def check_stranger(self, place: str) -> None:
        """TooFastError when too many wrong tokens came from a place."""
        self._check(place, STRANGERS)

    def count_stranger(self, place: str) -> None:
        """Count a wrong token."""
        self._count(place)

    def knock(self, place: str) -> None:
        """Count somebody who begins something at a door; TooFastError."""
        self._check(("door", place), KNOCKS)
        self._count(("door", place))

    def _now(self) -> tuple[int, int]:
        seconds = self._clock().timestamp()
        return int(seconds) // MINUTE, math.ceil(MINUTE - seconds % MINUTE)

    def _check(self, key: Hashable, most: int) -> None:
        minute, rest = self._now()
        with self._guard:
            since, number = self._counts.get(key, (minute, 0))
        if since == minute and number >= most:
            raise TooFastError(rest)

    def _count(self, key: Hashable) -> None:
        minute, _ = self._now()
        with self._guard:
            since, number = self._counts.pop(key, (minute, 0))
            self._counts[key] = (minute, number + 1 if since == minute else 1)
            while len(self._counts) > REMEMBERED:
                self._counts.popitem(last=False)
