"""The rota, for everybody: who answers now and in the weeks to come, one's own shifts, and who is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from inbox.flow import absences, rota
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import rota as rows
from inbox.store.db import Work
from inbox.web import rota_look, rota_view
from inbox.web.deps import House, Me
from inbox.web.errors import STATUS
from inbox.web.render import done, page, zone_of
from inbox.web.words import _, tell

router = APIRouter(prefix="/rota")
HERE = "/rota"
Short = Annotated[str, Form(max_length=60)]
Asked = Annotated[str, Query(max_length=20)]


@router.get("")
def show(request: Request, house: House, me: Me, day: Asked = "", who: Asked = "") -> Response:
    """Show the rota; day, who: what is looked up in it."""
    try:
        looked = rota_look.Asked(day_of(day) if day else None, named(who))
    except FlowError as error:
        return shown(request, house, me, error)
    return shown(request, house, me, looked=looked)


@router.post("/fill")
def fill(request: Request, house: House, me: Me, start: Short = "", end: Short = "", whom: Short = "") -> Response:
    """Let somebody serve where nobody would: oneself; a founder may name anyone."""
    person = (named(whom) if me.founder else None) or me.id

    def act(work: Work) -> None:
        add_to(work, rota.Agreed("add", person, instant(start), instant(end)), me.id)

    return acted(request, house, me, act, _("Filled. Whoever serves then is told."))


@router.post("/take-over")
def take_over(request: Request, house: House, me: Me) -> Response:
    """Serve from now on, until the shift that runs ends."""
    return acted(request, house, me, lambda work: rota.take_over(work, me.id), _("You are on duty now."))


@router.post("/hand-back")
def hand_back(request: Request, house: House, me: Me) -> Response:
    """Serve no longer instead of whose turn it is."""
    return acted(request, house, me, lambda work: rota.hand_back(work, me.id), _("Whose turn it is serves again."))


@router.post("/absences")
def be_away(
    request: Request,
    house: House,
    me: Me,
    first: Short = "",
    last: Short = "",
    opens: Short = "",
    closes: Short = "",
    whom: Short = "",
) -> Response:
    """Say that one is away; a founder may say it of anyone."""
    person = (named(whom) if me.founder else None) or me.id

    def act(work: Work) -> None:
        start, end = away_between(first, last, opens, closes, zone_of(request))
        absences.add(work, person, start, end, me.id)

    return acted(request, house, me, act, _("Noted. The rota goes round without them then."), "#away")


@router.post("/absences/{absence_id}/remove")
def be_back(request: Request, house: House, me: Me, absence_id: int) -> Response:
    """Say that one is not away after all."""
    return acted(request, house, me, lambda work: absences.remove(work, absence_id, me.id), _("Taken back."), "#away")


# What the rota's forms send, and what they are answered ---------------------------------------------------------------


def acted(
    request: Request, house: Context, me: Signed, act: Callable[[Work], object], said: str, where: str = ""
) -> Response:
    """Do something in one transaction and say so on the rota's page; what is refused is said there, too."""
    try:
        with house.store.unit_of_work() as work:
            act(work)
    except FlowError as error:
        return shown(request, house, me, error)
    return done(request, HERE + where, said)


def named(whom: str) -> int | None:
    """Read which teammate a form names, None for nobody in particular."""
    return int(whom) if whom.isascii() and whom.isdigit() and len(whom) < 19 else None


def instant(text: str) -> datetime:
    """Read an exact time that one of our forms sends."""
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise RefusedError(say("This time cannot be read."))


def day_of(text: str) -> date:
    """Read a day that a form sends."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RefusedError(say("This is no day of the calendar.")) from None


def away_between(first: str, last: str, opens: str, closes: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """Read days, the last one too, and hours where they are given, on the reader's own clock."""
    try:
        start = datetime.fromisoformat(f"{first}T{opens or '00:00'}").replace(tzinfo=zone)
        end = datetime.fromisoformat(f"{last or first}T{closes or '00:00'}").replace(tzinfo=zone)
        end = end if closes else end + timedelta(days=1)
        return start.astimezone(UTC), end.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RefusedError(say("Give the first day, and the last one.")) from None


def add_to(work: Work, agreed: rota.Agreed, by: int) -> None:
    """Agree on something of the rota that is in use."""
    used = rows.in_use(work.session)
    if used is None:
        raise RefusedError(say("There is no rota yet."))
    rota.override(work, used[0], agreed, by)


def shown(
    request: Request,
    house: Context,
    me: Signed,
    error: FlowError | None = None,
    looked: rota_look.Asked = rota_view.NOTHING,
) -> Response:
    """Show the rota, and what was refused."""
    with house.store.reading() as session:
        scene = rota_view.scene(session, me, house.clock(), zone_of(request), looked)
    status = STATUS.get(type(error), 422) if error else 200
    return page(request, "rota/page.html", me=me, status=status, problem=tell(error) if error else "", **scene)
