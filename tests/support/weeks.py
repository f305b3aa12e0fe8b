"""A team with a rota and weeks behind it: what the screens of the promise show."""

from __future__ import annotations

from datetime import timedelta

from past import Past
from team import Team

from inbox.flow import absences, duty, holidays, review, rota, rota_swaps
from inbox.flow.rota import Frame, Given, Place
from rules.rota import Slot

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def look_back(team: Team) -> dict[str, int]:
    """Let last week have a broken promise, a near miss and an ending without a reply; returns their waits."""
    past = Past(team.house.store, people={"Alice": team.alice.id, "Bob": team.bob.id}, account=team.account)
    now = team.clock()
    monday = now - DAY * (now.weekday() + 7) - HOUR * now.hour
    crowd = [past.wait(monday + 5 * HOUR * number, 3, by="Bob") for number in range(12)]
    return {
        "kept": crowd[0],
        "broken": past.wait(monday, 26, by="Bob", assignee="Bob"),
        "near": past.wait(monday + DAY, 23, by="Alice"),
        "ended": past.wait(monday + DAY, 2, by="Bob", cause="no_reply_needed"),
    }


def take_turns(team: Team) -> int:
    """Let Alice and Bob take turns on working days, in Paris; nobody at weekends."""
    today = team.clock().date()
    with team.house.store.unit_of_work() as work:
        number = rota.set_up(work, Frame("Europe/Paris"), team.alice.id)
        places = (Place(team.alice.id), Place(team.bob.id))
        given = Given("Days", places, today - 14 * DAY, unit="business_day", weekdays=frozenset(range(5)))
        rota.save_layer(work, number, given, team.alice.id)
    return number


def furnish(team: Team) -> None:
    """Fill every screen of the promise and of the rota."""
    waits = look_back(team)
    take_turns(team)
    with team.house.store.unit_of_work() as work:
        found = review.Found("notice_missed", "The phone was off.", "Charge the phone", team.bob.id)
        review.explain(work, waits["broken"], found, team.alice.id)
        start = work.now + 40 * DAY
        absences.add(work, team.bob.id, start, start + 2 * DAY, team.bob.id)
        slot = next_shift(team, team.bob.id)
        rota_swaps.ask(work, rota_swaps.Asked(slot.start, slot.end, team.alice.id, in_return=True), team.bob.id)
        holidays.keep(work, team.bob.id, "FR", "", team.bob.id)


def next_shift(team: Team, who: int) -> Slot:
    """Return the next shift of somebody that has not begun."""
    now = team.clock()
    with team.house.store.reading() as session:
        coming = duty.slots(session, now, now + 14 * DAY)
    return next(one for one in coming if who in one.people and one.start > now)
