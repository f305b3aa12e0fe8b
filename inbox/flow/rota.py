"""Arrange the rota: its zone, its layers and who sits in them, and what is agreed besides.

Whatever changes who is on duty in the weeks to come is announced, with whom it affects ("rota.changed").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from inbox.flow import audit, days_off, duty, rota_checks, shifts, zones
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import rota as rows
from inbox.store import teammates
from inbox.store.tables import RotaLayer, RotaOverride, RotaTable
from inbox.store.tools import clean
from rules.rota_calendar import away_throughout

if TYPE_CHECKING:
    from inbox.store.db import Work

LAYERS = 12
LONGEST = timedelta(days=366)
AHEAD = timedelta(days=2 * 366)
"""So far ahead something can be agreed."""
TAKE_OVER = timedelta(hours=12)
"""So long somebody takes over at most where nobody is on duty."""
KINDS = ("add", "remove", "replace")
AGREED = 400
"""So many things may be agreed ahead."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What holds for the whole rota. always: somebody is wanted at every hour; else only when a layer serves."""

    zone: str
    country: str = ""
    region: str = ""
    always: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A seat as it is given: who, from which day on, and until which."""

    teammate_id: int
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A layer as it is given; see rules.rota_time.Layer. skip: it does not serve on public holidays.

    country, region: whose holidays, where they are not the rota's.
    """

    name: str
    places: tuple[Place, ...]
    starts_on: date
    handover: time = time(9)
    unit: str = "week"
    length: int = 1
    priority: int = 0
    weekdays: frozenset[int] = frozenset(range(7))
    spans: tuple[tuple[time, time], ...] = ()
    skip: bool = False
    country: str = ""
    region: str = ""
    beside: bool = False


# The rota and its layers ----------------------------------------------------------------------------------------------


def set_up(work: Work, frame: Frame, by: int) -> int:
    """Begin a rota, or change what holds for the whole of it; returns its number."""
    zones.check(frame.zone)
    region = days_off.spelled(frame.country, frame.region)
    days_off.check(frame.country, region)
    row = rows.first(work.session)
    given: dict[str, Any] = {"zone": frame.zone, "country": frame.country, "region": region}
    given["always"] = frame.always
    given["name"] = clean(frame.name.strip())[: rota_checks.NAME]
    if row is None:
        row = RotaTable(**given, stamp=shifts.new_stamp(), created_at=work.now)
        work.session.add(row)
        work.session.flush()
        audit.record(work, by, "rota.set_up", zone=frame.zone)
    else:
        row = shifts.locked(work, row.id or 0)
        for name, value in given.items():
            setattr(row, name, value)
        audit.record(work, by, "rota.changed", zone=frame.zone)
    shifts.changed(work, row, by)
    return row.id or 0


def save_layer(work: Work, rota_id: int, given: Given, by: int, layer_id: int | None = None) -> int:
    """Add a layer or change one; returns its number."""
    row = shifts.locked(work, rota_id)
    rota_checks.layer(work, given)
    if given.skip and not (given.country or row.country):
        raise RefusedError(say("Choose the country whose public holidays are meant."))
    if layer_id is None and len(rows.layers(work.session, rota_id)) >= LAYERS:
        raise RefusedError(say("A rota has at most {limit} layers.", limit=LAYERS))
    columns = _columns(given)
    layer = RotaLayer(rota_id=rota_id, **columns) if layer_id is None else _layer(work, rota_id, layer_id)
    for name, value in columns.items():
        setattr(layer, name, value)
    work.session.add(layer)
    work.session.flush()
    seats = [{"teammate_id": one.teammate_id, "since": one.since, "until": one.until} for one in given.places]
    rows.seat(work, layer.id or 0, seats)
    audit.record(work, by, "rota.layer_saved", layer=given.name, people=[one.teammate_id for one in given.places])
    shifts.changed(work, row, by)
    return layer.id or 0


def remove_layer(work: Work, rota_id: int, layer_id: int, by: int) -> None:
    """Let a layer serve no more; what was served stays known."""
    row = shifts.locked(work, rota_id)
    layer = _layer(work, rota_id, layer_id)
    layer.removed_at = work.now
    audit.record(work, by, "rota.layer_removed", layer=layer.name)
    shifts.changed(work, row, by)


def _layer(work: Work, rota_id: int, layer_id: int) -> RotaLayer:
    found = work.session.get(RotaLayer, layer_id)
    if found is None or found.rota_id != rota_id or found.removed_at is not None:
        raise NotFoundError(say("This layer is not there any more."))
    return found


def _columns(given: Given) -> dict[str, Any]:
    return {
        "name": clean(given.name.strip()),
        "priority": given.priority,
        "unit": given.unit,
        "length": given.length,
        "starts_on": given.starts_on,
        "handover": given.handover.isoformat("minutes"),
        "weekdays": sum(1 << day for day in given.weekdays),
        "spans": [[opens.isoformat("minutes"), closes.isoformat("minutes")] for opens, closes in given.spans],
        "holidays": "skip" if given.skip else "serve",
        "country": given.country,
        "region": given.region,
        "beside": given.beside,
    }


# What is agreed besides -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Agreed:
    """One of KINDS, for a time. instead_of: who is replaced."""

    kind: str
    teammate_id: int
    start: datetime
    end: datetime
    instead_of: int | None = None


