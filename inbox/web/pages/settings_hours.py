"""Opening hours: a week, what is different on some dates, whose public holidays are closed days, and what it means."""

from __future__ import annotations

from babel.dates import get_day_names
from fastapi import APIRouter, Request
from fastapi.responses import Response

from inbox.flow import days_off, open_time, opening_hours
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import policies
from inbox.store.tables import OpeningHours
from inbox.web import policy_form, policy_words
from inbox.web.choices import countries, zones
from inbox.web.deps import Founder, House, Sent
from inbox.web.language import locale
from inbox.web.render import done, page, zone_of
from inbox.web.words import _, tell
from rules.sla import Terms

router = APIRouter(prefix="/settings/promise/hours")
HERE = "/settings/promise"
EMPTY = {**{f"day{day}": "" for day in range(7)}, "name": "", "zone": "UTC", "country": "", "subdivision": ""}
WEEK = {**EMPTY, **{f"day{day}": "09:00-18:00" for day in range(5)}}


@router.get("/new")
def new(request: Request, house: House, me: Founder) -> Response:
    """Show the form of new opening hours."""
    return _form(request, house, me, {**WEEK, "zone": str(zone_of(request))}, None)


@router.post("/write")
def write(request: Request, house: House, me: Founder, form: Sent) -> Response:
    """Save opening hours, new or again; or say first what they mean."""
    given = {name: value[:20_000] for name, value in form.items() if isinstance(value, str)}
    hours_id = policy_form.number(given.get("hours", "")) or None
    try:
        draft = policy_form.hours(given)
        opening_hours.check(draft, house.clock())
        if "preview" in given:
            return _form(request, house, me, given, hours_id, meant=_meaning(house, draft))
        with house.store.unit_of_work() as work:
            opening_hours.save(work, me.id, draft, hours_id)
    except NotFoundError:
        raise
    except RefusedError as error:
        return _form(request, house, me, given, hours_id, problem=tell(error))
    return done(request, HERE, _("Saved. They count for whoever writes from now on; who waits keeps their deadline."))


@router.get("/{hours_id}")
def edit(request: Request, house: House, me: Founder, hours_id: int) -> Response:
    """Show the form of opening hours."""
    with house.store.reading() as session:
        found = session.get(OpeningHours, hours_id)
    if found is None or found.archived_at is not None:
        raise NotFoundError(say("These opening hours are not there any more."))
    draft = open_time.drafted(found)
    return _form(request, house, me, policy_form.written(draft), hours_id, meant=_meaning(house, draft))


@router.post("/{hours_id}/delete")
def delete(request: Request, house: House, me: Founder, hours_id: int) -> Response:
    """Delete opening hours that no policy counts in."""
    with house.store.unit_of_work() as work:
        opening_hours.archive(work, me.id, hours_id)
    return done(request, HERE, _("Deleted."))


def _meaning(house: Context, draft: open_time.Draft) -> list[str]:
    now = house.clock()
    calendar = open_time.compiled(draft, now)
    terms = Terms(duration=policy_words.HOUR, hours=calendar)
    with_an_hour = _("With one hour to answer: {example}").format(example=policy_words.example(terms, now))
    return [policy_words.openings(calendar, now), with_an_hour, *policy_words.closed_days(calendar, now)]


def _form(
    request: Request,
    house: Context,
    me: Signed,
    given: dict[str, str],
    hours_id: int | None,
    *,
    meant: list[str] | None = None,
    problem: str = "",
) -> Response:
    with house.store.reading() as session:
        used = policies.by_hours(session, hours_id) if hours_id else []
    shown = {
        "given": {**EMPTY, "exceptions": "", **given},
        "hours_id": hours_id,
        "used": used,
        "meant": meant or [],
        "problem": problem,
        "days": _days(),
        "zones": zones(),
        "countries": countries(),
        "subdivisions": ", ".join(days_off.countries().get(given.get("country", ""), ())[:60]),
    }
    return page(request, "terms/hours.html", me=me, status=422 if problem else 200, **shown)


def _days() -> list[str]:
    """Name the days, Monday first."""
    names = get_day_names("wide", locale=locale())
    return [names[day].capitalize() for day in range(7)]
