"""Change the rota: its zone and holidays, its layers and who takes turns, what is agreed besides. For founders."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import rota, rota_preview
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import rota as rows
from inbox.store import teammates
from inbox.store.db import Session, Work
from inbox.store.tables import RotaLayer
from inbox.web import rota_form, rota_words
from inbox.web.choices import countries, zones
from inbox.web.deps import Founder, House, Sent
from inbox.web.render import done, page, zone_of
from inbox.web.words import _, tell

router = APIRouter(prefix="/rota/edit")
HERE = "/rota/edit"
Short = Annotated[str, Form(max_length=80)]
AHEAD = timedelta(days=366)


@router.get("")
def show(request: Request, house: House, me: Founder) -> Response:
    """Show what the rota is made of."""
    return _show(request, house, me)


@router.post("")
def save(
    request: Request,
    house: House,
    me: Founder,
    zone: Short = "",
    country: Short = "",
    region: Short = "",
    wanted: Short = "always",
    preview: Short = "",
) -> Response:
    """Save what holds for the whole rota, or say first what that would change."""
    frame = rota.Frame(zone, country.strip().upper(), region, wanted != "layers")
    try:
        if preview:
            seen = rota_preview.preview(house.store, lambda work: rota.set_up(work, frame, me.id))
            return _show(request, house, me, frame=frame, seen=seen)
        with house.store.unit_of_work() as work:
            rota.set_up(work, frame, me.id)
    except RefusedError as error:
        return _show(request, house, me, status=422, frame=frame, problem=tell(error))
    return done(request, HERE, _("Saved."))


@router.post("/overrides")
def override(
    request: Request,
    house: House,
    me: Founder,
    kind: Short = "",
    whom: Short = "",
    instead: Short = "",
    start: Short = "",
    end: Short = "",
) -> Response:
    """Agree on something for a time."""
    try:
        person, other = _number(whom), _number(instead) if kind == "replace" else None
        agreed = rota.Agreed(kind, person or 0, _local(start, request), _local(end, request), other)
        with house.store.unit_of_work() as work:
            rota.override(work, _rota(work), agreed, me.id)
    except RefusedError as error:
        return _show(request, house, me, status=422, problem=tell(error))
    return done(request, f"{HERE}#agreed", _("Saved. Whoever is affected is told."))


@router.post("/overrides/{override_id}/cancel")
def cancel_override(request: Request, house: House, me: Founder, override_id: int) -> Response:
    """Take back what was agreed."""
    with house.store.unit_of_work() as work:
        rota.cancel_override(work, override_id, me.id)
    return done(request, f"{HERE}#agreed", _("Taken back."))


# Layers ---------------------------------------------------------------------------------------------------------------


@router.get("/layers/new")
def new(request: Request, house: House, me: Founder) -> Response:
    """Show the form of a new layer."""
    here = house.clock().astimezone(zone_of(request))
    with house.store.reading() as session:
        highest = max((one.priority for one in _layers(session)), default=-1)
    form = rota_form.Form(starts_on=here.date().isoformat(), priority=str(highest + 1))
    return _form(request, house, me, form, None)


@router.get("/layers/{layer_id}")
def edit(request: Request, house: House, me: Founder, layer_id: int) -> Response:
    """Show the form of a layer."""
    with house.store.reading() as session:
        row = next((one for one in _layers(session) if one.id == layer_id), None)
        if row is None:
            raise NotFoundError(say("This layer is not there any more."))
        form = rota_form.of_row(row, rows.seats(session, [layer_id])[layer_id])
    return _form(request, house, me, form, layer_id)


@router.post("/layers/write")
def write(request: Request, house: House, me: Founder, form: Sent) -> Response:
    """Save a layer, or say first what it changes; the buttons beside people only move them about in the form."""
    given = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    names = ("who", "since", "until", "opens", "closes", "weekday")
    many = {name: [one.strip() for one in form.getlist(name) if isinstance(one, str)] for name in names}
    held, layer_id = rota_form.sent(given, many), _number(given.get("layer", ""))
    if given.get("move"):
        return _form(request, house, me, rota_form.moved(held, given["move"], given.get("joins", "")), layer_id)
    try:
        edit = _saving(rota_form.read(held), me.id, layer_id)
        if "preview" in given:
            return _form(request, house, me, held, layer_id, seen=rota_preview.preview(house.store, edit))
        with house.store.unit_of_work() as work:
            edit(work)
    except RefusedError as error:
        return _form(request, house, me, held, layer_id, status=422, problem=tell(error))
    return done(request, HERE, _("Saved. Whoever is affected is told."))


@router.post("/layers/{layer_id}/remove")
def remove(request: Request, house: House, me: Founder, layer_id: int) -> Response:
    """Let a layer serve no more."""
    with house.store.unit_of_work() as work:
        rota.remove_layer(work, _rota(work), layer_id, me.id)
    return done(request, HERE, _("Taken off. What was served stays known."))


def _saving(given: rota.Given, by: int, layer_id: int | None) -> Callable[[Work], object]:
    return lambda work: rota.save_layer(work, _rota(work), given, by, layer_id)


def _rota(work: Work) -> int:
    row = rows.first(work.session)
    if row is None or row.id is None:
        raise RefusedError(say("There is no rota yet."))
    return row.id


def _layers(session: Session) -> list[RotaLayer]:
    row = rows.first(session)
    return rows.layers(session, row.id or 0) if row else []


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _local(text: str, request: Request) -> datetime:
    zone: tzinfo = zone_of(request)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RefusedError(say("Say from when to when.")) from None


def _show(request: Request, house: Context, me: Signed, *, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
    now = house.clock()
    with house.store.reading() as session:
        row = rows.first(session)
        held = rows.layers(session, row.id or 0) if row else []
        seats = rows.seats(session, [one.id or 0 for one in held])
        agreed = rows.overrides(session, row.id or 0, now, now + AHEAD) if row else []
        kept = rota.Frame(row.zone, row.country, row.region, row.always) if row else rota.Frame(str(zone_of(request)))
        shown: dict[str, Any] = {
            "rota": row,
            "frame": kept,
            "layers": [(one, seats[one.id or 0]) for one in held],
            "agreed": [one for one in agreed if one.kind != "swap"][: rota.AGREED],
            "names": teammates.names(session),
            "team": [(one.id, one.name) for one in teammates.active(session)],
        }
    more = {"countries": countries(), "zones": zones(), "say": rota_words, "problem": "", "seen": None}
    return page(request, "rota/edit.html", me=me, status=status, **{**shown, **more, **told})


def _form(
    request: Request,
    house: Context,
    me: Signed,
    form: rota_form.Form,
    layer_id: int | None,
    *,
    status: int = 200,
    **told: Any,  # noqa: ANN401
) -> Response:
    with house.store.reading() as session:
        row = rows.first(session)
        names, team = teammates.names(session), [(one.id, one.name) for one in teammates.active(session)]
    if row is None:
        return done(request, HERE, _("Say first in which zone the rota is kept."))
    empty = {"problem": "", "seen": None}
    shown = {"form": form, "layer_id": layer_id, "names": names, "team": team, "rota": row, "say": rota_words}
    return page(request, "rota/layer.html", me=me, status=status, **{**empty, **shown, **told})
