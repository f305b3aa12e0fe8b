"""How long a matter takes as a whole, apart from the promise of an answer: it may pause, ends and may go on again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rules import hours
from rules.hours import Hours, NeverOpenError


@dataclass(frozen=True, slots=True)
class Track:
    """What has counted so far, and since when it counts again; running_since is None while it pauses or has ended."""

    spent: timedelta = timedelta(0)
    running_since: datetime | None = None
    first_closed_at: datetime | None = None
    closed_at: datetime | None = None


def runs(status: str, last_from: str, *, pauses: bool) -> bool:
    """Whether a matter goes on: it is open, and it is not our turn to wait for the person where that counts."""
    return status == "open" and not (pauses and last_from == "us")


def follow(track: Track, at: datetime, *, running: bool, closed: bool, calendar: Hours | None) -> Track:
    """Return how the track stands once the matter goes on, pauses or ends at that moment."""
    if running and not closed and track.running_since is not None:
        return track
    spent, since = spent_by(track, at, calendar), at if running and not closed else None
    return replace(
        track,
        spent=spent,
        running_since=since,
        first_closed_at=track.first_closed_at or (at if closed else None),
        closed_at=(track.closed_at or at) if closed else None,
    )


def spent_by(track: Track, at: datetime, calendar: Hours | None) -> timedelta:
    """Return how much has counted by that moment."""
    if track.running_since is None:
        return track.spent
    return track.spent + hours.between(track.running_since, at, calendar)


def due(track: Track, target: timedelta, calendar: Hours | None) -> datetime | None:
    """Return when the time is used up if nothing pauses; None while something does."""
    if track.running_since is None:
        return None
    left = max(timedelta(0), target - track.spent)
    try:
        return hours.add(track.running_since, left, calendar)
    except NeverOpenError:
        return track.running_since + left
