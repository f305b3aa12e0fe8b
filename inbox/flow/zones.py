"""The time zones that people choose."""

from __future__ import annotations

from inbox.flow.errors import RefusedError
from inbox.say import say
from rules import zones


def check(name: str) -> None:
    """Refuse a time zone that there is not."""
    if zones.named(name) is None:
        raise RefusedError(say("There is no time zone called {zone}.", zone=name[:60]))
