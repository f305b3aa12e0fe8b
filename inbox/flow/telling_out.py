"""Carry out what the ladder tells: one message for all that is due to one person by one means, and never a storm.

A mail, a message and a call leave through the outbox; a push message and the team's webhook leave from here, under a
lease. In each case: what was answered or taken on meanwhile is left out, an empty message is not sent, messages to one
person keep apart, and where one means fails for good the next is tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from inbox.flow import reach, telling_hand
from inbox.flow.feed import attempt
from inbox.flow.notices import News, tell
from inbox.flow.notices import team as people_of
from inbox.flow.telling import AFTER_TROUBLE
from inbox.flow.telling_words import Item
from inbox.say import say
from inbox.store import claims, outages, outbox, teammates, telling_sends, tellings
from rules import telling as rule

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from inbox.flow.context import Context
    from inbox.store.db import Session, Work
    from inbox.store.tables import Delivery, TellingSend
    from inbox.store.telling_sends import Due

BATCH = 300
WHOLE = 10_000
"""One message takes along whatever waits for somebody, however much an outage has left."""
LEASE = timedelta(minutes=2)
"""So long whoever sends by itself (push, webhook) may take; then another tries."""
BY_OUTBOX = ("mail", "telegram", "sms", "call")
PATIENCE = timedelta(minutes=10)
"""What the outbox could not send for so long is written anew, and the next means is tried."""
_ENDED = {"sent": "sent", "cancelled": "skipped", "failed": "failed", "unknown": "failed"}


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is told by one means now. items: each wait once, the most urgent first; ids: what it settles."""

    person: int
    means: str
    items: list[Item]
    due: list[Due]
    bundle: str = ""

    @property
    def key(self) -> str:
        """What it is known by, the same at every try: what was sent under it once is sent under it again."""
        return self.bundle or f"told:{self.means}:{self.person}:{min(self.ids)}"

    @property
    def ids(self) -> list[int]:
        """The sends that it settles."""
        return [one.id for one in self.due]


def messages(work: Work, means: Sequence[str]) -> Iterator[Message]:
    """Make the messages that may leave by these means now; the caller sends them, or gives them to the outbox."""
    telling_sends.alone(work)
    due = telling_sends.queued(work, means, BATCH)
    if not due:
        return
    last = telling_sends.last_left(work, {one.person for one in due}, max(rule.APART.values()))
    for person, way in dict.fromkeys((one.person, one.means) for one in due):
        mine = [one for one in due if (one.person, one.means) == (person, way)]
        ready = rule.ready_at(way, last.get((person, way)), pressing=any(rule.urgent(one.telling.step) for one in mine))
        if ready is not None and ready > work.now:
            telling_sends.put_off(work, [one.id for one in mine], ready)
            continue
        bundle = _first(mine)
        together = [one for one in telling_sends.queued_for(work, person, way, WHOLE) if one.bundle == bundle]
        items = _still_true(work, together)
        kept = {number for item in items for number in item.send_ids}
        if items:
            yield Message(person, way, items, [one for one in together if one.id in kept], bundle)


def _first(due: list[Due]) -> str:
    """Choose what leaves first: what presses; else what may have left before, and leaves as the same message again."""
    return min(due, key=lambda one: (not rule.urgent(one.telling.step), not one.bundle, one.id)).bundle


def _still_true(work: Work, due: list[Due]) -> list[Item]:
    """Leave out what is over, and say each wait once, by its newest step."""
    waiting = [one.telling.wait_id for one in due if one.telling.wait_id is not None]
    scenes, held = tellings.scenes(work.session, waiting), claims.held(work.session, waiting)
    broken = outages.by_id(work.session, [one.telling.outage_id for one in due if one.telling.outage_id])
    was = claims.over(work.session, {one.telling.claim_id for one in due if one.telling.claim_id})
    found: dict[str, Item] = {}
    for one in sorted(due, key=lambda due: (due.telling.due_at, due.id)):
        step, scene = one.telling.step, scenes.get(one.telling.wait_id or 0)
        outage, claim = broken.get(one.telling.outage_id or 0), held.get(one.telling.wait_id or 0)
        over = ""
        if one.telling.wait_id is not None and (scene is None or not scene.open):
            over = str(say("It was answered before this could leave."))
        elif claim is not None and one.at <= claim.at and claim.until > work.now and rule.claimable(step):
            over = str(say("{name} was on it before this could leave.", name=claim.name))
        elif outage is not None and outage.over_at is not None and step != "well":
            over = str(say("It worked again before this could leave."))
        if over:
            telling_sends.end(work, [one.id], "skipped", over)
            continue
        before = found.get(one.telling.subject)
        ids = (*(before.send_ids if before else ()), one.id)
        late = one.telling.why == "late" or bool(before and before.late)
        who = was.get(one.telling.claim_id or 0)
        found[one.telling.subject] = Item(scene, outage, ids, nobody=one.telling.nobody, late=late, was=who)
    return sorted(found.values(), key=Item.order)


# Through the outbox ---------------------------------------------------------------------------------------------------


def hand_over(context: Context) -> int:
    """Give the outbox what is due; returns how many messages."""
    with context.store.unit_of_work() as work:
        total = 0
        for message in messages(work, BY_OUTBOX):
            total += 1
            if not attempt(work, f"message {message.ids}", partial(_hand, context, work, message)):
                telling_sends.put_off(work, message.ids, work.now + AFTER_TROUBLE)
        return total


