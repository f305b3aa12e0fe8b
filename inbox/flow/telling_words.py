"""What the ladder says: people, not tickets, and how long they have waited."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from inbox.flow.notice_words import outage, waits
from inbox.say import say
from rules.telling import read_in_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.say import Said
    from inbox.store.claims import Was
    from inbox.store.outages import Broken
    from inbox.store.tellings import Scene

_MINUTE = timedelta(minutes=1)


def span(length: timedelta) -> str:
    """Write a span of time as every language of ours does: 22 h, 2 h 10, 40 min."""
    minutes = max(round(length / _MINUTE), 0)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest:02d}" if rest else f"{hours} h"


def facts(scene: Scene, now: datetime, *, nobody: bool = False) -> dict[str, Any]:
    """Return what a notice of a wait names; left is "" once the promise is broken."""
    left = scene.due_at - now
    return {
        "wait_id": scene.wait_id,
        "contact": scene.contact,
        "subject": scene.subject,
        "waited": span(now - scene.started_at),
        "left": span(left) if left > _MINUTE / 2 else "",
        "promised": span(scene.due_at - scene.started_at),
        "nobody": nobody,
    }


def was_on_it(was: Was | None, zone: tzinfo) -> dict[str, str]:
    """Return who was on it, and until when by the reader's clock; nothing where nobody was."""
    return {"was": was.name, "until": f"{was.until.astimezone(zone):%H:%M}"} if was else {}


@dataclass(frozen=True, slots=True)
class Item:
    """One matter in a message: a wait, or an account that does not work.

    late: it comes late, for we were away. was: who was on it before.
    """

    scene: Scene | None
    outage: Broken | None
    send_ids: tuple[int, ...]
    nobody: bool = False
    late: bool = False
    was: Was | None = None

    def order(self) -> tuple[bool, float]:
        """An account comes first, then whoever has the least time left."""
        return (self.scene is not None, self.scene.due_at.timestamp() if self.scene else 0.0)

    def said(self, now: datetime, zone: tzinfo) -> Said:
        """Say it in one sentence; zone: that of whoever reads it."""
        if self.scene is not None:
            return waits({**facts(self.scene, now, nobody=self.nobody), **was_on_it(self.was, zone)})
        return outage(outage_facts(self.outage, now)) if self.outage else say("An account does not work.")

    @property
    def path(self) -> str:
        """Where it can be looked at."""
        return f"/inbox/all/{self.scene.conversation_id}" if self.scene else "/settings/accounts"


def outage_facts(broken: Broken, now: datetime) -> dict[str, Any]:
    """Return what a notice of an account names; partly: the rest of it is read as ever."""
    length, partly = span((broken.over_at or now) - broken.since), read_in_part(broken.since, broken.caught_up_at, now)
    told = {"account": broken.address, "span": length, "why": broken.why, "well": broken.over_at is not None}
    return {**told, "partly": partly}


def headline(items: Sequence[Item], now: datetime, zone: tzinfo) -> Said:
    """Say what a message is about: the one thing, or how many."""
    if len(items) == 1:
        return items[0].said(now, zone)
    people = [one.scene for one in items if one.scene is not None]
    if len(people) < len(items):
        return say("{n} things need you in Under24", n=len(items))
    left = min(one.due_at for one in people) - now
    if left > _MINUTE / 2:
        return say("{n} people wait for an answer. Time left for the first: {left}", n=len(items), left=span(left))
    return say("{n} people wait for an answer. The first has waited longer than was promised", n=len(items))


_ROOM_SPECIAL = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u200b"} | dict.fromkeys("*`~[]|#\\"))
_EDGE = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])")


def for_a_room(text: str) -> str:
    """Make a sentence with strangers' words in it harmless where a team chats: no mention, no link, no mark, one line.

    Slack reads <…> and marks, Mattermost and Discord also @here, [links](…) and # at the beginning of a line.
    """
    plain_ = "".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in " ".join(text.split()))
    return _EDGE.sub("", plain_).replace("://", ":\u200b//").translate(_ROOM_SPECIAL)
