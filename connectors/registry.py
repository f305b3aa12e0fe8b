"""Which channel kinds exist. A channel's module is imported only when its kind is asked for."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from connectors.contract import Card, Connector

GROUP = "under24.connectors"
_OURS = {"mail": "connectors.mail.connector:MailChannel", "fake": "connectors.fake:FakeChannel"}


class UnknownChannelError(LookupError):
    """No channel of that kind is installed."""


class Channel(Protocol):
    """A kind of channel: its card, and how one account of it is opened."""

    card: Card

    def open(self, settings: Mapping[str, str], clock: Callable[[], datetime]) -> Connector:
        """Make the connector of one account; nothing is contacted yet. Permanent when a setting cannot be right."""
        ...


def kinds() -> list[str]:
    """Name every kind that can be opened, ours first."""
    return [*_OURS, *sorted(point.name for point in entry_points(group=GROUP) if point.name not in _OURS)]


def channel(kind: str) -> Channel:
    """Return the channel of that kind. UnknownChannelError when there is none."""
    if kind in _OURS:
        module, _, name = _OURS[kind].partition(":")
        return cast("Channel", getattr(import_module(module), name)())
    for point in entry_points(group=GROUP, name=kind):
        return cast("Channel", point.load()())
    message = f"There is no channel called {kind!r}; known are {', '.join(kinds())}."
    raise UnknownChannelError(message)
