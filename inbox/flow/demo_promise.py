"""The promise in the demo: policies, eight weeks of the past, a rota, claims, and a founders' review."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inbox.flow import absences, act, claims, customers, duty, opening_hours, policies, review, rota, rota_swaps
from inbox.flow.demo_past import Line, batches
from inbox.flow.open_time import Draft as HoursDraft
from inbox.flow.policies import Draft as PolicyDraft
from inbox.flow.review import Found
from inbox.flow.rota import Agreed, Frame, Given, Place
from inbox.store import messages, promise_figures, promise_rows
from inbox.store.promise_figures import Only
from rules import promise
from rules.hours import Span
from rules.sla import Condition

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.store.db import Work

ZONE = "Europe/Paris"
FOUNDER = "Ann Keller"
CLAIMED = (("Can't export my board", "Bo Lindqvist"), ("Impossible d'inviter ma classe", "Léa Moreau"))
CAUSES = (
    Found("nobody_on_duty", "It came on a weekend, and nobody was on duty then."),
    Found("hard_question", "We looked for the cause first and told them only when we had it."),
    Found("notice_missed", "The notice came during the parents' evening."),
)


@dataclass
class House:
    """What the play knows: the house's parts, its accounts by key, its people by name, and how things are brought."""

    context: Context
    accounts: Mapping[str, tuple[int, str]]
    team: Mapping[str, int]
    bring: Callable[..., str]
    pull: Callable[[int], None]
    at: Callable[[datetime], None]


def promises(house: House) -> None:
    """Promise schools an answer within four business hours."""
    founder = house.team[FOUNDER]
    day = (Span(time(8), time(18)),)
    with house.context.store.unit_of_work() as work:
        review.set_zone(work, ZONE, founder)
        drafted = HoursDraft("Office hours", ZONE, (*[day] * 5, (), ()), country="FR")
        hours_id = opening_hours.save(work, founder, drafted)
        schools = Condition(accounts=frozenset({house.accounts["schools"][0]}))
        policies.save(work, founder, PolicyDraft("Schools", schools, minutes=4 * 60, hours_id=hours_id))


def past(house: House, now: datetime) -> None:
    """Play the weeks before: each batch is fetched when it came, and whoever answers takes the conversation."""
    for at, lines in batches(now):
        house.at(at)
        for line in lines:
            _bring(house, line)
        for key in dict.fromkeys(line.key for line in lines):
            house.pull(house.accounts[key][0])
        with house.context.store.unit_of_work() as work:
            for line in lines:
                _take(house, work, line)


def _bring(house: House, line: Line) -> None:
    address, name = house.accounts[line.key][1], f"past-{line.number}@boards.example"
    if line.by:
        house.bring(
            address,
            line.text,
            sender=address,
            to=[line.handle],
            direction="out",
            subject=f"Re: {line.subject}",
            received_at=line.at,
            message_id=f"re-{name}",
            references=[name],
        )
        return
    house.bring(
        address,
        line.text,
        sender=line.handle,
        name=line.who,
        subject=line.subject,
        received_at=line.at,
        message_id=name,
        offset=line.offset,
    )


def _take(house: House, work: Work, line: Line) -> None:
    found = messages.by_rfc_id(work.session, f"past-{line.number}@boards.example") if line.by else None
    if found is not None:
        by = house.team[line.by]
        act.assign(work, found.conversation_id, by, by)
        act.close(work, found.conversation_id, by)


def present(house: House, now: datetime) -> None:
    """Draw the rota up, let two take on what is urgent, tell customers, and review the weeks that are over."""
    _rota(house, now)
    with house.context.store.unit_of_work() as work:
        for subject, name in CLAIMED:
            conversation_id = _about(work, now, subject)
            if conversation_id is not None:
                claims.claim(work, conversation_id, house.team[name])
        told = customers.Told((house.accounts["mail"][0],), zone=ZONE, public=True)
        customers.save(work, told, house.team[FOUNDER])
        _review(house, work)


def _about(work: Work, now: datetime, subject: str) -> int | None:
    held = promise_rows.due_until(work.session, now + timedelta(days=2), now)
    return next((one.wait.conversation_id for one in held if one.wait.subject == subject), None)


def _rota(house: House, now: datetime) -> None:
    """Weekdays by turns of a week, weekends since a fortnight; and what was agreed of the weeks to come."""
    founder, people = house.team[FOUNDER], house.team
    monday = now.date() - timedelta(days=now.weekday())
    weekdays = _turns(people, "Bo Lindqvist", "Léa Moreau", "Malik Benali", "Greta Olsen")
    weekends = _turns(people, "Malik Benali", "Ann Keller", "Greta Olsen")
    with house.context.store.unit_of_work() as work:
        rota_id = rota.set_up(work, Frame(ZONE, country="FR"), founder)
        first = monday - timedelta(weeks=10)
        rota.save_layer(work, rota_id, Given("Weekdays", weekdays, first, weekdays=frozenset(range(5))), founder)
        later = monday - timedelta(weeks=2)
        rota.save_layer(work, rota_id, Given("Weekends", weekends, later, weekdays=frozenset({5, 6})), founder)
        _agree(work, rota_id, monday)


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


def _review(house: House, work: Work) -> None:
    """Give broken promises a cause, but for those of this week and the last; sign the weeks off that are complete."""
    founder, week = house.team[FOUNDER], promise.week_of(work.now, review.zone(work.session))
    for back in range(9, 1, -1):
        asked = week.later(-back)
        span = review.span_of(work.session, asked)
        for number, one in enumerate(promise_rows.page(work.session, span, work.now, Only("broken"))):
            review.explain(work, one.id, CAUSES[number % len(CAUSES)], founder)
        if promise_figures.tally(work.session, span, work.now).settled:
            review.sign_off(work, asked, founder)
