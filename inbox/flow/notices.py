"""Turn what happens into notices: each of the people whom it concerns is told once, by the means they chose.

A notice and its sends are written in the transaction that moves on in the feed, so nothing is told twice or forgotten.
Sending is for others: `notice_mail`, `push`, and the open page, which asks for what is fresh.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from inbox.flow import duty, there
from inbox.flow.feed import Reader
from inbox.store import notice_facts as facts
from inbox.store import notices, readers, teammates
from rules.notices import Person, audience, person, telling

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from inbox.store.db import Session, Store, Work
    from inbox.store.tables import Change

BATCH = 500
STALE = timedelta(days=2)
"""What happened longer ago is not told any more: after a long outage nobody wants a hundred notices."""
HEARD = frozenset({"conversation.assigned", "conversation.woke", "message.mention", "message.in"})


def reader(store: Store) -> Reader:
    """Return who makes notices of the feed."""
    return Reader(store, "notices", _concerns, observe)


def _concerns(_session: Session) -> Callable[[Change], bool]:
    return lambda change: change.kind in HEARD and not change.data.get("history")


@dataclass(frozen=True, slots=True)
class News:
    """Something that somebody may want to be told."""

    kind: str
    subject: str
    conversation_id: int
    named: tuple[int | None, ...] = ()
    by: int | None = None
    nobodys: bool = False
    data: dict[str, Any] = field(default_factory=dict)


def observe(work: Work, change: Change) -> None:
    """Tell of one change."""
    if change.conversation_id is None or work.now - change.at > STALE:
        return
    scene = facts.scene(work.session, change.conversation_id)
    if scene is None or scene.status == "spam":
        return
    news = _news(work.session, change, scene)
    if news is not None:
        tell(work, news, team(work.session, work.now))


def _news(session: Session, change: Change, scene: facts.Scene) -> News | None:
    data, by = change.data, change.teammate_id
    if change.kind == "conversation.assigned":
        said = {"by": _who(session, by), "rule": data.get("rule", "")}
        return News("assigned", f"seq:{change.seq}", scene.id, (data.get("to_id"),), by, data=said)
    if change.kind == "message.mention":
        said, mentioned = {"by": _who(session, by)}, data.get("mentioned")
        return News("mentioned", f"message:{data['message_id']}", scene.id, (mentioned,), by, data=said)
    if change.kind == "message.in" and data.get("human") and not facts.opened(session, scene.id, data["message_id"]):
        named = (scene.assignee_id, *readers.followers(session, scene.id))
        return News("reply", f"message:{data['message_id']}", scene.id, named)
    if change.kind == "conversation.woke":
        return News("woke", f"seq:{change.seq}", scene.id, (data.get("snoozed_by"), scene.assignee_id))
    return None


def tell(work: Work, news: News, people: Iterable[Person]) -> int:
    """Write a notice for each of those whom it concerns, and what has to leave; returns how many are new."""
    told = audience(list(people), named=news.named, by=news.by, nobodys=news.nobodys)
    scene = facts.scene(work.session, news.conversation_id)
    if scene is None or not told:
        return 0
    ways = {one.id: telling(one, news.kind, work.now) for one in told}
    data = {**news.data, "contact": scene.contact, "subject": scene.subject}
    row = {"kind": news.kind, "subject": news.subject, "conversation_id": scene.id, "data": data, "at": work.now}
    made = notices.add(work, [{**row, "teammate_id": who, "browser": way.browser} for who, way in ways.items()])
    targets = _targets(work.session, list(made))
    sends = [
        {"notice_id": number, "means": means, "target": target, "not_before": at, **_QUEUED}
        for who, number in made.items()
        for means, at in ways[who].sends
        for target in (targets.get(who, []) if means == "push" else [0])
    ]
    notices.queue(work, sends)
    for who, number in made.items():
        work.announce("notice.new", conversation_id=scene.id, notice_id=number, told=who)
    return len(made)


_QUEUED = {"state": "queued", "tries": 0, "error": ""}


def _targets(session: Session, people: list[int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for browser in notices.browsers_of(session, people) if people else []:
        found.setdefault(browser.teammate_id, []).append(browser.id or 0)
    return found


def sweep(store: Store) -> int:
    """Tell of those whom nobody has taken; returns how many notices. What runs out of time is the ladder's affair."""
    with store.reading() as session:
        now = store.clock()
        if not _timed(session, team(session, now), now):
            return 0
    with store.unit_of_work() as work:
        people = team(work.session, work.now)
        return sum(tell(work, news, told) for news, told in _timed(work.session, people, work.now))


def _timed(session: Session, people: list[Person], now: datetime) -> list[tuple[News, list[Person]]]:
    first = min((one.unclaimed_after for one in people), default=1)
    alone = [
        (News("unclaimed", f"wait:{one.wait_id}", one.conversation_id, nobodys=True), one)
        for one in facts.unclaimed(session, now - timedelta(hours=first), BATCH)
    ]
    return _untold(session, alone, people, now)


def _untold(
    session: Session,
    found: list[tuple[News, facts.Waiting]],
    people: list[Person],
    now: datetime,
) -> list[tuple[News, list[Person]]]:
    """Leave out who has been told, and whose own patience is longer."""
    if not found:
        return []
    told = facts.told(session, found[0][0].kind, [news.subject for news, _ in found])
    left = []
    for news, waiting in found:
        hours = int((now - waiting.since) / timedelta(hours=1))
        news.data["hours"] = hours
        ready = audience(people, named=news.named, nobodys=news.nobodys)
        ready = [one for one in ready if news.kind != "unclaimed" or hours >= one.unclaimed_after]
        ready = [one for one in ready if (one.id, news.subject) not in told]
        if ready:
            left.append((news, ready))
    return left


def team(session: Session, now: datetime) -> list[Person]:
    """Return everybody who can be told, with what they prefer, and whether they are on duty."""
    serving = set(duty.on_duty(session, now))
    found = (person(one.id or 0, one.zone, one.preferences) for one in facts.people(session))
    return [replace(one, on_duty=one.id in serving) for one in found]


def of_rota(work: Work, people: Iterable[int], subject: str, what: str, by: str = "") -> None:
    """Tell people, in the app alone, of what concerns the rota; a letter goes beside it."""
    row = {"kind": "rota", "subject": subject, "conversation_id": None, "data": {"what": what, "by": by}}
    told = [{**row, "at": work.now, "browser": True, "teammate_id": who} for who in dict.fromkeys(people)]
    for who, number in notices.add(work, told).items():
        work.announce("notice.new", notice_id=number, told=who)


def read(work: Work, by: int, *, notice_id: int | None = None, conversation_id: int | None = None) -> None:
    """Mark a notice as read, or those of a conversation, or all of one's own."""
    if notices.mark_read(work, by, notice_id=notice_id, conversation_id=conversation_id):
        work.announce("notice.read", told=by)


def prefer(work: Work, by: int, **wanted: object) -> None:
    """Remember what a teammate prefers, by name; None forgets."""
    teammate = there.teammate(work.session, by)
    kept = {**teammate.preferences, **wanted}
    teammate.preferences = {name: value for name, value in kept.items() if value is not None}


def _who(session: Session, teammate_id: int | None) -> str:
    found = teammates.get(session, teammate_id) if teammate_id else None
    return found.name if found else "Under24"
