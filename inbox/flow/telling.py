"""Tell people of the steps that a wait climbs: whom, by which means, each once.

1. A step that rang becomes a row, in the transaction that moves on in the feed; however many ring, there is one.
2. When it may be told (a claim puts it off), it is decided who is told, and each means of each person becomes a row.
   What the bell shows is written right then; the rest is carried out by `telling_out`.
3. Where nobody claims in time, the step's second half is a step of its own; so is the step once more, where a claim
   ended without an answer (`telling_again`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from inbox.flow import duty, reach, telling_again
from inbox.flow.feed import Reader
from inbox.flow.notices import team as people_of
from inbox.flow.review import zone
from inbox.flow.telling_words import facts, was_on_it
from inbox.store import claims, cursors, notices, policies, teammates, telling_sends, tellings
from rules import telling as rule
from rules import zones
from rules.escalation import step_of
from rules.notices import quiet_until

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.store.claims import Held, Was
    from inbox.store.db import Session, Store, Work
    from inbox.store.tables import Change, Telling
    from inbox.store.tellings import Scene
    from rules.escalation import Ladder, Step

log = logging.getLogger(__name__)

NAME = "ladder"
BATCH = 200
AFTER_TROUBLE = timedelta(minutes=5)
"""What met something unexpected is tried again then, and holds nobody else up."""
ROTA_AHEAD = timedelta(days=28)
"""Whoever is on duty at some time of this takes part in the rota."""


def begin(store: Store) -> None:
    """Listen before anything rings: what rang before the first of all listeners began would be told to nobody."""
    with store.unit_of_work() as work:
        cursors.begin(work, NAME)


def reader(store: Store) -> Reader:
    """Return who hears of steps that ring."""
    return Reader(store, NAME, lambda _session: lambda change: change.kind == "wait.step", hear, hear_all)


def hear(work: Work, change: Change) -> None:
    """Remember a step that rang, until it is told."""
    hear_all(work, [change])


def hear_all(work: Work, changes: list[Change]) -> None:
    """Remember steps that rang, until they are told: many at once, for they come in storms."""
    rang = tellings.rang(work.session, {int(change.data["wait_id"]) for change in changes})
    held = claims.held(work.session, sorted(rang))
    terms = policies.terms(work.session, {one.version_id for one in rang.values()})
    rows = []
    for change in changes:
        wait_id, name = int(change.data["wait_id"]), str(change.data["step"])
        if wait_id not in rang:
            continue
        due_at = rang[wait_id].steps.get(name, change.at)
        step = step_of(terms[rang[wait_id].version_id].ladder, name)
        claim = held.get(wait_id)
        rows.append(
            {
                "subject": f"wait:{wait_id}",
                "step": name,
                "wait_id": wait_id,
                "due_at": due_at,
                "not_before": rule.put_off(name, claim.until if claim and claim.until > work.now else None, work.now),
                "why": "late" if change.at - due_at > rule.CAME_LATE else "",
                "whom": list(step.whom if step else ("founders",)),
                "means": list(step.means if step else ("app", "mail", "push")),
            }
        )
    tellings.add(work, rows)


def tell_due(store: Store) -> int:
    """Decide who is told of what is due; returns how many steps were decided on."""
    with store.unit_of_work() as work:
        over = telling_again.ring(work, BATCH)
        missed = tellings.unclaimed(work, BATCH)
        due = tellings.due(work, BATCH)
        if not missed and not due:
            return over
        room = Room(work, [*missed, *due])
        for telling in missed:
            _go_on(room, telling)
        for telling in due:
            _try(room, telling)
        room.write()
        return over + len(missed) + len(due)


def _try(room: Room, telling: Telling) -> None:
    """Decide on one; nothing is asked or written here, so what breaks holds no other up."""
    try:
        _tell(room, telling)
    except Exception:
        log.exception("Telling %s met something unexpected; it is tried again later.", telling.id)
        telling.state, telling.not_before = "waiting", room.work.now + AFTER_TROUBLE


@dataclass
class Room:
    """What is known of a batch, asked once: who waits, who is on it, who works here and how they are reached."""

    work: Work
    tellings: list[Telling]
    scenes: dict[int, Scene] = field(init=False)
    held: dict[int, Held] = field(init=False)
    was: dict[int, Was] = field(init=False)
    ladders: dict[int, Ladder] = field(init=False)
    sends: list[dict[str, Any]] = field(default_factory=list)
    bells: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Ask what every batch needs."""
        session, wait_ids = self.work.session, [one.wait_id for one in self.tellings if one.wait_id is not None]
        self.team = team(session, self.work.now)
        self.people = {one.id: one for one in people_of(session, self.work.now)}
        self.wrong = reach.wrong(session, self.team.active)
        self.has_hook = reach.has_hook(session)
        self.scenes = tellings.scenes(session, wait_ids)
        self.held = claims.held(session, wait_ids)
        self.was = claims.over(session, {one.claim_id for one in self.tellings if one.claim_id})
        self.home = zone(session)
        self.zones = {one.id or 0: zones.named(one.zone) or self.home for one in teammates.active(session)}
        versions = {one.version_id for one in self.scenes.values()}
        self.ladders = {number: terms.ladder for number, terms in policies.terms(session, versions).items()}

    def write(self) -> None:
        """Write down who is told by what, and let the bells ring; what they said of earlier steps is read by that."""
        telling_sends.add(self.work, self.sends)
        made = notices.add_many(self.work, self.bells)
        tellings.overtaken(self.work, sorted({row["conversation_id"] or 0 for row in made}))
        for row in made:
            told = {"notice_id": row["id"], "told": row["teammate_id"]}
            self.work.announce("notice.new", conversation_id=row["conversation_id"], **told)
        self.sends, self.bells = [], []

    def claimed(self, wait_id: int) -> Held | None:
        """Who is on a wait now."""
        found = self.held.get(wait_id)
        return found if found and found.until > self.work.now else None

    def step(self, telling: Telling) -> Step | None:
        """The step of the ladder that this is, None where the ladder does not know it."""
        scene = self.scenes.get(telling.wait_id or 0)
        return step_of(self.ladders[scene.version_id], rule.base(telling.step)) if scene else None

    def beyond(self, telling: Telling) -> list[tuple[str, ...]]:
        """Whom the steps after this one tell, in order."""
        scene, step = self.scenes.get(telling.wait_id or 0), self.step(telling)
        if scene is None or step is None:
            return []
        later = [one for one in self.ladders[scene.version_id].steps if one.before < step.before]
        return [one.whom for one in sorted(later, key=lambda one: one.before, reverse=True)]


