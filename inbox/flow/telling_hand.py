"""Write what a message of the ladder says, for the means that leave through the outbox: mail, Telegram, SMS, a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.flow import claims, letters, reach
from inbox.flow.plain import plain
from inbox.flow.review import zone
from inbox.flow.telling_words import headline
from inbox.say import say
from rules import zones

if TYPE_CHECKING:
    from datetime import tzinfo

    from inbox.flow.context import Context
    from inbox.flow.telling_words import Item
    from inbox.say import Said
    from inbox.store.db import Work
    from inbox.store.tables import Teammate

LISTED = 20
SHORT = 3
"""So many are named in a message to a phone."""
ONCE = ("sms", "call")
"""They cost money and wake people: what may have arrived is not repeated, and the next means is used."""
_HANDLES = {"telegram": "telegram", "sms": "phone", "call": "phone"}


def write(context: Context, work: Work, teammate: Teammate, means: str, items: list[Item], key: str) -> None:
    """Give the outbox one message to one person about all that is due. RefusedError where it cannot leave."""
    letter = Letter(context, teammate, items, zones.named(teammate.zone) or zone(work.session))
    if means == "mail":
        letters.queue_letter(work, teammate.mail, letter.subject, letter.long, key)
        return
    more = {"spoken": letter.spoken, "choices": letter.choices} if means == "call" else {}
    hand(work, teammate, means, letter.subject, letter.short, key, **more)


def hand(work: Work, teammate: Teammate, means: str, subject: str, text: str, key: str, **more: object) -> None:
    """Give the outbox a message for a phone. more: what a call says and offers."""
    account = reach.account_for(work.session, means)
    if account is None:
        return
    to = {"kind": _HANDLES[means], "value": reach.address(teammate, means), "name": teammate.name}
    letters.hand(work, account, to, subject, text, key, **more, **({"once": True} if means in ONCE else {}))


class Letter:
    """What one person is told about some matters, in their language."""

    def __init__(self, context: Context, teammate: Teammate, items: list[Item], zone: tzinfo) -> None:
        """Take the time once: all sentences of a message tell the same."""
        self._context, self._teammate, self._items, self._zone = context, teammate, items, zone
        self._now, self._url = context.clock(), context.settings.public_url

    def _say(self, sentence: Said) -> str:
        return self._context.voice(self._teammate.language, sentence)

    def _told(self, item: Item) -> str:
        return self._say(item.said(self._now, self._zone))

    @property
    def subject(self) -> str:
        """What it is about."""
        return self._say(headline(self._items, self._now, self._zone))

    @property
    def long(self) -> str:
        """A line and two links for each, for a mail."""
        lines = [self._late(), *(self._line(one) for one in self._items[:LISTED]), self._more(LISTED)]
        foot = self._say(say("You are told since somebody waits. How it reaches you, you choose here:"))
        return "\n".join([*filter(None, lines), "", f"{foot} {self._url}/settings/notices"])

    def _line(self, item: Item) -> str:
        about = plain(item.scene.subject) if item.scene else ""
        lines = [
            f"- **{plain(self._told(item))}** {about}".rstrip(),
            f"  {self._url}{item.path}",
        ]
        if item.scene is not None:
            lines.append(f"  {self._say(say('I am on it:'))} {self._link(item)}")
        return "\n".join(lines)

    @property
    def short(self) -> str:
        """The same in a few words, for a phone."""
        lines = [f"{plain(self._told(one))} {self._link(one)}" for one in self._items[:SHORT]]
        return "\n".join(filter(None, [self._late(), *lines, self._more(SHORT)]))

    @property
    def spoken(self) -> str:
        """What is read aloud: the most urgent matter, how many more there are, and what to press."""
        first = self._items[0]
        about = self._say(say("Subject: {subject}.", subject=first.scene.subject)) if first.scene else ""
        rest = len(self._items) - 1
        more = self._say(say("There are {n} more.", n=rest)) if rest else ""
        press = " ".join(one["said"] for one in self.choices)
        return " ".join(filter(None, [self._told(first), about, more, press]))

    @property
    def choices(self) -> list[dict[str, str]]:
        """What can be pressed: 1 takes the most urgent one on."""
        scene = self._items[0].scene
        if scene is None:
            return []
        token = claims.token(self._context.vault, scene.wait_id, self._teammate.id or 0, self._now)
        return [{"key": "1", "said": self._say(say("Press 1 to take it on.")), "token": token}]

    def _link(self, item: Item) -> str:
        if item.scene is None:
            return f"{self._url}{item.path}"
        token = claims.token(self._context.vault, item.scene.wait_id, self._teammate.id or 0, self._now)
        return f"{self._url}/claim/{token}"

    def _late(self) -> str:
        if not any(one.late for one in self._items):
            return ""
        return self._say(say("Some of this comes late, since nobody could be told in the meantime.")) + "\n"

    def _more(self, shown: int) -> str:
        rest = len(self._items) - shown
        return self._say(say("And {n} more: {link}", n=rest, link=f"{self._url}/notices")) if rest > 0 else ""
