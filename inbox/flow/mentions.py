"""Who is named in a note, and whether they have seen it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from inbox.store import mentions, teammates
from inbox.store.db import Work


def named(text: str, people: Iterable[tuple[int, str]]) -> list[int]:
    """Return who is named with an @ in a text: by full name, or by a first name that only one of them has."""
    team = list(people)
    first: dict[str, list[int]] = {}
    for number, name in team:
        first.setdefault(name.split(maxsplit=1)[0].lower(), []).append(number)
    known = {name.lower(): number for number, name in team}
    known |= {name: numbers[0] for name, numbers in first.items() if len(numbers) == 1 and name not in known}
    if not known:
        return []
    longest = sorted(known, key=len, reverse=True)
    pattern = re.compile(rf"(?<![\w@])@({'|'.join(map(re.escape, longest))})(?!\w)", re.IGNORECASE)
    return list(dict.fromkeys(known[found.lower()] for found in pattern.findall(text)))


def remember(work: Work, conversation_id: int, message_id: int, text: str, by: int | None) -> None:
    """Remember whom a note names; each hears of it. Who names themselves hears nothing."""
    team = [(one.id, one.name) for one in teammates.active(work.session) if one.id is not None and one.name.strip()]
    told = [number for number in named(text, team) if number != by]
    mentions.add(work, message_id, told)
    for number in told:
        work.announce(
            "message.mention", conversation_id=conversation_id, teammate_id=by, message_id=message_id, mentioned=number
        )


def seen(work: Work, conversation_id: int, by: int) -> int:
    """A teammate looks at a conversation: what names them there is seen. Returns how many notes that were."""
    unseen = mentions.unseen(work.session, conversation_id, by)
    if unseen:
        mentions.mark_seen(work, unseen, by)
        work.announce("mentions.seen", conversation_id=conversation_id, teammate_id=by)
    return len(unseen)
