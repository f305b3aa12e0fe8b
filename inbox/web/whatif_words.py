"""What the page "what if" says, and its picture of the week."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from inbox.flow.whatif import Answer, Asked
from inbox.web.words import _, _n, said
from rules.whatif import Count

A_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
LEFT, CELL, ROW, TOP = 34, 22, 22, 18


def day(number: int, pattern: str = "EEEE") -> str:
    """Name a day of the week; Monday is 0."""
    at = A_MONDAY + timedelta(days=number)
    return said(at, pattern)


def sentence(answer: Answer) -> str:
    """Say the result first."""
    was, would = answer.result.was, answer.result.would
    if not answer.looked_at or not would.settled:
        return _("Nobody waited long enough in the last 30 days to say anything.")
    told = _("{after} of {cases} people would have been answered in time; {before} of {decided} were.")
    return told.format(after=would.kept, cases=would.settled, before=was.kept, decided=was.settled)


def difference(answer: Answer) -> str:
    """Say how many breaches there would have been fewer and more."""
    fewer, more = len(answer.result.avoided), len(answer.result.created)
    if not fewer and not more:
        return _("It would have made no difference to anybody.")
    avoided = _n("{n} broken promise fewer", "{n} broken promises fewer", fewer)
    created = _n("{n} more", "{n} more", more)
    return _("{avoided}, {created}.").format(avoided=avoided, created=created)


def model(asked: Asked) -> list[str]:
    """Say what was assumed."""
    if asked.kind == "policy":
        return [
            _("Everybody is answered when they were; only the deadline is another."),
            _("That people would hurry more with a shorter deadline, or less with a longer one, is not in it."),
        ]
    return [
        _(
            "Whoever was answered while somebody was on duty needed so much time with somebody on duty, and needs the"
            " same again."
        ),
        _("Whoever was answered while nobody was on duty is answered at that same time again."),
        _("Whoever was not answered is not answered. A second person at the same hour changes nothing."),
        _("The rota is taken as it says today that it was."),
    ]


def hours(answer: Answer) -> list[tuple[str, Count, Count]]:
    """Return the hours of the day in which somebody wrote, with both sides."""
    sides = enumerate(answer.result.hours)
    return [(f"{hour:02d}:00", was, would) for hour, (was, would) in sides if was.settled or would.settled]


def heat(answer: Answer) -> Markup:
    """Draw the week as 7 rows of 24 hours; each cell that differs says by how many."""
    week, title = answer.result.week, _("Breaches more or fewer, by day and hour of arrival")
    width, height = LEFT + 24 * CELL, TOP + 7 * ROW
    most = max((abs(one) for row in week for one in row), default=0) or 1
    hours = Markup("").join(
        Markup('<text class="axis" x="{}" y="12">{}</text>').format(LEFT + hour * CELL + 2, f"{hour:02d}")
        for hour in range(0, 24, 3)
    )
    rows = Markup("").join(_row(number, row, most) for number, row in enumerate(week))
    return Markup(
        '<svg class="heat" viewBox="0 0 {} {}" role="img" aria-labelledby="heat-t heat-d"><title id="heat-t">{}</title>'
        '<desc id="heat-d">{}</desc>{}{}</svg>'
    ).format(width, height, title, _("The same stands in the table below."), hours, rows)


def _row(number: int, row: Sequence[int], most: int) -> Markup:
    top = TOP + number * ROW
    name = Markup('<text class="axis" x="0" y="{}">{}</text>').format(top + 15, day(number, "EEE"))
    return name + Markup("").join(_cell(LEFT + hour * CELL, top, one, most) for hour, one in enumerate(row))


def _cell(left: int, top: int, one: int, most: int) -> Markup:
    kind = "more" if one > 0 else "fewer" if one < 0 else "same"
    strength = 1 + (3 * abs(one) - 1) // most if one else 0
    number = Markup('<text x="{}" y="{}">{}</text>').format(left + CELL / 2, top + 15, f"{one:+d}") if one else ""
    return Markup('<rect class="{} s{}" x="{}" y="{}" width="{}" height="{}" rx="3"/>{}').format(
        kind, min(strength, 3), left + 1, top + 1, CELL - 2, ROW - 2, number
    )
