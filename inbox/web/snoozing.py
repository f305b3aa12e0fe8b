"""Until when people snooze: the times that most of them mean, in the reader's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from inbox.web.words import _

MORNING = 9
LATER = timedelta(hours=3)


@dataclass(frozen=True, slots=True)
class Until:
    """A time to offer. at: as a form sends it, local to the reader; late: somebody's answer is due before."""

    said: str
    at: str
    moment: datetime
    late: bool


def times(now: datetime, zone: tzinfo, due_at: datetime | None = None) -> list[Until]:
    """Offer later today, tomorrow and next week."""
    here = now.astimezone(zone)
    later = (here + LATER + timedelta(minutes=59)).replace(minute=0, second=0, microsecond=0)
    tomorrow = _morning(here, 1)
    monday = _morning(here, 7 - here.weekday())
    offered = [(_("Later today"), later)] if later.date() == here.date() else []
    offered.append((_("Tomorrow at 9"), tomorrow))
    if monday.date() != tomorrow.date():
        offered.append((_("Monday at 9"), monday))
    offered.append((_("In a month"), _morning(here, 30)))
    return [Until(said, f"{at:%Y-%m-%dT%H:%M}", at, bool(due_at and at > due_at)) for said, at in offered]


def _morning(here: datetime, days: int) -> datetime:
    return (here + timedelta(days=days)).replace(hour=MORNING, minute=0, second=0, microsecond=0)


def earliest(now: datetime, zone: tzinfo) -> str:
    """Return the first minute that can be chosen."""
    return f"{now.astimezone(zone) + timedelta(minutes=1):%Y-%m-%dT%H:%M}"
