"""Send somebody a test by one means, by the way that the ladder takes, and say what came of it.

Whoever is woken by a means trusts it once they have tried it. Mail, Telegram, SMS and a call leave through the outbox,
so what came of them is what the outbox says; push and the team's webhook are sent from here, and answer at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from inbox.flow import business, letters, outward, push, reach, telling_direct, telling_hand
from inbox.flow.errors import FlowError, RefusedError
from inbox.flow.telling_words import for_a_room
from inbox.say import say
from inbox.store import means_tests as rows
from inbox.store import notices, teammates
from inbox.vault import VaultError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from inbox.flow.context import Context
    from inbox.say import Said
    from inbox.store.db import Session, Work
    from inbox.store.tables import Delivery, MeansTest, Teammate

OWN = ("mail", "push", "telegram", "sms", "call")
ROOM = 0
"""Whose test that of the team's webhook is."""
WHOLE = {ROOM: ("webhook",)}
APART = {"sms": timedelta(minutes=5), "call": timedelta(minutes=5)}
SOON = timedelta(minutes=1)
"""So far apart are two tests by one means, where APART does not say more."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one means stands: what is against it, and what came of the last test.

    state: "" for never tried, queued (on its way), sent, failed, unknown. error: why, in the server's words.
    """

    means: str
    wrong: str
    state: str = ""
    at: datetime | None = None
    error: str = ""


def send(context: Context, by: int, means: str, post: Callable[..., outward.Answer] = outward.post) -> None:
    """Send a test to oneself, or to the team's webhook. RefusedError where that cannot be, or came a moment ago."""
    person = ROOM if means == "webhook" else by
    with context.store.unit_of_work() as work:
        me = teammates.get(work.session, by)
        if me is None or means not in {*OWN, "webhook"}:
            raise RefusedError(say("There is no such way to tell anybody."))
        wrong = reach.wrong(work.session, [by]).get(by, {}).get(means)
        if wrong:
            raise RefusedError(wrong)
        key = f"test:{means}:{person}:{work.now.timestamp():.0f}"
        if not rows.begin(work, person, means, key, work.now - APART.get(means, SOON)):
            minutes = int(APART.get(means, SOON) / timedelta(minutes=1))
            raise RefusedError(say("A test left a moment ago. The next can leave {n} min after it.", n=minutes))
        if means not in telling_direct.BY_US:
            _queue(context, work, me, means, key)
            return
    problem = _at_once(context, me, means, key, post)
    with context.store.unit_of_work() as work:
        rows.end(work, person, means, key, problem)


def outcomes(session: Session, person: int) -> list[Outcome]:
    """Return how each means of a person stands; 0 is the team's webhook."""
    if person == ROOM:
        wrong = {} if reach.has_hook(session) else {"webhook": str(say("No webhook is set."))}
    else:
        wrong = reach.wrong(session, [person]).get(person, {})
    known = rows.newest(session, person)
    sent = rows.deliveries(session, [one.key for one in known.values() if one.state == "queued"])
    return [_outcome(means, wrong.get(means, ""), known.get(means), sent) for means in WHOLE.get(person, OWN)]


_STATES = {"sending": "queued", "cancelled": "failed", "bounced": "failed"}


def _outcome(means: str, wrong: str, test: MeansTest | None, sent: dict[str, Delivery]) -> Outcome:
    row = sent.get(test.key) if test is not None else None
    if test is None or (test.state == "queued" and row is None):  # its letter was forgotten, or its process died
        return Outcome(means, wrong)
    if row is None:
        return Outcome(means, wrong, test.state, test.at, test.error)
    return Outcome(means, wrong, _STATES.get(row.state, row.state), test.at, row.error)


def _queue(context: Context, work: Work, me: Teammate, means: str, key: str) -> None:
    """Give the outbox a test, as it is given what the ladder tells."""
    subject = context.voice(me.language, say("A test from Under24"))
    text = context.voice(me.language, _words())
    if means == "mail":
        letters.queue_letter(work, me.mail, subject, text, key)
        return
    telling_hand.hand(work, me, means, subject, text, key, spoken=text)


def _words() -> Said:
    return say("This is a test. When somebody's time runs out, the ladder tells you here.")


def _at_once(context: Context, me: Teammate, means: str, key: str, post: Callable[..., outward.Answer]) -> str:
    """Send a test by push or to the team's webhook; returns what went wrong, "" for nothing."""
    name = telling_direct.known_by(context, key)
    try:
        if means == "push":
            with context.store.reading() as session:
                browsers = notices.browsers_of(session, [me.id or 0])
            body = push.message(context, me, _words(), name, "/settings/notices")
            return push.reach(context, browsers, body, post, topic=name)
        with context.store.reading() as session:
            url, language = reach.hook(session, context.vault), business.read(session).language
        said = say("{name} sends a test from Under24: what the ladder tells this room is told here.", name=me.name)
        return telling_direct.tell_room(context, url, for_a_room(context.voice(language, said)), name, post)
    except (FlowError, VaultError) as error:
        return str(error)
