"""A store full of weeks to look back on: who waited, how long, who answered, who was told, and a rota that served.

Nothing is said in it; what search finds is bench.fill's.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import SQLModel

from bench.fill import blank, hasty
from bench.world import DAY, END
from inbox.flow import absences, customers, review, rota, shifts
from inbox.store import rota_shifts
from inbox.store.db import Store, Work
from inbox.store.tables import (
    Account,
    Claim,
    Contact,
    Conversation,
    Message,
    Notice,
    Review,
    Teammate,
    Wait,
    WaitStep,
)
from rules import promise
from rules.escalation import DEFAULT as LADDER
from rules.escalation import next_at, ringing
from rules.rota import who

BATCH = 4_000
WEEKS = 12
SPAN = timedelta(weeks=WEEKS)
PARIS = ZoneInfo("Europe/Paris")
TEAM = 14
FOUNDERS = 2
CHANNELS = ("mail",) * 6 + ("voice", "widget", "whatsapp", "x")
HOUR = timedelta(hours=1)
CAUSES = ("nobody_on_duty", "notice_missed", "hard_question", "ignored")
TOLD = 200
"""So many notices each teammate has."""

# What follows from the rows that were written.
REST = """
INSERT INTO wait_events (wait_id, kind, at, details) SELECT id, 'opened', started_at, '{}' FROM waits ORDER BY id;
INSERT INTO outbox (id, key, kind, account_id, conversation_id, message_id, payload, state, tries, not_before, lease,
    external_id, error, accepted_at, created_at)
    SELECT id, 'bench-' || id, 'send', account_id, conversation_id, id, '{}', 'sent', 1, at, '', '', '', at, at
    FROM messages WHERE direction = 'out' ORDER BY id;
INSERT INTO tellings (subject, step, wait_id, due_at, not_before, state, why, whom, means, nobody, told_at)
    SELECT 'wait:' || wait_id, step, wait_id, due_at, due_at, 'told', '', '[]', '[]', false, rung_at
    FROM wait_steps ORDER BY id;
INSERT INTO telling_sends (telling_id, person, means, state, not_before, tries, bundle, error, left_at, at)
    SELECT id, 1 + id % 14, 'app', 'sent', due_at, 1, '', '', due_at, due_at FROM tellings ORDER BY id
