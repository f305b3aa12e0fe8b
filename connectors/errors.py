"""The five ways a channel can fail. Nothing else leaves a connector.

ChannelError
├── Temporary        try again; `retry_after` when the vendor said how long
├── Permanent        never try this one again; a person must look
├── BadCredentials   the account cannot sign in until a person acts
├── Forged           a webhook whose signature does not fit
└── Unreadable       raw bytes that cannot be understood: the arrival is quarantined
"""

from __future__ import annotations


class ChannelError(Exception):
    """Something went wrong on a channel; the message is one sentence a person can act on."""

    def __init__(self, message: str = "") -> None:
        """Use the docstring's first line when no better sentence is at hand."""
        super().__init__(message or (self.__doc__ or "").split("\n", 1)[0])


class Temporary(ChannelError):
    """The other side cannot do this now; it is tried again."""

    def __init__(self, message: str = "", retry_after: float | None = None, *, ambiguous: bool = False) -> None:
        """`retry_after` is in seconds, None where the vendor did not say.

        ambiguous: the other side may have taken the message before it fell silent; sending again could double it.
        """
        super().__init__(message)
        self.retry_after = retry_after
        self.ambiguous = ambiguous


class Permanent(ChannelError):
    """The other side refused this for good."""


class BadCredentials(ChannelError):
    """The user name, password or token was refused."""


class Forged(ChannelError):
    """The signature does not fit what was received."""


class Unreadable(ChannelError):
    """The message could not be read."""
