"""The rota: who is on duty, its layers, what is agreed besides, where nobody serves, and who carries how much."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from fastapi import APIRouter

from inbox.flow import duty, rota, rota_preview
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import rota as rows
from inbox.store import teammates
from inbox.store.db import Session, Work
from inbox.web import rota_load, rota_view
from inbox.web.api.calls import done, made
from inbox.web.api.given import Moment
from inbox.web.api.rota_shapes import (
    CarriedTold,
    ChangeTold,
    FrameGiven,
    HoleTold,
    LayerGiven,
    LayerTold,
    LoadTold,
    NowTold,
    Number,
    OverrideGiven,
    OverrideTold,
    RotaTold,
    SlotTold,
)
from inbox.web.api.route import ApiFounder, ApiRoute, ApiSettings
from inbox.web.api.shapes import Done, Id
from inbox.web.deps import ApiUser, House
from rules.rota import Slot

router = APIRouter(route_class=ApiRoute, tags=["rota"])
LONGEST = timedelta(days=93)
WEEKS = timedelta(weeks=4)


@router.get("/rota/now")
def now(house: House, me: ApiUser) -> NowTold:  # noqa: ARG001 - the policy
    """Return who is on duty, and who comes next."""
    at = house.clock()
    with house.store.reading() as session:
        following = duty.next_slot(session, at)
        told = SlotTold.model_validate(following) if following else None
        return NowTold(on_duty=duty.on_duty(session, at), next=told, by_rota=duty.by_rota(session))


@router.get("/rota/slots")
def slots(house: House, me: ApiUser, start: Moment, end: Moment) -> list[SlotTold]:  # noqa: ARG001
    """Return who is on duty between two moments, at most 93 days apart."""
    if not timedelta(0) < end - start <= LONGEST:
        raise RefusedError(say("Ask for a time that ends after it begins, and lasts 93 days at most."))
    if abs(start - house.clock()) > rota.AHEAD:
        raise RefusedError(say("Ask for a time within two years of today."))
    with house.store.reading() as session:
        return [SlotTold.model_validate(one) for one in duty.slots(session, start, end)]


@router.get("/rota")
def get_rota(house: House, me: ApiUser) -> RotaTold:  # noqa: ARG001 - the policy
    """Return what the rota is made of."""
    with house.store.reading() as session:
        row = rows.first(session)
        if row is None:
            raise NotFoundError(say("There is no rota yet."))
        held = rows.layers(session, row.id or 0)
        seats = rows.seats(session, [one.id or 0 for one in held])
        told = [
            {
                **one.model_dump(),
                "weekdays": [day for day in range(7) if one.weekdays >> day & 1],
                "seats": seats[one.id or 0],
            }
            for one in held
        ]
        layers = [LayerTold.model_validate(one) for one in told]
        return RotaTold.model_validate({**row.model_dump(), "layers": layers})


@router.put("/rota")
def set_up(house: House, me: ApiFounder, allowed: ApiSettings, given: FrameGiven) -> Id:  # noqa: ARG001 - the policy
    """Begin a rota, or change what holds for the whole of it."""
    frame = rota.Frame(given.zone, given.country, given.region, given.always)
    return made(house, rota.set_up, frame, me.id)


@router.post("/rota/preview")
def preview_frame(house: House, me: ApiFounder, given: FrameGiven) -> list[ChangeTold]:
    """Say what another zone, country or want would change in the next two weeks; nothing is kept."""
    frame = rota.Frame(given.zone, given.country, given.region, given.always)
    found = rota_preview.preview(house.store, lambda work: rota.set_up(work, frame, me.id))
    return [ChangeTold.model_validate(one) for one in found.changed]


@router.post("/rota/layers", status_code=201)
def add_layer(house: House, me: ApiFounder, allowed: ApiSettings, given: LayerGiven) -> Id:  # noqa: ARG001 - the policy
    """Add a layer."""
    with house.store.unit_of_work() as work:
        return Id(id=rota.save_layer(work, _rota(work.session), _layer(given), me.id))


@router.post("/rota/layers/preview")
def preview(house: House, me: ApiFounder, given: LayerGiven, layer_id: Number | None = None) -> list[ChangeTold]:
    """Say what saving a layer would change in the next two weeks; nothing is kept."""

    def edit(work: Work) -> None:
        rota.save_layer(work, _rota(work.session), _layer(given), me.id, layer_id)

    return [ChangeTold.model_validate(one) for one in rota_preview.preview(house.store, edit).changed]


@router.put("/rota/layers/{layer_id}")
def change_layer(house: House, me: ApiFounder, allowed: ApiSettings, layer_id: int, given: LayerGiven) -> Done:  # noqa: ARG001 - the policy
    """Write a layer anew."""
    with house.store.unit_of_work() as work:
        rota.save_layer(work, _rota(work.session), _layer(given), me.id, layer_id)
    return Done()


@router.delete("/rota/layers/{layer_id}")
def remove_layer(house: House, me: ApiFounder, allowed: ApiSettings, layer_id: int) -> Done:  # noqa: ARG001 - the policy
    """Let a layer serve no more."""
    with house.store.unit_of_work() as work:
        rota.remove_layer(work, _rota(work.session), layer_id, me.id)
    return Done()


@router.get("/rota/overrides")
def list_overrides(house: House, me: ApiUser) -> list[OverrideTold]:  # noqa: ARG001 - the policy
    """Return what is agreed for the year to come, 400 of it at most; of a swap with its number."""
    at = house.clock()
    with house.store.reading() as session:
        found = rows.overrides(session, _rota(session), at, at + rota.LONGEST)[: rota.AGREED]
    return [OverrideTold.model_validate(one) for one in found]


@router.post("/rota/overrides", status_code=201)
def override(house: House, me: ApiUser, given: OverrideGiven) -> Id:
    """Agree on something for a time; who is no founder may only add themselves."""
    if not me.founder and (given.kind, given.teammate_id) != ("add", me.id):
        raise RefusedError(say("Only a founder can agree on this for others."))
    agreed = rota.Agreed(given.kind, given.teammate_id, given.start, given.end, given.instead_of)
    with house.store.unit_of_work() as work:
        return Id(id=rota.override(work, _rota(work.session), agreed, me.id))


@router.delete("/rota/overrides/{override_id}")
def cancel_override(house: House, me: ApiFounder, override_id: int) -> Done:
    """Take back what was agreed."""
    return done(house, rota.cancel_override, override_id, me.id)


@router.post("/rota/take-over")
def take_over(house: House, me: ApiUser) -> Done:
    """Serve from now on, until the shift that runs ends."""
    return done(house, rota.take_over, me.id)


@router.post("/rota/hand-back")
def hand_back(house: House, me: ApiUser) -> Done:
    """Serve no longer instead of whose turn it is."""
    return done(house, rota.hand_back, me.id)


@router.get("/rota/holes")
def list_holes(house: House, me: ApiUser) -> list[HoleTold]:  # noqa: ARG001 - the policy
    """Return when nobody will be on duty in the next four weeks, how many usually write then, and who could serve."""
    at = house.clock()
    with house.store.reading() as session:
        number, ahead = _rota(session), duty.slots(session, at, at + WEEKS)
        found = rota_view.holes(session, number, ahead, at, UTC)
        load = _shares(session, ahead, at) if found else None
    return [
        HoleTold(start=one.slot.start, end=one.slot.end, usual=one.usual, best=load.best(one.slot) if load else None)
        for one in found
    ]


@router.get("/rota/load")
def get_load(house: House, me: ApiUser) -> LoadTold:  # noqa: ARG001 - the policy
    """Return who carries how much: what was served in twelve weeks, and what is planned for four."""
    at = house.clock()
    with house.store.reading() as session:
        found = _shares(session, duty.slots(session, at, at + WEEKS), at)
    return LoadTold(balance=found.balance, loads=[CarriedTold.model_validate(one) for one in found.loads])


def _shares(session: Session, ahead: list[Slot], at: datetime) -> rota_load.Shares:
    row = rows.first(session)
    if row is None:
        raise NotFoundError(say("There is no rota yet."))
    team = [one.id or 0 for one in teammates.active(session)]
    return rota_load.shares(session, row, ahead, team, at)


def _rota(session: Session) -> int:
    row = rows.first(session)
    if row is None or row.id is None:
        raise NotFoundError(say("There is no rota yet."))
    return row.id


def _layer(given: LayerGiven) -> rota.Given:
    return rota.Given(
        given.name,
        tuple(rota.Place(one.teammate_id, one.since, one.until) for one in given.seats),
        given.starts_on,
        time.fromisoformat(given.handover),
        given.unit,
        given.length,
        given.priority,
        frozenset(given.weekdays),
        tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in given.spans),
        given.skip_holidays,
        given.country,
        given.region,
        given.beside,
    )
