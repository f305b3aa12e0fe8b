"""What a verb may refuse, each with one sentence for the person who asked."""

from __future__ import annotations


class FlowError(Exception):
    """The act was refused; the message says why and what to do."""


class NotFoundError(FlowError):
    """It is not there any more."""


class ReasonNeededError(FlowError):
    """Somebody still waits for an answer here: say why no reply is needed."""


class ConflictError(FlowError):
    """Something new arrived since you looked: read it first, then send or discard yours."""


class RefusedError(FlowError):
    """That cannot be done."""
