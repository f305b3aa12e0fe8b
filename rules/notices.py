"""Who is told of what, by which means, and when: now, or once their quiet hours are over."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from rules.zones import or_utc

KINDS = ("assigned", "mentioned", "reply", "woke", "unclaimed", "rule")
MEANS = ("browser", "mail", "push")

DEFAULT: Mapping[str, frozenset[str]] = {
    "assigned": frozenset({"browser", "push"}),
    "mentioned": frozenset({"browser", "mail", "push"}),
    "reply": frozenset({"browser", "push"}),
    "woke": frozenset({"browser"}),
    "unclaimed": frozenset({"browser"}),
    "rule": frozenset({"browser", "mail", "push"}),
}
UNCLAIMED_AFTER = 4
"""Hours for which a new conversation may be nobody's before those are told who want to be."""
MAIL_WAITS = timedelta(minutes=2)
"""A mail waits a little: what was read meanwhile is not mailed, and several notices become one letter."""
_SATURDAY = 5
_WINDOWS = 8
"""So many quiet spans may follow on each other: nights and weekends."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """From when to when, on the person's own clock, only the list in the app speaks. Equal times: never."""

    start: time
    end: time
    weekends: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A teammate, as far as being told things is concerned."""

    id: int
    zone: tzinfo = UTC
    means: Mapping[str, frozenset[str]] = field(default_factory=lambda: DEFAULT)
    quiet: Quiet | None = None
    on_duty: bool = False
    unclaimed_after: int = UNCLAIMED_AFTER


@dataclass(frozen=True, slots=True)
class Telling:
    """How one person is told: in an open page at once or not, and by what else from when on."""

    browser: bool
    sends: tuple[tuple[str, datetime], ...] = ()


def person(person_id: int, zone: str, preferences: Mapping[str, Any]) -> Person:
    """Read what somebody prefers. Whatever is not understood counts as never said."""
    wanted = preferences.get("notices")
    hours = preferences.get("unclaimed_hours")
    return Person(
        person_id,
        or_utc(zone),
        {kind: _means(wanted, kind) for kind in KINDS},
        quiet_hours(preferences.get("quiet")),
        unclaimed_after=hours if isinstance(hours, int) and 0 < hours < 24 else UNCLAIMED_AFTER,
    )


def _means(wanted: object, kind: str) -> frozenset[str]:
    chosen = wanted.get(kind) if isinstance(wanted, dict) else None
    return frozenset(chosen) & frozenset(MEANS) if isinstance(chosen, list) else DEFAULT[kind]


def quiet_hours(said: object) -> Quiet | None:
    """Read {"from": "20:00", "to": "08:00", "weekends": true}; None for anything else, or for no time at all."""
    if not isinstance(said, dict):
        return None
    try:
        start, end = time.fromisoformat(str(said.get("from"))), time.fromisoformat(str(said.get("to")))
    except ValueError:
        return None
    weekends = said.get("weekends") is True
    return Quiet(start, end, weekends) if start != end or weekends else None


def quiet_until(now: datetime, zone: tzinfo, quiet: Quiet | None) -> datetime | None:
    """Return when the quiet that reigns now is over, None when it does not reign."""
    if quiet is None:
        return None
    at = now
    for _ in range(_WINDOWS):
        end = _window_end(at, zone, quiet)
        if end is None:
            break
        at = end
    return at if at > now else None


def _window_end(at: datetime, zone: tzinfo, quiet: Quiet) -> datetime | None:
    here = at.astimezone(zone)
    clock = here.time().replace(tzinfo=None)
    if quiet.weekends and here.weekday() >= _SATURDAY:
        return _after(at, here, 7 - here.weekday(), time(0), zone)
    if quiet.start < quiet.end:
        return _after(at, here, 0, quiet.end, zone) if quiet.start <= clock < quiet.end else None
    if quiet.start > quiet.end and clock >= quiet.start:
        return _after(at, here, 1, quiet.end, zone)
    if quiet.start > quiet.end and clock < quiet.end:
        return _after(at, here, 0, quiet.end, zone)
    return None


def _after(at: datetime, here: datetime, days: int, clock: time, zone: tzinfo) -> datetime:
    """Return that time of that day, where a clock that is set back shows it twice the one that is still to come."""
    day = (here + timedelta(days=days)).date()
    twice = [datetime.combine(day, clock.replace(fold=fold), tzinfo=zone).astimezone(UTC) for fold in (0, 1)]
    return next((moment for moment in twice if moment > at), at + timedelta(hours=1))


def telling(who: Person, kind: str, now: datetime) -> Telling:
    """Decide by which means somebody is told, and when. The list in the app holds it in any case."""
    means = who.means.get(kind, frozenset())
    later = quiet_until(now, who.zone, who.quiet)
    sends = []
    if "mail" in means:
        sends.append(("mail", later or now + MAIL_WAITS))
    if "push" in means:
        sends.append(("push", later or now))
    return Telling("browser" in means and later is None, tuple(sends))


def watchers(team: Collection[Person]) -> list[Person]:
    """Return who looks after what is nobody's: those on duty, and everybody while no one is."""
    return [one for one in team if one.on_duty] or list(team)


def audience(
    team: Collection[Person], *, named: Iterable[int | None] = (), by: int | None = None, nobodys: bool = False
) -> list[Person]:
    """Return who of the team is told: those named, or those who watch. Nobody is told what they did themselves."""
    wanted = {one for one in named if one is not None and one != by}
    if wanted or not nobodys:
        return [one for one in team if one.id in wanted]
    return [one for one in watchers(team) if one.id != by]
