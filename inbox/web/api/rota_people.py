"""What people say of their own time: swaps, absences, public holidays, the note at the end of a shift, calendars."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from fastapi import APIRouter

from inbox.flow import absences, calendar_out, calendar_source, duty, handover, holidays, rota_swaps
from inbox.flow.calendar_in import Found
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import calendars, handovers, rota_away, rota_shifts
from inbox.store import rota as rows
from inbox.web.api.calls import done, made
from inbox.web.api.rota_shapes import (
    AbsenceGiven,
    AbsenceTold,
    AcceptGiven,
    AwayTold,
    CalendarFound,
    CalendarGiven,
    CalendarTold,
    HandoverTold,
    HolidayTold,
    KeepsGiven,
    KeepsTold,
    LinkTold,
    NoteTold,
    ServesGiven,
    SlotTold,
    SpanGiven,
    SwapGiven,
    SwapTold,
    WordsGiven,
)
from inbox.web.api.route import ApiRoute, ApiSettings, Limit
from inbox.web.api.shapes import Done, Id
from inbox.web.deps import ApiUser, House
from rules.zones import or_utc

router = APIRouter(route_class=ApiRoute, tags=["rota"])
YEAR = timedelta(days=366)
LISTED = 500


@router.get("/rota/swaps")
def list_swaps(house: House, me: ApiUser) -> list[SwapTold]:  # noqa: ARG001 - the policy
    """Return the swaps of shifts that are to come, whatever became of them."""
    with house.store.reading() as session:
        used = rows.in_use(session)
        if used is None:
            raise NotFoundError(say("There is no rota yet."))
        found = rota_shifts.swaps(session, used[0], house.clock())
    return [SwapTold.model_validate(one) for one in found]


@router.post("/rota/swaps", status_code=201)
def ask_swap(house: House, me: ApiUser, given: SwapGiven) -> Id:
    """Ask to be relieved of a time on duty; in somebody else's name only as a founder."""
    back = _span(given.back)
    asked = rota_swaps.Asked(given.start, given.end, given.wanted_id, given.in_return, back, given.teammate_id)
    return made(house, rota_swaps.ask, asked, me.id)


@router.post("/rota/swaps/{swap_id}/accept")
def accept_swap(house: House, me: ApiUser, swap_id: int, given: AcceptGiven | None = None) -> Done:
    """Accept a swap; `back` chooses the shift in return where that is asked; in another's name only as a founder."""
    given = given or AcceptGiven()
    return done(house, rota_swaps.take, swap_id, me.id, _span(given.back), given.teammate_id)


@router.post("/rota/swaps/{swap_id}/{answer}")
def answer_swap(house: House, me: ApiUser, swap_id: int, answer: Literal["decline", "cancel"]) -> Done:
    """Decline a swap, or take one's own back."""
    return done(house, {"decline": rota_swaps.decline, "cancel": rota_swaps.cancel}[answer], swap_id, me.id)


# Absences and public holidays -----------------------------------------------------------------------------------------


@router.get("/rota/absences")
def list_absences(house: House, me: ApiUser) -> list[AbsenceTold]:  # noqa: ARG001 - the policy
    """Return who is away within a year, 500 times at most."""
    at = house.clock()
    with house.store.reading() as session:
        found = rota_away.absences(session, at, at + YEAR)[:LISTED]
    return [AbsenceTold.model_validate(one) for one in found]


@router.post("/rota/absences", status_code=201)
def add_absence(house: House, me: ApiUser, given: AbsenceGiven) -> Id:
    """Say that one is away; a founder may say it of anyone."""
    return made(house, absences.add, given.teammate_id or me.id, given.start, given.end, me.id)


@router.post("/rota/absences/import")
def import_absences(house: House, me: ApiUser, given: CalendarGiven) -> CalendarFound:
    """Take over when a calendar file (its text) says that one is away; what a calendar said before goes."""
    if given.url:
        raise RefusedError(say("Send the calendar itself here: an address is followed by PUT /rota/calendar."))
    found = _looked(house, me, given)
    with house.store.unit_of_work() as work:
        changed = calendar_source.take(work, me.id, found.away, given.containing)
    return _told(found, changed)


@router.delete("/rota/absences/{absence_id}")
def remove_absence(house: House, me: ApiUser, absence_id: int) -> Done:
    """Say that one is not away after all."""
    return done(house, absences.remove, absence_id, me.id)


