"""What becomes of a message by who speaks in it: a person, or a machine (RFC 3834, RFC 3464, RFC 5965)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keep:
    """The message goes into a conversation; only a person's opens or closes a wait."""

    human: bool


@dataclass(frozen=True, slots=True)
class Ignore:
    """The message is not shown among conversations; the reason is a sentence for the ledger."""

    reason: str


_IGNORED = {
    "auto_reply": "An automatic reply that belongs to no conversation.",
    "bounce": "A delivery report about a mail that was not sent from here.",
    "abuse_report": "A complaint report from a mail provider, sent by a machine.",
    "report": "A technical report (DMARC or TLS), sent by a machine.",
    "list": "A newsletter or mailing list.",
    "echo": "A copy of a mail that we sent ourselves.",
}


def sort_out(nature: str, nature_reason: str, *, joined: bool, ours: bool = False) -> Keep | Ignore:
    """Decide by nature: people are always kept; machines only where they speak of a conversation we have.

    joined: the message belongs to a conversation we know. ours: we wrote it in another mail client.
    """
    if nature == "person":
        return Keep(human=True)
    if ours or (joined and nature in {"auto_reply", "bounce", "list"}):
        return Keep(human=False)
    reason = _IGNORED.get(nature, "Sent by a machine.")
    return Ignore(f"{reason[:-1]}: {nature_reason}." if nature_reason else reason)
