"""The promise in the demo: policies, a rota, the ladder, weeks in which people answered, and what is agreed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inbox.flow import (
    absences,
    act,
    claims,
    customers,
    demo_past,
    duty,
    handover,
    opening_hours,
    policies,
    reply,
    review,
    rota,
    rota_swaps,
    routing,
    telling,
    telling_out,
    tick,
)
from inbox.flow.deliver import deliver_once
from inbox.flow.demo_past import Line
from inbox.flow.feed import Reader
from inbox.flow.open_time import Draft as HoursDraft
from inbox.flow.policies import Draft as PolicyDraft
from inbox.flow.rota import Agreed, Frame, Given, Place
from inbox.store import agenda, handovers, messages, promise_rows, tellings
from inbox.store import notices as bells
from inbox.store import rota as rota_rows
from inbox.store.tables import Conversation
from rules.hours import Span
from rules.sla import Condition

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.store.db import Work

ZONE = "Europe/Paris"
FOUNDER = "Ann Keller"
CLAIMED = (("Can't export my board", "Bo Lindqvist"), ("Impossible d'inviter ma classe", "Léa Moreau"))
READ_BELLS = timedelta(days=1)
"""Everybody has read what concerned them until so long ago."""
AT_ONCE = 200
"""So often the ladder is looked at between two lines of the play, at most."""

Moment = tuple[datetime, Callable[[], None]]
"""Something of the play, and when."""


@dataclass
class House:
    """What the play knows: the house's parts, its accounts by key, its people by name, and how things are brought."""

    context: Context
    accounts: Mapping[str, tuple[int, str]]
    team: Mapping[str, int]
    bring: Callable[..., str]
    pull: Callable[[int], None]
    at: Callable[[datetime], None]

    def __post_init__(self) -> None:
        """Listen to what rings, and to who passes duty on."""
        telling.begin(self.context.store)
        self.readers: tuple[Reader, ...] = (telling.reader(self.context.store), handover.reader(self.context))


def promises(house: House, now: datetime) -> None:
    """Promise schools an answer within four business hours, and take turns on weekdays."""
    founder = house.team[FOUNDER]
    day = (Span(time(8), time(18)),)
    turns = _turns(house.team, "Bo Lindqvist", "Léa Moreau", "Malik Benali", "Greta Olsen")
    with house.context.store.unit_of_work() as work:
        review.set_zone(work, ZONE, founder)
        drafted = HoursDraft("Office hours", ZONE, (*[day] * 5, (), ()), country="FR")
        hours_id = opening_hours.save(work, founder, drafted)
        schools = Condition(accounts=frozenset({house.accounts["schools"][0]}))
        policies.save(work, founder, PolicyDraft("Schools", schools, minutes=4 * 60, hours_id=hours_id))
        rota_id = rota.set_up(work, Frame(ZONE, country="FR"), founder)
        first = now.date() - timedelta(days=now.weekday(), weeks=demo_past.WEEKS + 1)
        rota.save_layer(work, rota_id, Given("Weekdays", turns, first, weekdays=frozenset(range(5))), founder)


# The weeks before -----------------------------------------------------------------------------------------------------


def past(house: House, now: datetime) -> Iterator[Moment]:
    """Yield what was written and answered, the weekends' own turns, and that everybody read their bells."""
    acts = {"writes": _write, "thanks": _write, "claims": _claim, "answers": _answer, "ends": _end, "spam": _spam}
    for line in demo_past.lines(now):
        yield line.at, partial(acts[line.what], house, line)
    covered = datetime.combine(demo_past.weekends_since(now), time(12), ZoneInfo(ZONE))
    yield covered, partial(_weekends, house)
    yield now - READ_BELLS, partial(_read_bells, house)


def _write(house: House, line: Line) -> None:
    """Somebody writes; whoever is on duty is given it."""
    name, thread = f"past-{line.number}@boards.example", {}
    if line.what == "thanks":
        name, thread = f"re-{name}", {"references": [name]}
    house.bring(
        house.accounts[line.key][1],
        line.text,
        sender=line.handle,
        name=line.who,
        subject=line.subject,
        received_at=line.at,
        message_id=name,
        offset=line.offset,
        **thread,
    )
    house.pull(house.accounts[line.key][0])
    with house.context.store.unit_of_work() as work:
        people = duty.on_duty(work.session, work.now)
        if people and line.what == "writes":
            work.because = {routing.DUTY: True}
            act.assign(work, _talk(work, line), people[0], None)
            work.because = {}


def _claim(house: House, line: Line) -> None:
    with house.context.store.unit_of_work() as work:
        claims.claim(work, _talk(work, line), _person(house, work, line))


def _answer(house: House, line: Line) -> None:
    """Answer and close; who answers what is nobody's, or a colleague's, takes it."""
    with house.context.store.unit_of_work() as work:
        talk, by = _talk(work, line), _person(house, work, line)
        act.assign(work, talk, by, by)
        draft = reply.Draft(talk, by, line.text, f"past-{line.number}", close=True)
        reply.queue_reply(work, house.context.vault, draft)
    deliver_once(house.context)


