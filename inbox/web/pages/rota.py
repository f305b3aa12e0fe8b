"""The rota, for everybody: who answers now and in the weeks to come, one's own shifts, swaps, and who is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import absences, rota, rota_swaps
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import rota as rows
from inbox.store.db import Work
from inbox.web import rota_view
from inbox.web.deps import House, Me
from inbox.web.errors import STATUS
from inbox.web.render import done, page, zone_of
from inbox.web.words import _, tell

router = APIRouter(prefix="/rota")
HERE = "/rota"
Short = Annotated[str, Form(max_length=60)]


@router.get("")
def show(request: Request, house: House, me: Me) -> Response:
    """Show the rota."""
    return _show(request, house, me)


@router.post("/swaps")
def ask(request: Request, house: House, me: Me, start: Short = "", end: Short = "", whom: Short = "") -> Response:
    """Ask for a swap of one of one's own shifts."""
    try:
        wanted = named(whom)
        asked = rota_swaps.Asked(instant(start), instant(end), wanted)
        with house.store.unit_of_work() as work:
            rota_swaps.ask(work, asked, me.id)
    except FlowError as error:
        return _show(request, house, me, error)
    return done(request, f"{HERE}#swaps", _("Asked. The request ends by itself when the shift begins."))


@router.post("/swaps/{swap_id}/accept")
def accept(request: Request, house: House, me: Me, swap_id: int) -> Response:
    """Serve instead of a colleague; only the first who accepts does."""
    try:
        with house.store.unit_of_work() as work:
            rota_swaps.take(work, swap_id, me.id)
    except FlowError as error:
        return _show(request, house, me, error)
    return done(request, f"{HERE}#swaps", _("The shift is yours."))


@router.post("/swaps/{swap_id}/decline")
def decline(request: Request, house: House, me: Me, swap_id: int) -> Response:
    """Say no to a swap."""
    try:
        with house.store.unit_of_work() as work:
            rota_swaps.decline(work, swap_id, me.id)
    except FlowError as error:
        return _show(request, house, me, error)
    return done(request, f"{HERE}#swaps", _("Declined. Your colleague is told."))


@router.post("/swaps/{swap_id}/cancel")
def cancel(request: Request, house: House, me: Me, swap_id: int) -> Response:
    """Ask for a swap no longer."""
    try:
        with house.store.unit_of_work() as work:
            rota_swaps.cancel(work, swap_id, me.id)
    except FlowError as error:
        return _show(request, house, me, error)
    return done(request, f"{HERE}#swaps", _("Taken back."))


@router.post("/fill")
def fill(request: Request, house: House, me: Me, start: Short = "", end: Short = "", whom: Short = "") -> Response:
    """Let somebody serve where nobody would: oneself; a founder may name anyone."""
    person = (named(whom) if me.founder else None) or me.id
    try:
        with house.store.unit_of_work() as work:
            add_to(work, rota.Agreed("add", person, instant(start), instant(end)), me.id)
    except FlowError as error:
        return _show(request, house, me, error)
    return done(request, HERE, _("Filled. Whoever serves then is told."))


@router.post("/take-over")
def take_over(request: Request, house: House, me: Me) -> Response:
    """Serve from now on, until the shift that runs ends."""
    try:
        with house.store.unit_of_work() as work:
            rota.take_over(work, me.id)
    except FlowError as error:
        return _show(request, house, me, error)
    return done(request, HERE, _("You are on duty now."))


@router.post("/hand-back")
def hand_back(request: Request, house: House, me: Me) -> Response:
    """Serve no longer instead of whose turn it is."""
    try:
        with house.store.unit_of_work() as work:
            rota.hand_back(work, me.id)
    except FlowError as error:
        return _show(request, house, me, error)
    return done(request, HERE, _("Whose turn it is serves again."))


# Who is away ----------------------------------------------------------------------------------------------------------


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
    try:
        start, end = away_between(first, last, opens, closes, zone_of(request))
        with house.store.unit_of_work() as work:
            absences.add(work, person, start, end, me.id)
    except FlowError as error:
        return _show(request, house, me, error)
    return done(request, f"{HERE}#away", _("Noted. The rota goes round without them then."))


@router.post("/absences/{absence_id}/remove")
def be_back(request: Request, house: House, me: Me, absence_id: int) -> Response:
    """Say that one is not away after all."""
    try:
        with house.store.unit_of_work() as work:
            absences.remove(work, absence_id, me.id)
    except FlowError as error:
        return _show(request, house, me, error)
    return done(request, f"{HERE}#away", _("Taken back."))


# Times ----------------------------------------------------------------------------------------------------------------


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


def _show(request: Request, house: Context, me: Signed, error: FlowError | None = None) -> Response:
    with house.store.reading() as session:
        shown = rota_view.scene(session, me, house.clock(), zone_of(request))
    status = STATUS.get(type(error), 422) if error else 200
    return page(request, "rota/page.html", me=me, status=status, problem=tell(error) if error else "", **shown)