@router.get("/rota/holidays")
def list_holidays(house: House, me: ApiUser) -> list[HolidayTold]:  # noqa: ARG001 - the policy
    """Return the public holidays that the team keeps in the year to come, and who serves on them all the same."""
    with house.store.reading() as session:
        return [HolidayTold.model_validate(one) for one in holidays.coming(session, house.clock())]


@router.get("/rota/holidays/places")
def list_places(house: House, me: ApiUser) -> list[KeepsTold]:  # noqa: ARG001 - the policy
    """Return whose public holidays each keeps."""
    at = house.clock()
    with house.store.reading() as session:
        return [KeepsTold.model_validate(one) for one in rota_away.keeping(session, at, at)]


@router.put("/rota/holidays")
def keep_holidays(house: House, me: ApiUser, given: KeepsGiven) -> Done:
    """Say whose public holidays one keeps; a founder may say it of anyone."""
    place = (given.country.upper(), given.region)
    return done(house, holidays.keep, given.teammate_id or me.id, *place, me.id)


@router.put("/rota/holidays/{day}")
def serve_holiday(house: House, me: ApiUser, day: date, given: ServesGiven) -> Done:
    """Say that one serves on a public holiday of one's own, or keeps it after all."""
    return done(house, holidays.serve, given.teammate_id or me.id, day, me.id, on=given.serves)


# The note from one shift to the next ----------------------------------------------------------------------------------


@router.get("/rota/handover")
def note_now(house: House, me: ApiUser) -> NoteTold:
    """Return the note as it would go now, with one's own words."""
    at = house.clock()
    with house.store.reading() as session:
        serving, following = duty.on_duty(session, at), duty.next_slot(session, at)
        left, mine = handovers.left(session, serving, at), handovers.words(session, [me.id])
    told = SlotTold.model_validate(following) if following else None
    numbers = {kind: [one.conversation_id for one in items] for kind, items in left.items.items()}
    return NoteTold(on_duty=serving, next=told, left=numbers, words=mine[0].text if mine else "")


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


# Calendars ------------------------------------------------------------------------------------------------------------


@router.get("/rota/calendar")
def get_calendar(house: House, me: ApiUser) -> CalendarTold:
    """Return which calendars speak with one's rota; the link and the address themselves are told nowhere."""
    with house.store.reading() as session:
        link, source = calendars.link_of(session, me.id), calendars.source_of(session, me.id)
    told = source.model_dump() if source else {"host": "", "containing": "", "entries": 0, "read_at": None, "error": ""}
    return CalendarTold.model_validate({**told, "link_ending": link.ending if link else None})


@router.post("/rota/calendar/look")
def look_at_calendar(house: House, me: ApiUser, given: CalendarGiven) -> CalendarFound:
    """Say what a calendar holds, by its text or its address; nothing is kept."""
    return _told(_looked(house, me, given))


@router.put("/rota/calendar")
def follow_calendar(house: House, me: ApiSettings, given: CalendarGiven) -> CalendarFound:
    """Take over when the calendar at an address says that one is away, and read it again each hour."""
    if not given.url or given.calendar:
        raise RefusedError(say("Give the address of the calendar."))
    found = _looked(house, me, given)
    with house.store.unit_of_work() as work:
        changed = calendar_source.follow(work, house, given.url, found.away, given.containing, me.id)
    return _told(found, changed)


@router.delete("/rota/calendar")
def drop_calendar(house: House, me: ApiUser) -> Done:
    """Read one's own calendar no more; what it said of the time to come is forgotten."""
    return done(house, calendar_source.drop, me.id)


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


def _span(given: SpanGiven | None) -> rota_swaps.Span | None:
    return (given.start, given.end) if given else None


def _looked(house: Context, me: Signed, given: CalendarGiven) -> Found:
    """Read a calendar by the person's own clock; its text comes before its address."""
    if not given.calendar and not given.url:
        raise RefusedError(say("Choose a file, or give the address of a calendar."))
    body = given.calendar.encode("utf-8", "replace") if given.calendar else calendar_source.fetch(house, given.url)
    return calendar_source.look(body, house.clock(), or_utc(me.zone), given.containing)


def _told(found: Found, changed: int = 0) -> CalendarFound:
    away = [AwayTold(start=one.start, end=one.end) for one in found.away]
    return CalendarFound(away=away, passed=found.passed, odd=found.odd, more=found.more, changed=changed)
