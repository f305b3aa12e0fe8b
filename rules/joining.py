"""Which conversation a message belongs to. The subject never counts.

Order: our signed token, then a reference to a Message-ID of ours that nobody could guess, then a reference to someone
else's Message-ID if the writer takes part in that conversation. Otherwise a new conversation.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Known:
    """A message that is referred to: its conversation, whether its id is proof, and who takes part there.

    participants are (kind, value) pairs of identities.
    """

    conversation_id: int
    vouched: bool
    participants: Collection[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Join:
    """The conversation to join and why; `newcomer` says that the writer had no part in it before."""

    conversation_id: int
    why: Literal["token", "our_message", "their_message"]
    newcomer: bool = False


def join(tokens: Sequence[int], references: Sequence[Known], people: Collection[tuple[str, str]]) -> Join | None:
    """Decide.

    tokens: conversations whose signed token came with the message, checked already.
    references: known messages it refers to, the direct one first.
    people: whoever must take part: the writer of an incoming message, the recipients of one we wrote elsewhere.
    """
    if tokens:
        known = {pair for reference in references for pair in reference.participants}
        return Join(tokens[0], "token", newcomer=bool(known) and not _takes_part(people, known))
    for reference in references:
        part = _takes_part(people, reference.participants)
        if reference.vouched:
            return Join(reference.conversation_id, "our_message", newcomer=not part)
        if part:
            return Join(reference.conversation_id, "their_message")
    return None


def _takes_part(people: Collection[tuple[str, str]], participants: Collection[tuple[str, str]]) -> bool:
    return any(person in participants for person in people)