def _end(house: House, line: Line) -> None:
    with house.context.store.unit_of_work() as work:
        act.close(work, _talk(work, line), _person(house, work, line), line.text)


def _spam(house: House, line: Line) -> None:
    with house.context.store.unit_of_work() as work:
        act.mark_spam(work, _talk(work, line), _person(house, work, line))


def _talk(work: Work, line: Line) -> int:
    found = messages.by_rfc_id(work.session, f"past-{line.number}@boards.example")
    return found.conversation_id if found else 0


def _person(house: House, work: Work, line: Line) -> int:
    """Return who does it: as the line says, else whoever has it, else who is on duty."""
    if line.by:
        return house.team[line.by]
    held = work.session.get_one(Conversation, _talk(work, line)).assignee_id
    return held or next(iter(duty.on_duty(work.session, work.now)), house.team[FOUNDER])


def _weekends(house: House) -> None:
    """Take turns at weekends, too: from now on."""
    people = _turns(house.team, "Malik Benali", "Ann Keller", "Greta Olsen")
    with house.context.store.unit_of_work() as work:
        row = rota_rows.first(work.session)
        given = Given("Weekends", people, work.now.date(), weekdays=frozenset({5, 6}))
        rota.save_layer(work, row.id or 0 if row else 0, given, house.team[FOUNDER])


def _read_bells(house: House) -> None:
    with house.context.store.unit_of_work() as work:
        for person in house.team.values():
            bells.mark_read(work, person)


# What happens by itself -----------------------------------------------------------------------------------------------


def until(house: House, end: datetime) -> None:
    """Let the ladder climb, each step at its own time, until then; duty passes on with it."""
    store, left = house.context.store, AT_ONCE
    while left:
        with store.reading() as session:
            times = [one for one in (agenda.read(session).step, tellings.next_at(session)) if one is not None]
        at = min(times, default=None)
        if at is None or at > end:
            return
        house.at(max(at, store.clock()))
        by_itself(house)
        left -= 1


def by_itself(house: House) -> None:
    """Do what the house does by itself now."""
    context = house.context
    tick.tick(context.store)
    while any([reader.step() for reader in house.readers]):  # noqa: C419 - each has its turn
        pass
    telling.tell_due(context.store)
    _take_over(context)
    if telling_out.hand_over(context):
        deliver_once(context)
        telling_out.look_after(context)


def _take_over(context: Context) -> None:
    """Whoever comes on duty says so."""
    now = context.clock()
    with context.store.reading() as session:
        fresh = handovers.not_taken(session, now - handover.STALE, now)
    for row in fresh:
        with context.store.unit_of_work() as work:
            for person in row.came[:1]:
                handover.take(work, row.id or 0, person)


# Today ----------------------------------------------------------------------------------------------------------------


def present(house: House, now: datetime) -> None:
    """Agree on what is to come, let two take on what is urgent, and tell customers."""
    with house.context.store.unit_of_work() as work:
        row = rota_rows.first(work.session)
        _agree(work, row.id or 0 if row else 0, now.date() - timedelta(days=now.weekday()))
    with house.context.store.unit_of_work() as work:
        for subject, name in CLAIMED:
            conversation_id = _about(work, now, subject)
            if conversation_id is not None:
                claims.claim(work, conversation_id, house.team[name])
        told = customers.Told((house.accounts["mail"][0],), zone=ZONE, public=True)
        customers.save(work, told, house.team[FOUNDER])


def _about(work: Work, now: datetime, subject: str) -> int | None:
    held = promise_rows.due_until(work.session, now + timedelta(days=2), now)
    return next((one.wait.conversation_id for one in held if one.wait.subject == subject), None)


def _turns(people: Mapping[str, int], *names: str) -> tuple[Place, ...]:
    return tuple(Place(people[name]) for name in names)


def _agree(work: Work, rota_id: int, monday: date) -> None:
    """Leave a Sunday open, ask for a swap, and let somebody be away, by whose turn it is then."""
    sunday = _on_duty(work, monday + timedelta(days=13))
    if sunday is not None:
        start, end, person = sunday
        rota.override(work, rota_id, Agreed("remove", person, start, end), person)
    tuesday = _on_duty(work, monday + timedelta(days=8))
    if tuesday is not None:
        start, end, person = tuesday
        rota_swaps.ask(work, rota_swaps.Asked(start, end), person)
    later = _on_duty(work, monday + timedelta(days=16))
    if later is not None:
        start, end, person = later
        absences.add(work, person, start, end + timedelta(days=1), person)


def _on_duty(work: Work, day: date) -> tuple[datetime, datetime, int] | None:
    """Return a day by the rota's clock, and who serves on it."""
    start = datetime.combine(day, time(0), ZoneInfo(ZONE))
    slots = duty.slots(work.session, start + timedelta(hours=12), start + timedelta(hours=13))
    people = slots[0].people if slots else ()
    return (start, start + timedelta(days=1), people[0]) if people else None
