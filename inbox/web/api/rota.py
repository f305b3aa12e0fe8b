"""The rota: who is on duty, swaps, absences, layers, the note from one shift to the next, calendars."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Literal

from fastapi import APIRouter

from inbox.flow import absences, calendar_out, duty, handover, rota, rota_preview, rota_swaps
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import handovers, rota_away, rota_shifts
from inbox.store import rota as rows
from inbox.store.db import Session, Work
from inbox.web.api.calls import done, made
from inbox.web.api.given import Moment
from inbox.web.api.rota_shapes import (
    AbsenceGiven,
    AbsenceTold,
    ChangeTold,
    FrameGiven,
    HandoverTold,
    LayerGiven,
    LayerTold,
    LinkTold,
    NowTold,
    Number,
    OverrideGiven,
    RotaTold,
    SlotTold,
    SwapGiven,
    SwapTold,
    WordsGiven,
)
from inbox.web.api.route import ApiFounder, ApiRoute, ApiSettings, Limit
from inbox.web.api.shapes import Done, Id
from inbox.web.deps import ApiUser, House

router = APIRouter(route_class=ApiRoute, tags=["rota"])
LONGEST = timedelta(days=93)


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


# Swaps and absences ---------------------------------------------------------------------------------------------------


@router.get("/rota/swaps")
def list_swaps(house: House, me: ApiUser) -> list[SwapTold]:  # noqa: ARG001 - the policy
    """Return the swaps of shifts that are to come, whatever became of them."""
    with house.store.reading() as session:
        found = rota_shifts.swaps(session, _rota(session), house.clock())
    return [SwapTold.model_validate(one) for one in found]


@router.post("/rota/swaps", status_code=201)
def ask_swap(house: House, me: ApiUser, given: SwapGiven) -> Id:
    """Ask to be relieved of a time on duty."""
    return made(house, rota_swaps.ask, rota_swaps.Asked(given.start, given.end, given.wanted_id), me.id)


@router.post("/rota/swaps/{swap_id}/{answer}")
def answer_swap(house: House, me: ApiUser, swap_id: int, answer: Literal["accept", "decline", "cancel"]) -> Done:
    """Accept a swap, decline it, or take one's own back."""
    act = {"accept": rota_swaps.take, "decline": rota_swaps.decline, "cancel": rota_swaps.cancel}[answer]
    return done(house, act, swap_id, me.id)


@router.get("/rota/absences")
def list_absences(house: House, me: ApiUser) -> list[AbsenceTold]:  # noqa: ARG001 - the policy
    """Return who is away within a year, 500 times at most."""
    at = house.clock()
    with house.store.reading() as session:
        found = rota_away.absences(session, at, at + timedelta(days=366))[:500]
    return [AbsenceTold.model_validate(one) for one in found]


@router.post("/rota/absences", status_code=201)
def add_absence(house: House, me: ApiUser, given: AbsenceGiven) -> Id:
    """Say that one is away; a founder may say it of anyone."""
    return made(house, absences.add, given.teammate_id or me.id, given.start, given.end, me.id)


@router.delete("/rota/absences/{absence_id}")
def remove_absence(house: House, me: ApiUser, absence_id: int) -> Done:
    """Say that one is not away after all."""
    return done(house, absences.remove, absence_id, me.id)


# Notes and links ------------------------------------------------------------------------------------------------------


@router.get("/rota/handovers")
def list_handovers(
    house: House,
    me: ApiUser,  # noqa: ARG001 - the policy
    limit: Limit = 20,
) -> list[HandoverTold]:
    """Return the newest notes from one shift to the next."""
    with house.store.reading() as session:
        return [HandoverTold.model_validate(one) for one in handovers.newest(session, limit)]


@router.put("/rota/handover/words")
def write_words(house: House, me: ApiUser, given: WordsGiven) -> Done:
    """Keep what goes with the note when one's shift ends; no words take it back."""
    return done(house, handover.write, me.id, given.words)


@router.post("/rota/handovers/{handover_id}/take")
def take(house: House, me: ApiUser, handover_id: int) -> Done:
    """Say that one took over."""
    return done(house, handover.take, handover_id, me.id)


@router.post("/rota/calendar-link", status_code=201)
def make_link(house: House, me: ApiSettings) -> LinkTold:
    """Make the secret link to one's shifts; the one before leads nowhere from now on."""
    with house.store.unit_of_work() as work:
        token = calendar_out.make_link(work, me.id)
    return LinkTold(url=f"{house.settings.public_url}/rota/calendar/{token}.ics")


@router.delete("/rota/calendar-link")
def revoke_link(house: House, me: ApiUser) -> Done:
    """Let the link lead nowhere."""
    return done(house, calendar_out.revoke_link, me.id)


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
        beside=given.beside,
    )