def team(session: Session, now: datetime) -> rule.Team:
    """Return who can be told now."""
    working = teammates.active(session)
    slots = duty.slots(session, now, now + ROTA_AHEAD)
    taking_part = {one for slot in slots if slot.why != ("switch",) for one in slot.people}
    return rule.Team(
        frozenset(one.id or 0 for one in working),
        tuple(one.id or 0 for one in working if one.role == "founder"),
        tuple(duty.on_duty(session, now)),
        tuple(duty.next_on_duty(session, now)),
        tuple(sorted(taking_part)),
    )


def _go_on(room: Room, telling: Telling) -> None:
    """Nobody claimed in time: those are told whom the step names for that, unless somebody is on it after all."""
    telling.unclaimed_at, missed_at = None, telling.unclaimed_at
    scene, step = room.scenes.get(telling.wait_id or 0), room.step(telling)
    if scene is None or step is None or not scene.open or room.claimed(scene.wait_id):
        return
    row = {
        "subject": telling.subject,
        "step": telling.step + rule.THEN,
        "wait_id": telling.wait_id,
        "due_at": missed_at,
        "not_before": room.work.now,
        "whom": list(step.then),
        "means": telling.means,
    }
    tellings.add(room.work, [row])


def _tell(room: Room, telling: Telling) -> None:
    scene, work = room.scenes.get(telling.wait_id or 0), room.work
    if scene is None:
        telling.state = "dropped"
        return
    if not scene.open:
        telling.state, telling.why = "dropped", "answered"
        return
    held = room.claimed(scene.wait_id)
    later = rule.put_off(telling.step, held.until if held else None, work.now)
    if later > work.now:
        telling.not_before = later
        return
    holder = scene.assignee_id or (held.teammate_id if held else None)
    told = rule.audience(telling.whom, holder, room.team, room.beyond(telling))
    was = room.was.get(telling.claim_id or 0)
    if was is not None and rule.rings_again(telling.step):
        told = rule.not_alone(told, was.teammate_id, room.team)
    data = facts(scene, work.now, nobody=told.nobody)
    told_to(room, telling, told, data, conversation_id=scene.conversation_id)
    step = room.step(telling)
    if step is not None and step.claim_within and step.then and not telling.step.endswith(rule.THEN) and not held:
        telling.unclaimed_at = work.now + step.claim_within


def told_to(
    room: Room, telling: Telling, told: rule.Audience, data: dict[str, Any], *, conversation_id: int | None
) -> None:
    """Decide who is told by what; `Room.write` writes it down."""
    work = room.work
    telling.state, telling.told_at, telling.nobody = "told", work.now, told.nobody
    sends = [row for who in told.people for row in _sends(room, telling, who)]
    if "webhook" in telling.means:
        sends.append(_send(telling, 0, "webhook", work.now, "" if room.has_hook else _NO_HOOK))
    room.sends += sends
    room.bells += _bells(room, telling, told.people, data, conversation_id)


_NO_HOOK = "No webhook is set."


def _sends(room: Room, telling: Telling, who: int) -> list[dict[str, Any]]:
    now, later = room.work.now, _awake_at(room, telling, who)
    ways = rule.ways(telling.means, room.wrong.get(who, {}))
    rows = [_send(telling, who, means, now if means == "app" else later) for means in ways.use]
    return rows + [_send(telling, who, means, now, why) for means, why in ways.skipped.items() if means not in ways.use]


def _send(telling: Telling, who: int, means: str, at: datetime, skipped: str = "") -> dict[str, Any]:
    state = "skipped" if skipped else "sent" if means == "app" else "queued"
    row = {"telling_id": telling.id, "person": who, "means": means, "not_before": at, "state": state}
    return {**row, "error": str(skipped), "left_at": at if state == "sent" else None}


def _awake_at(room: Room, telling: Telling, who: int) -> datetime:
    """Return when somebody may be told: early steps let those who are off duty have their quiet hours."""
    person = room.people.get(who)
    if person is None or rule.urgent(telling.step) or who in room.team.on_duty:
        return room.work.now
    return quiet_until(room.work.now, person.zone, person.quiet) or room.work.now


def _bells(
    room: Room, telling: Telling, people: tuple[int, ...], data: dict[str, Any], conversation_id: int | None
) -> list[dict[str, Any]]:
    """Make the lines for everybody's list."""
    now, kind = room.work.now, "ladder" if telling.wait_id else "outage"
    about = {"kind": kind, "subject": f"{telling.subject}:{telling.step}", "conversation_id": conversation_id}
    row, was = {**about, "at": now, "read_at": None}, room.was.get(telling.claim_id or 0)
    return [
        {
            **row,
            "teammate_id": who,
            "data": {**data, **was_on_it(was, room.zones.get(who, room.home))},
            "browser": _awake_at(room, telling, who) <= now,
        }
        for who in people
    ]
