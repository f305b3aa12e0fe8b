"""Six quiet weeks before the demo's own: who wrote, who answered and when, the same in every demo.

They came twice a day, and once on Saturdays. Most were answered the same day. Weekends waited until Monday at first;
since three weeks somebody looks after those, too.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

WEEKS = 6
ENDS = timedelta(days=2)
"""The last of it is answered so long ago."""
COVERED = 3
"""Since so many weeks somebody is on duty at weekends."""
TUESDAY, WEDNESDAY, SATURDAY, NOON = 1, 2, 5, 12
SCHOOLS = 5
"""One in so many writes to the schools' own address."""
GRATEFUL = 6
"""One in so many says thank you, which needs no answer."""
LONG = timedelta(hours=17)
"""Who takes longer than that says on the way that they are on it."""
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
ANSWERING = ("Ann Keller", "Bo Lindqvist", "Léa Moreau", "Malik Benali", "Greta Olsen")
THANKS = ("Thank you, that was it.", "Perfect, it works. Thanks!", "Merci beaucoup.", "Great, thank you for the help.")
SELLERS = (
    (
        "Rank Boost",
        "team@rank-boost.example",
        "Your page one ranking",
        "We looked at your site. Reply YES for a quote.",
    ),
    ("Link Partners", "offer@link-partners.example", "Guest post", "We pay for a post on your blog. Interested?"),
    ("Cheap Toner", "sales@cheap-toner.example", "Toner from 9.90", "Only this week, all brands. No minimum order."),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing of the past. number: of the case; key: the account; by: who does it, "" for whoever has it.

    what: writes, claims, answers, thanks, ends (no reply needed), spam.
    """

    at: datetime
    number: int
    key: str
    what: str
    by: str
    who: str
    handle: str
    offset: int
    subject: str
    text: str


def weekends_since(now: datetime) -> date:
    """Return the Monday since which somebody is on duty at weekends."""
    return now.date() - timedelta(days=now.weekday(), weeks=COVERED)


def lines(now: datetime) -> list[Line]:
    """Return everything that was written, answered and ended, oldest first."""
    chance = random.Random(24)  # noqa: S311 - a play, the same every time
    times = _times(now)
    found: list[Line] = []
    number = 0
    for place, at in enumerate(times):
        for _ in range(_arrivals(at, chance)):
            asked = at - timedelta(minutes=_before(at, chance))
            evening = asked.date() < at.date()
            answered = _answered(times, place, chance, soon=evening or number % SCHOOLS == 0)
            if answered is not None:
                found += _case(number, asked, answered, chance, same=at == answered)
                number += 1
    return sorted([*found, *_sellers(times, number)], key=lambda line: line.at)


def _times(now: datetime) -> list[datetime]:
    first, last = (now - timedelta(days=now.weekday(), weeks=WEEKS)).date(), now - ENDS
    days = [first + timedelta(days=number) for number in range((WEEKS + 1) * 7)]
    hours = {SATURDAY: (11,), SATURDAY + 1: ()}
    found = [datetime.combine(day, time(h), now.tzinfo) for day in days for h in hours.get(day.weekday(), (9, 15))]
    return [at for at in found if at < last]


def _arrivals(at: datetime, chance: random.Random) -> int:
    if at.weekday() == SATURDAY:
        return chance.choice((0, 1))
    return chance.choice((1, 1, 2)) if at.hour < NOON else chance.choice((0, 1, 1, 1))


def _before(at: datetime, chance: random.Random) -> int:
    """Return how many minutes before that they wrote; on Wednesdays before noon, sometimes the evening before."""
    if at.hour < NOON and chance.random() < 0.3:
        return chance.randint(600, 840)
    if at.hour > NOON and at.weekday() == WEDNESDAY:
        return chance.randint(200, 240)
    return chance.randint(25, 150 if at.hour < NOON else 240)


def _answered(times: list[datetime], place: int, chance: random.Random, *, soon: bool) -> datetime | None:
    """Return when, of the times at which somebody is there."""
    at, since = times[place], weekends_since(times[-1] + ENDS)
    working = [one for one in times[place:] if one.weekday() < SATURDAY or one.date() >= since]
    later = _later(at, chance, before=at.date() < since, soon=soon)
    return working[later] if later < len(working) else None


def _later(at: datetime, chance: random.Random, *, before: bool, soon: bool) -> int:
    """Return how many half days later: Tuesdays took long until three weeks ago, every other Wednesday still does."""
    if soon or at.weekday() >= SATURDAY - 1:
        return chance.choices((0, 1), (95, 5))[0]
    if at.hour > NOON:
        return {TUESDAY: 2 if before else 0, WEDNESDAY: at.isocalendar().week % 2}.get(at.weekday(), 0)
    return chance.choice((0, 1))


def _case(number: int, asked: datetime, by_then: datetime, chance: random.Random, *, same: bool) -> Iterator[Line]:
    """Yield what was written and answered, and sometimes a thank you that ends without a reply."""
    who, handle, offset = chance.choice(PEOPLE)
    subject, text, reply = MATTERS[number % len(MATTERS)]
    key = "schools" if number % SCHOOLS == 0 else "mail"
    by = "" if chance.random() < 0.7 else chance.choice(ANSWERING)
    replied = by_then - timedelta(minutes=chance.randint(3, 20) if same else chance.randint(5, 50))
    wrote = Line(asked, number, key, "writes", "", who, handle, offset, subject, text)
    yield wrote
    if replied - asked > LONG:
        yield replace(wrote, at=replied - timedelta(minutes=chance.randint(30, 70)), what="claims", by=by)
    yield replace(wrote, at=replied, what="answers", by=by, text=reply)
    if number % GRATEFUL == 0:
        again = replied + timedelta(minutes=chance.randint(20, 90))
        yield replace(wrote, at=again, what="thanks", text=THANKS[number // GRATEFUL % len(THANKS)])
        yield replace(wrote, at=again + timedelta(minutes=12), what="ends", text="They say thank you.")


def _sellers(times: list[datetime], number: int) -> Iterator[Line]:
    """Yield what nobody wanted, one a week."""
    for week, at in enumerate(one for one in times if one.weekday() == WEDNESDAY and one.hour < NOON):
        who, mail, subject, text = SELLERS[week % len(SELLERS)]
        handle = mail.replace("@", f"{week}@")
        wrote = Line(at + timedelta(minutes=80), number + week, "mail", "writes", "", who, handle, 0, subject, text)
        yield wrote
        yield replace(wrote, at=at + timedelta(minutes=170), what="spam")
