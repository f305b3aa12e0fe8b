"""What the promise page shows of a week: figures, groups, trends, and the addresses of the rows behind each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from markupsafe import Markup

from inbox.flow import review
from inbox.flow.errors import NotFoundError
from inbox.say import say
from inbox.store import promise_figures, reviews
from inbox.store.db import Session
from inbox.store.promise_figures import NOBODY, Only, Span, Tally
from inbox.web import telling
from inbox.web.charts import Column, columns
from inbox.web.promise_words import STATES, day_of, share, week_name
from inbox.web.words import _
from rules import promise
from rules.promise import Week

TREND = 12
"""Weeks that are looked back on."""
HERE = "/promise/team"


@dataclass(frozen=True, slots=True)
class Place:
    """The week that is looked at, and what surrounds it. over: it has ended."""

    week: Week
    span: Span
    zone: tzinfo
    zone_name: str
    now: datetime
    this_week: Week

    @property
    def name(self) -> str:
        """How the week is called."""
        return week_name(self.week)

    @property
    def over(self) -> bool:
        """Whether the week has ended."""
        return self.span.end <= self.now

    @property
    def earlier(self) -> str:
        """The address of the week before."""
        return self.week.later(-1).name

    @property
    def later(self) -> str:
        """The address of the week after, "" where it lies ahead."""
        return self.week.later(1).name if self.week < self.this_week else ""

    def rows(self, state: str = "", **only: object) -> str:
        """Return the address of the waits behind a figure."""
        return _rows_of(("week", self.week.name), ("of", state), *only.items())


@lru_cache(maxsize=4096)
def _rows_of(*asked: tuple[str, object]) -> str:
    return f"{HERE}/waits?" + urlencode([(name, value) for name, value in asked if value not in {"", None}])


@dataclass(frozen=True, slots=True)
class Group:
    """One line of a table of figures: what it is called, its tally, and which rows it is made of."""

    name: str
    tally: Tally
    only: dict[str, object]


def week_named(text: str) -> Week:
    """Return the week of a name; NotFoundError for what names none."""
    week = promise.read_week(text)
    if week is None:
        raise NotFoundError(say("There is no such week to look back on."))
    return week


def place_of(session: Session, now: datetime, asked: str, *, before: int = 0) -> Place:
    """Find the week that is asked for: the running one for "", or so many before it."""
    zone = review.zone(session)
    this_week = promise.week_of(now, zone)
    week = week_named(asked) if asked else this_week.later(-before)
    if week > this_week:
        raise NotFoundError(say("There is no such week to look back on."))
    return Place(week, Span(*promise.bounds(week, zone)), zone, review.zone_name(session), now, this_week)


After = Annotated[int | None, Query(ge=0, lt=2**53)]
"""The row that the page before ended with."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure as an address names it."""

    week: str = ""
    of: str = ""
    channel: str = ""
    person: int | None = None
    hour: int | None = None

    def only(self) -> dict[str, Any]:
        """Return what narrows it, as `Place.rows` takes it."""
        return {"state": self.of, "channel": self.channel, "person": self.person, "hour": self.hour}


def only_of(place: Place, asked: Asked) -> Only:
    """Read what an address asks for."""
    if asked.of not in STATES:
        raise NotFoundError(say("There is no such figure."))
    return Only(asked.of, asked.channel[:40], asked.person, asked.hour, place.zone)


@dataclass(frozen=True, slots=True)
class Groups:
    """A week by channel, person and hour of arrival."""

    channels: list[Group]
    people: list[Group]
    hours: list[Group]


def groups(week: promise_figures.Week, names: dict[int, str]) -> Groups:
    """Name the groups of a week."""
    nobody = _("nobody we know of")
    return Groups(
        [Group(telling.channel(key), tally, {"channel": key}) for key, tally in week.channels.items()],
        [
            Group(names.get(key, "?") if key != NOBODY else nobody, tally, {"person": key})
            for key, tally in week.people.items()
        ],
        [Group(f"{hour:02d}:00", tally, {"hour": hour}) for hour, tally in enumerate(week.hours)],
    )


def weeks_back(place: Place) -> list[Week]:
    """Return the weeks that are looked back on, the one that is looked at last."""
    return [place.week.later(number - TREND + 1) for number in range(TREND)]


def trend(session: Session, place: Place) -> list[tuple[Week, Tally]]:
    """Count each of the last weeks."""
    weeks = weeks_back(place)
    spans = [Span(*promise.bounds(week, place.zone)) for week in weeks]
    return list(zip(weeks, promise_figures.trend(session, spans, place.now), strict=True))


def trend_chart(told: list[tuple[Week, Tally]]) -> Markup:
    """Draw how much was kept, week by week; a week without a sample has no column."""
    drawn = [
        Column(
            tally.percent or 0,
            above=f"{tally.percent} %" if tally.percent is not None else "",
            below=day_of(week),
            under=f"n = {tally.settled}",
        )
        for week, tally in told
    ]
    said = "; ".join(f"{day_of(week)}: {share(tally)} (n = {tally.settled})" for week, tally in told)
    return columns(drawn, _("Kept, week by week"), said, most=100)


def hours_chart(hours: list[Group]) -> Markup:
    """Draw when people wrote who were due an answer; hatched: those who waited longer than promised."""
    drawn = [
        Column(
            one.tally.settled,
            one.tally.broken,
            above=str(one.tally.settled) if one.tally.settled else "",
            below=one.name[:2] if place % 3 == 0 else "",
        )
        for place, one in enumerate(hours)
    ]
    said = "; ".join(
        _("{hour}: {n} people, {broken} waited longer").format(
            hour=one.name, n=one.tally.settled, broken=one.tally.broken
        )
        for one in hours
        if one.tally.settled
    )
    return columns(drawn, _("By hour of arrival"), said or _("Nothing to measure yet."), narrow=True)


def cause_trend(session: Session, place: Place) -> list[tuple[Week, dict[str, int]]]:
    """Count the causes of the last weeks."""
    weeks = weeks_back(place)
    found = reviews.causes(session, [week.name for week in weeks])
    return [(week, found[week.name]) for week in weeks]
