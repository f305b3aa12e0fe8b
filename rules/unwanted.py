"""Whether a new mail goes to spam because of who sent it: what teammates blocked, and what was learned from spam."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Listed:
    """What is on the list about a sender. proof: what the receiving server said of the mail it was learned from."""

    verdict: Literal["blocked", "learned"]
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """What is known about a mail. joined: it belongs to a conversation we have; theirs: the sender's own one.

    known_person: we have answered this person before. proof: "pass", "fail", or "" where nobody checked the sender.
    """

    joined: bool
    theirs: bool
    known_person: bool
    proof: str = ""


def unwanted(listed: Sequence[Listed], mail: Mail) -> Literal["blocked", "learned", ""]:
    """Decide. Who may be somebody else under a stolen name is never put away by what was learned.

    A sender whom a teammate blocked is put away wherever only they speak; in the conversation of another person they
    are heard. What was learned from spam holds for new conversations alone, for a sender whom the receiving server
    vouches for just as it did then, and never for a person whom we have answered.
    """
    if any(one.verdict == "blocked" for one in listed) and (mail.theirs or not mail.joined):
        return "blocked"
    learned = any(one.verdict == "learned" and one.proof == mail.proof for one in listed)
    if learned and not mail.joined and not mail.known_person:
        return "learned"
    return ""
