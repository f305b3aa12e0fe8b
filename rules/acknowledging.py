"""Whether somebody who has just written is told by itself that their message arrived, and why not (RFC 3834).

An acknowledgement is a courtesy: wherever a machine could be on the other side, or the address could be somebody
else's, nothing is sent. It is no reply, and no wait ends by it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

A_DAY = timedelta(hours=24)
AN_HOUR = timedelta(hours=1)

FLAGGED: Mapping[str, str] = {
    "no_auto_reply": "asked_not_to",
    "no_reply_sender": "machine",
    "from_own_address": "ourselves",
    "unreadable": "not_read",
}
"""What the reader of a mail noted, and the reason it is."""

_MACHINES = re.compile(
    r"(?:mailer-daemon|postmaster|daemon|root|nobody|bounces?|notifications?|alerts?|newsletter|news|listserv|majordomo"
    r"|owner-.*|.*-(?:request|owner|bounces?|noreply|no-reply)|(?:prvs|srs\d?|bounces?)[=+].*)",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many acknowledgements may leave: to one person in a day, and from the house in an hour."""

    a_day: int = 2
    an_hour: int = 120


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known when a message has opened a wait.

    channel: the way it came. kind, opened: of the wait, and whether this very message opened it. address: whom an
    answer would go to. own: our addresses. named: those to whom the message was addressed. proof: what the server that
    took it in says of the sender. lately, hourly: acknowledgements to this person in a day, and of the house in an
    hour.
    """

    channel: str
    kind: str
    opened: bool
    due_at: datetime
    address: str
    own: Collection[str]
    named: Collection[str]
    flags: Collection[str] = ()
    proof: str = ""
    spam: bool = False
    lately: int = 0
    hourly: int = 0


def why_not(facts: Facts, now: datetime, limits: Limits = Limits()) -> str:
    """Return why nothing is sent, as a short key; "" when it is sent."""
    if facts.channel != "mail":
        return "not_mail"
    if facts.kind != "first" or not facts.opened:
        return "not_first"
    if facts.spam:
        return "spam"
    if facts.due_at <= now:
        return "too_late"
    return _whom(facts) or _how_many(facts, limits)


def _whom(facts: Facts) -> str:
    noted = next((FLAGGED[flag] for flag in FLAGGED if flag in facts.flags), "")
    if noted:
        return noted
    if not facts.address or facts.address in facts.own:
        return "ourselves" if facts.address else "nobody"
    if _MACHINES.fullmatch(facts.address.rpartition("@")[0].lower()):
        return "machine"
    if facts.proof == "fail":
        return "not_theirs"
    return "" if set(facts.own) & set(facts.named) else "not_to_us"


def _how_many(facts: Facts, limits: Limits) -> str:
    if facts.lately >= limits.a_day:
        return "enough"
    return "storm" if facts.hourly >= limits.an_hour else ""
