"""Named questions about the rota: what decides who is on duty, in a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.rota_away import EVER, DaysOff, gone
from inbox.store.tables import RotaLayer, RotaOverride, RotaSeat, RotaTable
from rules.rota import Layer, Override, Rota, Seat


def first(session: Session) -> RotaTable | None:
    """Return the rota of the house, None while there is none."""
    query = select(RotaTable).where(col(RotaTable.removed_at).is_(None)).order_by(col(RotaTable.id))
    return session.exec(query.limit(1)).first()


def in_use(session: Session) -> tuple[int, str] | None:
    """Return the number and the stamp of the rota that says who is on duty: one in which somebody sits."""
    seats = (
        sa.select(sa.literal(1))
        .select_from(RotaSeat)
        .join(RotaLayer, col(RotaLayer.id) == col(RotaSeat.layer_id))
        .where(col(RotaLayer.rota_id) == col(RotaTable.id), col(RotaLayer.removed_at).is_(None))
    )
    query = sa.select(col(RotaTable.id), col(RotaTable.stamp)).where(
        col(RotaTable.removed_at).is_(None), seats.exists()
    )
    found = session.execute(query.order_by(col(RotaTable.id)).limit(1)).first()
    return (found[0], found[1]) if found else None


def lock(work: Work, rota_id: int) -> RotaTable | None:
    """Return a rota that nobody else changes until the end of this transaction."""
    query = select(RotaTable).where(RotaTable.id == rota_id, col(RotaTable.removed_at).is_(None)).with_for_update()
    return work.session.exec(query.execution_options(populate_existing=True)).first()


def due(session: Session, now: datetime) -> list[int]:
    """Return the rotas in which something happens by itself now: duty passes on, or more has to be published."""
    query = sa.select(col(RotaTable.id)).where(col(RotaTable.removed_at).is_(None), col(RotaTable.next_at) <= now)
    return list(session.execute(query.order_by(col(RotaTable.id))).scalars())


# What decides ---------------------------------------------------------------------------------------------------------


def layers(session: Session, rota_id: int) -> list[RotaLayer]:
    """Return the layers of a rota, the highest first."""
    query = select(RotaLayer).where(RotaLayer.rota_id == rota_id, col(RotaLayer.removed_at).is_(None))
    return list(session.exec(query.order_by(col(RotaLayer.priority).desc(), col(RotaLayer.id))).all())


def seats(session: Session, layer_ids: Sequence[int]) -> dict[int, list[RotaSeat]]:
    """Return who sits in these layers, in the order of their turns."""
    found: dict[int, list[RotaSeat]] = defaultdict(list)
    query = select(RotaSeat).where(col(RotaSeat.layer_id).in_(layer_ids))
    for seat in session.exec(query.order_by(col(RotaSeat.layer_id), col(RotaSeat.position), col(RotaSeat.id))):
        found[seat.layer_id].append(seat)
    return found


def seat(work: Work, layer_id: int, given: Iterable[dict[str, Any]]) -> None:
    """Let others sit in a layer, in this order: each {teammate_id, since, until}."""
    work.session.execute(sa.delete(RotaSeat).where(col(RotaSeat.layer_id) == layer_id))
    rows = [{"layer_id": layer_id, "position": place, **one} for place, one in enumerate(given)]
    work.insert(RotaSeat, rows)


def overrides(session: Session, rota_id: int, start: datetime, end: datetime) -> list[RotaOverride]:
    """Return what was agreed for a time and still holds, in the order in which it was agreed."""
    query = select(RotaOverride).where(
        RotaOverride.rota_id == rota_id,
        col(RotaOverride.cancelled_at).is_(None),
        RotaOverride.ends_at > start,
        RotaOverride.starts_at < end,
    )
    return list(session.exec(query.order_by(col(RotaOverride.id))).all())


def of_swap(session: Session, swap_id: int) -> list[RotaOverride]:
    """Return what comes of a swap and still holds: of an exchange both halves."""
    query = select(RotaOverride).where(RotaOverride.swap_id == swap_id, col(RotaOverride.cancelled_at).is_(None))
    return list(session.exec(query.order_by(col(RotaOverride.id))).all())


def load(session: Session, rota_id: int, start: datetime, end: datetime, days_off: DaysOff) -> Rota:
    """Return all that decides who is on duty between two moments, as the rules want it.

    Who left is away from that moment on, and has nothing to take over.
    """
    row = session.get_one(RotaTable, rota_id)
    held = layers(session, rota_id)
    sitting = seats(session, [layer.id or 0 for layer in held])
    away = gone(session, start, end, row.zone, days_off)
    years = (min((layer.starts_on.year for layer in held), default=start.year), end.year + 1)
    given = overrides(session, rota_id, start, end)
    return Rota(
        row.zone,
        tuple(_layer(row, layer, sitting[layer.id or 0], days_off, years) for layer in held),
        tuple(_override(one, away.left.get(one.teammate_id, EVER)) for one in given),
        away.absences,
        row.always,
    )


def _override(row: RotaOverride, left: datetime) -> Override:
    end = max(min(row.ends_at, left), row.starts_at)
    return Override(row.id or 0, row.kind, row.teammate_id, row.starts_at, end, row.instead_of_id)


def _layer(
    rota: RotaTable, row: RotaLayer, sitting: Iterable[RotaSeat], days_off: DaysOff, years: tuple[int, int]
) -> Layer:
    country, region = (row.country, row.region) if row.country else (rota.country, rota.region)
    skips = row.holidays == "skip" and country
    return Layer(
        id=row.id or 0,
        seats=tuple(Seat(seat.teammate_id, seat.since, seat.until) for seat in sitting),
        start=row.starts_on,
        handover=time.fromisoformat(row.handover),
        unit=row.unit,
        length=row.length,
        priority=row.priority,
        weekdays=frozenset(day for day in range(7) if row.weekdays >> day & 1),
        spans=tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in row.spans),
        skips=frozenset(days_off(country, region, *years)) if skips else frozenset(),
        beside=row.beside,
        name=row.name,
    )