def override(work: Work, rota_id: int, agreed: Agreed, by: int) -> int:
    """Add somebody, take somebody off, or let one serve instead of another, for a time; returns its number."""
    row = shifts.locked(work, rota_id)
    if agreed.kind not in KINDS or (agreed.kind == "replace") != (agreed.instead_of is not None):
        raise RefusedError(say("Say who serves, and instead of whom."))
    check_time(work, agreed.start, agreed.end)
    people = [agreed.teammate_id, *([agreed.instead_of] if agreed.instead_of else [])]
    for person in people:
        here(work, person)
    _refuse_in_vain(work, row, agreed)
    number = agree(work, rota_id, agreed, by)
    audit.record(work, by, "rota.override", what=agreed.kind, teammate=agreed.teammate_id, start=agreed.start)
    shifts.changed(work, row, by)
    return number


def _refuse_in_vain(work: Work, row: RotaTable, agreed: Agreed) -> None:
    """Refuse to let somebody serve who is away all the time, and more than anybody could keep in mind."""
    away = shifts.away(work.session, row.zone, agreed.start, agreed.end)
    serves = agreed.kind != "remove"
    if serves and away_throughout(away, agreed.teammate_id, agreed.start, agreed.end):
        raise RefusedError(say("They are away then, or keep a public holiday."))
    if len(rows.overrides(work.session, row.id or 0, work.now, work.now + AHEAD + LONGEST)) >= AGREED:
        raise RefusedError(say("At most {limit} things can be agreed ahead.", limit=AGREED))


def cancel_override(work: Work, override_id: int, by: int) -> None:
    """Take back what was agreed; of what has begun, only what is left. Of an exchange both halves go."""
    found = work.session.get(RotaOverride, override_id)
    if found is None or found.cancelled_at is not None or found.ends_at <= work.now:
        raise NotFoundError(say("This is over, or was taken back before."))
    row = shifts.locked(work, found.rota_id)
    for one in [found] if found.swap_id is None else rows.of_swap(work.session, found.swap_id):
        end_override(work, one)
    audit.record(work, by, "rota.override_cancelled", what=found.kind, teammate=found.teammate_id)
    shifts.changed(work, row, by)


def end_override(work: Work, found: RotaOverride) -> None:
    """Let it hold no longer; that it held until now stays known."""
    if found.ends_at <= work.now:
        return
    if found.starts_at < work.now:
        found.ends_at = work.now
    else:
        found.cancelled_at = work.now
    work.session.flush()


def take_over(work: Work, by: int) -> datetime:
    """Serve alone from now on, until the end of the shift that runs; returns when that is."""
    used = rows.in_use(work.session)
    if used is None:
        raise RefusedError(say("There is no rota yet."))
    row = shifts.locked(work, used[0])
    here(work, by)
    if duty.on_duty(work.session, work.now) == [by]:
        raise RefusedError(say("You are on duty already."))
    for one in _taken_over(work, used[0], None):
        end_override(work, one)
    work.session.flush()
    row.stamp = shifts.new_stamp()
    work.session.flush()
    running = duty.current(work.session, work.now)
    following = duty.next_slot(work.session, work.now)
    end = running.end
    if not running.people:
        end = min(work.now + TAKE_OVER, following.start if following else running.end)
    agree(work, used[0], Agreed("take_over", by, work.now, end), by)
    audit.record(work, by, "rota.took_over")
    shifts.changed(work, row, by)
    return end


def hand_back(work: Work, by: int) -> None:
    """Take over no longer: whose turn it is serves again."""
    used = rows.in_use(work.session)
    found = _taken_over(work, used[0], by) if used else []
    if used is None or not found:
        raise RefusedError(say("You have not taken over: ask a colleague to swap instead."))
    row = shifts.locked(work, used[0])
    for one in found:
        end_override(work, one)
    audit.record(work, by, "rota.handed_back")
    shifts.changed(work, row, by)


def _taken_over(work: Work, rota_id: int, by: int | None) -> list[RotaOverride]:
    """Return the take-overs that hold now, of one teammate or of all."""
    now = work.now
    found = rows.overrides(work.session, rota_id, now, now + timedelta(seconds=1))
    return [one for one in found if one.kind == "take_over" and one.starts_at <= now and by in {None, one.teammate_id}]


def agree(work: Work, rota_id: int, agreed: Agreed, by: int, swap_id: int | None = None) -> int:
    """Write down what was agreed; what follows from it is for the caller to make known."""
    row = RotaOverride(
        rota_id=rota_id,
        kind=agreed.kind,
        teammate_id=agreed.teammate_id,
        instead_of_id=agreed.instead_of,
        swap_id=swap_id,
        starts_at=agreed.start,
        ends_at=agreed.end,
        by_id=by,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row.id or 0


def check_time(work: Work, start: datetime, end: datetime) -> None:
    """Refuse a time that is over, ends before it begins, lasts too long, or is too far ahead."""
    if end <= start:
        raise RefusedError(say("It ends before it begins."))
    if end <= work.now:
        raise RefusedError(say("That time is over."))
    if end - start > LONGEST:
        raise RefusedError(say("That is longer than a year."))
    if start - work.now > AHEAD:
        raise RefusedError(say("That is more than two years ahead."))


def here(work: Work, teammate_id: int) -> None:
    """Refuse a teammate who does not work here any more."""
    found = teammates.get(work.session, teammate_id)
    if found is None or found.disabled_at is not None:
        raise RefusedError(say("This teammate is not there any more."))
