"""What of a rota is refused when it is arranged, each with a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.flow import days_off
from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.store import teammates
from rules.rota_time import UNITS

if TYPE_CHECKING:
    from inbox.flow.rota import Given, Place
    from inbox.store.db import Work

SEATS = 60
SPANS = 6
NAME = 80


def layer(work: Work, given: Given) -> None:
    """Refuse a layer that makes no sense."""
    if not given.name.strip() or len(given.name) > NAME:
        raise RefusedError(say("Give the layer a name of at most {limit} letters.", limit=NAME))
    if given.unit not in UNITS or not 1 <= given.length <= 365:
        raise RefusedError(say("A shift lasts 1 to 365 working days, days, weeks or months."))
    if not given.weekdays or not given.weekdays <= set(range(7)):
        raise RefusedError(say("Choose at least one day of the week."))
    if len(given.spans) > SPANS:
        raise RefusedError(say("A day has at most {limit} spans of hours.", limit=SPANS))
    if any(one.tzinfo is not None for one in (given.handover, *(edge for span in given.spans for edge in span))):
        raise RefusedError(say("Give hours by the rota's own clock, without a time zone."))
    if not 1 <= given.starts_on.year - 1999 <= 101:
        raise RefusedError(say("Choose a first day between 2000 and 2100."))
    days_off.check(given.country, given.region)
    _places(work, given.places)


def _places(work: Work, places: tuple[Place, ...]) -> None:
    if not 1 <= len(places) <= SEATS:
        raise RefusedError(say("Choose 1 to {limit} people who take turns.", limit=SEATS))
    if any(one.since and one.until and one.since >= one.until for one in places):
        raise RefusedError(say("Somebody's last day is before their first."))
    known = {one.id for one in teammates.everyone(work.session)}
    if not {one.teammate_id for one in places} <= known:
        raise RefusedError(say("This teammate is not there any more."))
