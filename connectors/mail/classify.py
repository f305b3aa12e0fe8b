"""Who or what speaks."""

from __future__ import annotations

from typing import NamedTuple, TYPE_CHECKING

from connectors.contract import Nature

if TYPE_CHECKING:
    from connectors.mail.mime import Mail


class Verdict(NamedTuple):
    """The nature of a mail and why."""

    nature: Nature
    reason: str


def judge(mail: Mail, sender: str, subject: str, own: frozenset[str]) -> Verdict:
    """Judge."""
    return Verdict(Nature.PERSON, "")