def _hand(context: Context, work: Work, message: Message) -> None:
    teammate = teammates.get(work.session, message.person)
    if teammate is None or teammate.disabled_at is not None:
        telling_sends.end(work, message.ids, "skipped", str(say("They left.")))
        return
    wrong = reach.wrong(work.session, [message.person]).get(message.person, {})
    if message.means in wrong:
        failed(work, message.ids, wrong[message.means])
        return
    key = f"told:{message.means}:{message.person}:{min(message.ids)}:{max(one.tries for one in message.due)}"
    telling_hand.write(context, work, teammate, message.means, message.items, key)
    telling_sends.hand(work, message.ids, key)


def look_after(context: Context) -> int:
    """See what became of what the outbox was given; returns how many messages were settled."""
    with context.store.reading() as session:
        if not any(_news(context, session, key, rows) for key, rows in telling_sends.handed(session, BATCH).items()):
            return 0
    with context.store.unit_of_work() as work:
        telling_sends.alone(work)
        found = telling_sends.handed(work.session, BATCH)
        return sum(_settle(context, work, key, rows) for key, rows in found.items())


def _news(context: Context, session: Session, key: str, rows: list[TellingSend]) -> bool:
    row = outbox.by_key(session, key)
    if row is None:
        return _age(context, rows) >= LEASE
    return row.state in _ENDED or _stuck(context, row, rows)


def _age(context: Context, rows: list[TellingSend]) -> timedelta:
    return context.clock() - (rows[0].left_at or rows[0].at)


def _stuck(context: Context, row: Delivery, rows: list[TellingSend]) -> bool:
    return row.state == "queued" and _age(context, rows) >= PATIENCE


def _settle(context: Context, work: Work, key: str, rows: list[TellingSend]) -> bool:
    row, ids = outbox.by_key(work.session, key), [one.id or 0 for one in rows]
    if row is None and _age(context, rows) >= LEASE:
        telling_sends.again(work, ids, work.now, same=rows[0].means not in BY_OUTBOX)
    elif row is None:
        return False
    elif row.state in {"failed", "unknown"}:
        failed(work, ids, row.error)
    elif row.state in _ENDED:
        telling_sends.end(work, ids, _ENDED[row.state], row.error)
    elif _stuck(context, row, rows) and outbox.call_back(work, key):
        _written_anew(work, ids, row)
    else:
        return False
    return True


def _written_anew(work: Work, ids: list[int], row: Delivery) -> None:
    """The next means is tried, and this one once more; what may have arrived is not written a second time."""
    if row.payload.get("in_doubt"):
        failed(work, ids, row.error)
        return
    tried_next(work, ids)
    telling_sends.again(work, ids, work.now, row.error)


# Where one means fails ------------------------------------------------------------------------------------------------


def failed(work: Work, ids: Collection[int], why: str) -> None:
    """One means failed for good: try the next; where there is none, the founders hear of it."""
    telling_sends.end(work, ids, "failed", why)
    told: set[int] = set()
    for send in tried_next(work, ids):
        if send.person not in told and _unreached(work, send):
            told.add(send.person)


def tried_next(work: Work, ids: Collection[int]) -> list[TellingSend]:
    """Put each of these on its way by a means that was not tried yet; returns those for which there is none.

    What the team's webhook did not take goes to those who were told by nothing else.
    """
    sends = telling_sends.of(work.session, ids)
    steps = tellings.steps(work.session, [one.telling_id for one in sends])
    tried = telling_sends.tried(work.session, [one.telling_id for one in sends])
    listed = telling_sends.by_the_list_alone(work.session, [one.telling_id for one in sends if not one.person])
    whom = {one.id: [one.person] if one.person else listed.get(one.telling_id, []) for one in sends}
    wrong = reach.wrong(work.session, {who for people in whom.values() for who in people})
    rows, left = [], []
    for one in sends:
        means = steps[one.telling_id].means
        following = {who: rule.after(tried[one.telling_id, who], means, wrong.get(who, {})) for who in whom[one.id]}
        new = {"telling_id": one.telling_id, "not_before": work.now}
        rows += [{**new, "person": who, "means": found} for who, found in following.items() if found is not None]
        if not one.person or following[one.person] is None:
            left.append(one)
    telling_sends.add(work, rows)
    return left


def _unreached(work: Work, send: TellingSend) -> bool:
    """Say in the founders' lists that somebody could not be told; the list in the app holds it for that person.

    False where that is not so.
    """
    step = tellings.steps(work.session, [send.telling_id])[send.telling_id]
    scene = tellings.scenes(work.session, [step.wait_id]).get(step.wait_id) if step.wait_id else None
    others = telling_sends.reached(work.session, send.telling_id, send.person)
    if scene is None or others:
        return False
    names = teammates.names(work.session)
    founders = tuple(
        one.id for one in teammates.active(work.session) if one.role == "founder" and one.id != send.person
    )
    data = {"name": names.get(send.person, str(say("The team's webhook"))), "wait_id": scene.wait_id}
    once_a_day = f"unreached:{send.person}:{work.now.date().isoformat()}"
    news = News("unreached", once_a_day, scene.conversation_id, founders, data=data)
    tell(work, news, people_of(work.session, work.now))
    return True