"""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Story:
    """How one wait went. cause: None while it is open."""

    at: datetime
    ended: datetime | None
    cause: str | None
    by: int | None


class Weeks:
    """Twelve weeks in which so many people wait; the same at every run."""

    def __init__(self, waits: int) -> None:
        self.count, self.gap = waits, SPAN / waits
        self._dice = random.Random(24)

    def story(self, number: int) -> Story:
        """Tell how the wait of that number went; asked in order."""
        at, drawn, by = END - SPAN + self.gap * number, self._dice.random(), 1 + self._dice.randrange(TEAM)
        hours, cause = self._end(drawn)
        ended = at + HOUR * hours
        if cause is None or ended > END:
            return Story(at, None, None, None)
        return Story(at, ended, cause, by if cause in {"replied", "no_reply_needed"} else None)

    def _end(self, drawn: float) -> tuple[float, str | None]:
        dice = self._dice
        table = (
            (0.90, dice.expovariate(1 / 3) % 19, "replied"),
            (0.93, dice.uniform(20.5, 23.9), "replied"),
            (0.965, dice.uniform(24.1, 60), "replied"),
            (0.966, 0.0, None),
            (0.985, dice.uniform(0.1, 5), "no_reply_needed"),
            (0.988, dice.uniform(25, 40), "no_reply_needed"),
            (1.0, dice.uniform(0.1, 5), "spam"),
        )
        return next((hours, cause) for most, hours, cause in table if drawn <= most)


def build(store: Store, waits: int) -> None:
    """Fill an empty, migrated store."""
    weeks = Weeks(waits)
    with hasty(store):
        with store.unit_of_work() as work:
            _found(work)
        for first in range(1, waits + 1, BATCH):
            with store.unit_of_work() as work:
                _write(work, weeks, range(first, min(first + BATCH, waits + 1)))
        with store.unit_of_work() as work:
            for statement in REST.split(";"):
                work.session.execute(sa.text(statement))
            _tell(work)
        _rota(store)


def _found(work: Work) -> None:
    work.insert(Account, [_row(Account, id=1, kind="mail", address="support@example.com", created_at=END)])
    people = [
        _row(
            Teammate,
            id=number,
            name=f"Person {number}",
            mail=f"person{number}@example.com",
            role="founder" if number <= FOUNDERS else "member",
            zone=PARIS.key,
            created_at=END - 2 * SPAN,
        )
        for number in range(1, TEAM + 1)
    ]
    work.insert(Teammate, people)
    review.set_zone(work, PARIS.key, 1)
    customers.save(work, customers.Told(zone=PARIS.key, public=True), 1)


def _row(model: type[SQLModel], **given: object) -> Row:
    return blank(model) | given


def _write(work: Work, weeks: Weeks, numbers: range) -> None:
    told = [(number, weeks.story(number)) for number in numbers]
    work.insert(Contact, [_row(Contact, id=one, name=f"Customer {one}", created_at=END - SPAN) for one in numbers])
    work.insert(Conversation, [_talk(number, story) for number, story in told])
    work.insert(Message, [row for number, story in told for row in _messages(number, story)])
    work.insert(Wait, [_wait(number, story) for number, story in told])
    work.insert(WaitStep, [step for number, story in told for step in _steps(number, story)])
    work.insert(Claim, [_claim(number, story) for number, story in told if _hours(story) > 22])
    work.insert(Review, [_review(number, story) for number, story in told if number % 2 and _hours(story) > 24])


def _hours(story: Story) -> float:
    return ((story.ended or END) - story.at) / HOUR


def _channel(number: int) -> str:
    return CHANNELS[number % len(CHANNELS)]


def _talk(number: int, story: Story) -> Row:
    is_open = story.ended is None
    return _row(
        Conversation,
        id=number,
        contact_id=number,
        account_id=1,
        channel=_channel(number),
        subject=f"Question {number}",
        snippet=f"This is what customer {number} would like to know.",
        status="spam" if story.cause == "spam" else "open" if is_open else "closed",
        assignee_id=1 + number % TEAM if number % 3 else None,
        due_at=story.at + DAY if is_open else None,
        waiting_since=story.at if is_open else None,
        version=2,
        created_at=story.at,
        updated_at=story.ended or story.at,
    )


def _messages(number: int, story: Story) -> Iterator[Row]:
    shared: Row = {"conversation_id": number, "account_id": 1, "channel": _channel(number)}
    at: Row = {"at": story.at, "stored_at": story.at}
    yield _row(Message, id=2 * number - 1, direction="in", contact_id=number, text="Hello?", **shared, **at)
    if story.cause == "replied":
        at = {"at": story.ended, "stored_at": story.ended}
        yield _row(Message, id=2 * number, direction="out", teammate_id=story.by, text="Hello.", **shared, **at)


def _wait(number: int, story: Story) -> Row:
    due = story.at + DAY
    rung = [step.name for step in ringing(LADDER, due, None, (), END)] if story.ended is None else []
    return _row(
        Wait,
        id=number,
        conversation_id=number,
        account_id=1,
        message_id=2 * number - 1,
        kind="first",
        started_at=story.at,
        due_at=due,
        next_step_at=next_at(LADDER, due, None, rung) if story.ended is None else None,
        closed_at=story.ended,
        cause=story.cause,
        reason="They only said thanks." if story.cause == "no_reply_needed" else "",
        closed_by=story.by,
        closing_message_id=2 * number if story.cause == "replied" else None,
    )


def _steps(number: int, story: Story) -> list[Row]:
    """Return the steps that rang before the end."""
    if _hours(story) < 16:
        return []
    rung = ringing(LADDER, story.at + DAY, None, (), story.ended or END)
    return [{"wait_id": number, "step": step.name, "due_at": step.at, "rung_at": step.at} for step in rung]


def _claim(number: int, story: Story) -> Row:
    at, ended = story.at + HOUR * 20, story.ended or END
    given = {"wait_id": number, "teammate_id": 1 + number % TEAM, "at": at, "until": at + HOUR * 2}
    return _row(Claim, id=number, **given, released_at=min(at + HOUR * 2, ended), via="app")


def _review(number: int, story: Story) -> Row:
    week = promise.week_of(story.at + DAY, PARIS)
    cause = CAUSES[number % len(CAUSES)]
    return _row(Review, id=number, wait_id=number, week=week.name, cause=cause, by_id=1, at=END)


def _tell(work: Work) -> None:
    """Tell each teammate of the waits that rang last."""
    query = sa.text("SELECT DISTINCT wait_id FROM wait_steps ORDER BY wait_id DESC LIMIT :most")
    waits = list(work.session.execute(query, {"most": TOLD}).scalars())
    work.insert(Notice, [_notice(person, wait_id) for person in range(1, TEAM + 1) for wait_id in reversed(waits)])


def _notice(person: int, wait_id: int) -> Row:
    data = {"wait_id": wait_id, "contact": f"Customer {wait_id}", "waited": "22 h", "left": "2 h", "promised": "24 h"}
    row = _row(Notice, teammate_id=person, kind="ladder", subject=f"wait:{wait_id}:soon", data=data, at=END)
    return {name: value for name, value in row.items() if name != "id"} | {"conversation_id": wait_id}


def _rota(store: Store) -> None:
    """Let fourteen people serve by working days, and by weeks at the weekend; nobody serves at night."""
    begun = (END - SPAN - DAY * 7).date()
    everybody = tuple(rota.Place(person) for person in range(1, TEAM + 1))
    working, weekend = frozenset(range(5)), frozenset((5, 6))
    days = rota.Given("Days", everybody, begun, time(8), "business_day", weekdays=working, spans=((time(8), time(20)),))
    weekends = rota.Given("Weekends", everybody, begun, time(8), weekdays=weekend, spans=((time(9), time(18)),))
    with store.unit_of_work() as work:
        number = rota.set_up(work, rota.Frame(PARIS.key, "FR"), 1)
        rota.save_layer(work, number, days, 1)
        rota.save_layer(work, number, weekends, 1)
        until = work.now + shifts.HORIZON
        served = who(shifts.rules_of(work.session, number, END - SPAN, until), END - SPAN, until)
        rota_shifts.publish(work, number, served)
        for person in range(1, TEAM + 1):
            away = END + DAY * 2 * person
            absences.add(work, person, away, away + DAY * 3, 1)
