"""Eight quiet weeks before the demo's own: who wrote, and when they were answered, the same in every demo.

They came twice a day, and once on Saturdays. Most were answered the same day; weekends waited until Monday.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, time, timedelta

WEEKS = 8
SATURDAY, NOON = 5, 12
SCHOOLS = 5
"""One in so many writes to the schools' own address."""
PEOPLE = (
    ("Ines Ferreira", "ines@escola-do-mar.example", 0),
    ("Paul Wagner", "paul.wagner@realschule.example", 60),
    ("Oona Virtanen", "oona@koulu.example", 120),
    ("Rachel Stein", "rachel@stein-tutoring.example", -300),
    ("Kofi Mensah", "kofi@hilltop.example", 0),
    ("Camille Roche", "camille.roche@lycee-pasteur.example", 60),
    ("Dmitri Orlov", "dmitri@orlov.example", 180),
    ("Hannah Brooks", "hannah.brooks@lakeside.example", -360),
    ("Giulia Conti", "giulia@conti.example", 60),
    ("Sofia Lund", "sofia@lund-skole.example", 60),
    ("Arjun Rao", "arjun@rao-academy.example", 330),
    ("Mei Chen", "mei@chen-lessons.example", 480),
)
MATTERS = (
    ("Moving a board to another class", "Can I move a board to next year's class?", "Yes: Board → Move. Cards stay."),
    ("Invoice", "I need the invoice of last month once more.", "Attached to your account under Invoices."),
    ("Too many mails", "I get a mail for every card. How do I stop that?", "Settings → Mails → Once a day."),
    ("A pupil left", "How do I take a pupil out of a board?", "Click the name, then Remove. The cards stay."),
    ("Font size", "Could the font be larger on the projector?", "Press + while presenting; it is remembered."),
    ("Password", "The link to reset my password does not arrive.", "It was in spam; we sent it from another server."),
    ("Copying a template", "Can two schools share one template?", "Yes, with the link under Share → Template."),
    ("Sound", "Videos on a board have no sound on tablets.", "Fixed this morning; reload the board once."),
    ("Free trial", "How long can we try it?", "Thirty days, and you may ask for thirty more."),
    ("Colours", "The printed colours are very pale.", "Choose Print → Strong colours. Better now?"),
    ("Slow today", "Boards open slowly since this morning.", "A server was busy; it is quick again. Sorry."),
    ("Deleted by mistake", "I deleted a card by mistake.", "Board → History → bring back. It is there for 30 days."),
)
ANSWERING = ("Bo Lindqvist", "Léa Moreau", "Malik Benali", "Greta Olsen")


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the past. number: of the case; key: the account; by: who answers, "" where the customer writes."""

    at: datetime
    number: int
    key: str
    by: str
    who: str
    handle: str
    offset: int
    subject: str
    text: str


def batches(now: datetime) -> list[tuple[datetime, list[Line]]]:
    """Return what came together, oldest first: at nine and at three on weekdays, at eleven on Saturdays."""
    chance = random.Random(24)  # noqa: S311 - a play, the same every time
    times = _times(now)
    found: dict[datetime, list[Line]] = {at: [] for at in times}
    number = 0
    for place, at in enumerate(times):
        for _ in range(_arrivals(at, chance)):
            answered = _answered(times, place, chance, soon=number % SCHOOLS == 0)
            if answered is not None:
                wrote, reply = _case(number, (at, answered), chance)
                found[at].append(wrote)
                found[answered].append(reply)
                number += 1
    return [(at, sorted(lines, key=lambda line: line.at)) for at, lines in found.items() if lines]


def _times(now: datetime) -> list[datetime]:
    first = (now - timedelta(weeks=WEEKS, days=8)).date()
    days = [first + timedelta(days=number) for number in range(WEEKS * 7)]
    hours = {5: (11,), 6: ()}
    return [datetime.combine(day, time(h), now.tzinfo) for day in days for h in hours.get(day.weekday(), (9, 15))]


def _arrivals(at: datetime, chance: random.Random) -> int:
    if at.weekday() == SATURDAY:
        return chance.choice((0, 0, 1))
    return chance.choice((1, 1, 2)) if at.hour < NOON else chance.choice((0, 1, 1, 2))


def _answered(times: list[datetime], place: int, chance: random.Random, *, soon: bool) -> datetime | None:
    """Return when: the same time, half a day, a day or two days later; nobody answers on weekends."""
    at, weights = times[place], (90, 10, 0, 0) if soon else (50, 44, 4, 2)
    later = chance.choices((0, 1, 2, 4), weights)[0]
    if at.weekday() == SATURDAY:
        later = 1
    elif at.weekday() == SATURDAY - 1 and at.hour > NOON:
        later = chance.choices((0, 1), weights=(95, 5))[0]
    working = [at, *(one for one in times[place + 1 :] if one.weekday() < SATURDAY)]
    return working[later] if later < len(working) else None


def _case(number: int, when: tuple[datetime, datetime], chance: random.Random) -> tuple[Line, Line]:
    """Return what was written and the answer, each some minutes before it was fetched."""
    at, answered = when
    who, handle, offset = chance.choice(PEOPLE)
    subject, text, reply = MATTERS[number % len(MATTERS)]
    key = "schools" if number % SCHOOLS == 0 else "mail"
    wrote = at - timedelta(minutes=chance.randint(25, 55))
    replied = answered - timedelta(minutes=chance.randint(3, 20) if at == answered else chance.randint(5, 50))
    about = (number, key)
    return (
        Line(wrote, *about, "", who, handle, offset, subject, text),
        Line(replied, *about, chance.choice(ANSWERING), who, handle, offset, subject, reply),
    )
