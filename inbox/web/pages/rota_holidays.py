"""Public holidays of each teammate: whose they keep, and on which of them they serve. Founders see to everybody's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import days_off, holidays
from inbox.flow.context import Context
from inbox.flow.errors import FlowError
from inbox.flow.sign_in import Signed
from inbox.store import rota_away, teammates
from inbox.store.db import Session, Work
from inbox.web import words
from inbox.web.choices import countries
from inbox.web.deps import House, Me
from inbox.web.errors import STATUS
from inbox.web.language import language
from inbox.web.pages.rota import day_of, named
from inbox.web.render import done, page
from inbox.web.words import _, tell

router = APIRouter(prefix="/rota/holidays")
HERE = "/rota/holidays"
LISTED = 40
Short = Annotated[str, Form(max_length=60)]


@router.get("")
def show(request: Request, house: House, me: Me) -> Response:
    """Show whose holidays each keeps, and the reader's own in the year to come."""
    return _show(request, house, me)


@router.post("")
def keep(request: Request, house: House, me: Me, whom: Short = "", country: Short = "", region: Short = "") -> Response:
    """Say whose holidays somebody keeps."""
    chosen = (country.strip().upper(), region)

    def act(work: Work) -> None:
        holidays.keep(work, named(whom) or me.id, *chosen, me.id)

    return _acted(request, house, me, act, _("Saved. The rota goes round them then."))


@router.post("/serve")
def serve(request: Request, house: House, me: Me, whom: Short = "", day: Short = "", serves: Short = "") -> Response:
    """Say that somebody serves on a holiday of theirs, or keeps it after all."""

    def act(work: Work) -> None:
        holidays.serve(work, named(whom) or me.id, day_of(day), me.id, on=bool(serves))

    return _acted(request, house, me, act, _("Saved."))


def _acted(request: Request, house: Context, me: Signed, act: Callable[[Work], None], said: str) -> Response:
    try:
        with house.store.unit_of_work() as work:
            act(work)
    except FlowError as error:
        return _show(request, house, me, error)
    return done(request, HERE, said)


def _show(request: Request, house: Context, me: Signed, error: FlowError | None = None) -> Response:
    with house.store.reading() as session:
        shown = _gathered(session, house.clock(), me)
    status = STATUS.get(type(error), 422) if error else 200
    problem = tell(error) if error else ""
    return page(request, "rota/holidays.html", me=me, status=status, problem=problem, countries=countries(), **shown)


def _gathered(session: Session, now: datetime, me: Signed) -> dict[str, Any]:
    coming = holidays.coming(session, now, language=language())
    mine = [one for one in coming if one.teammate_id == me.id]
    known = dict(countries())
    kept = {
        one.teammate_id: f"{known.get(one.country, one.country)} {one.region}".strip()
        for one in rota_away.keeping(session, now, now)
    }
    served = [one for one in coming if one.serves and one.teammate_id != me.id]
    place = rota_away.place(session, me.id)
    return {
        "place": place,
        "regions": days_off.countries().get(place.country, ()) if place else (),
        "mine": [(one, _said(one)) for one in mine[:LISTED]],
        "kept": kept,
        "served": [(one, _said(one)) for one in served[:LISTED]],
        "names": teammates.names(session),
        "team": [(one.id, one.name) for one in teammates.active(session)],
    }


def _said(one: holidays.Day) -> str:
    return words.said(datetime.combine(one.day, time(12), UTC), "EEE d MMM")
