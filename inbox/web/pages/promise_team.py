"""The promise page of the team: now, the week, and the waits behind every figure. Strangers see /promise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response, StreamingResponse

from inbox.flow import audit, duty, review
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError
from inbox.flow.sign_in import Signed
from inbox.flow.spreadsheet import MARK, line
from inbox.say import say
from inbox.store import matter_rows, promise_figures, promise_rows, resolutions, teammates
from inbox.store.promise_figures import EVERYTHING, Only
from inbox.web import promise_page, promise_words
from inbox.web.deps import Founder, House, Me
from inbox.web.promise_page import HERE, After, Asked, Place
from inbox.web.render import done, page
from inbox.web.words import _

router = APIRouter(prefix=HERE)
SOON = timedelta(hours=8)
SHOWN = 20
"""So many of those who are due next are shown; the inbox shows them all."""
COLUMNS = ("wait", "conversation", "channel", "started_at", "due_at", "ended_at", "hours", "state", "person", "cause")
SPAN = 1_000


def _asked(
    week: str = "",
    of: str = "",
    channel: str = "",
    person: Annotated[int | None, Query(ge=0, lt=2**53)] = None,
    hour: Annotated[int | None, Query(ge=0, le=23)] = None,
) -> Asked:
    return Asked(week, of, channel, person, hour)


Figure = Annotated[Asked, Depends(_asked)]
"""The figure whose rows are asked for."""


@router.get("")
def team(request: Request, house: House, me: Me, week: str = "") -> Response:
    """Show what is due next, and how a week went; to founders by person, to others their own and the team's."""
    with house.store.reading() as session:
        place, names = promise_page.place_of(session, house.clock(), week), teammates.names(session)
        now = place.now
        week_told = promise_figures.week(session, place.span, now, place.zone)
        shown: dict[str, Any] = {
            "figures": week_told.figures,
            "mine": week_told.people.get(me.id, promise_figures.NONE),
            "groups": promise_page.groups(week_told, names),
            "due": promise_rows.due_until(session, now + SOON, now, SHOWN + 1),
            "on_duty": [names[one] for one in duty.on_duty(session, now) if one in names],
            "told": promise_page.trend(session, place),
            "matters": resolutions.figures(session, place.span.start, place.span.end)
            if resolutions.wanted(session)
            else None,
        }
    shown["chart"] = promise_page.trend_chart(shown["told"])
    shown["hours_chart"] = promise_page.hours_chart(shown["groups"].hours)
    return page(
        request, "promise/team.html", me=me, place=place, names=names, shown_due=SHOWN, say=promise_words, **shown
    )


@router.get("/waits")
def rows(request: Request, house: House, me: Me, asked: Figure, after: After = None) -> Response:
    """Show the waits behind a figure."""
    _may_see(me, asked.person)
    with house.store.reading() as session:
        place = promise_page.place_of(session, house.clock(), asked.week)
        only = promise_page.only_of(place, asked)
        found = promise_rows.page(session, place.span, place.now, only, after=after, limit=promise_rows.PAGE + 1)
        names = teammates.names(session)
    more = len(found) > promise_rows.PAGE
    shown: dict[str, Any] = {
        "rows": found[: promise_rows.PAGE],
        "older": place.rows(**asked.only(), after=found[promise_rows.PAGE - 1].id) if more else "",
        "csv": place.rows(**asked.only()).partition("?")[2],
        "title": _(promise_words.STATES[asked.of]),
        "only": only,
    }
    return page(request, "promise/waits.html", me=me, place=place, names=names, say=promise_words, **shown)


@router.get("/matters")
def matters(request: Request, house: House, me: Me, week: str = "", after: After = None) -> Response:
    """Show how long each matter of a week took as a whole, where a policy plans that."""
    with house.store.reading() as session:
        place = promise_page.place_of(session, house.clock(), week)
        found = matter_rows.page(session, place.span, after=after, limit=matter_rows.PAGE + 1)
    rows, more = found[: matter_rows.PAGE], len(found) > matter_rows.PAGE
    older = f"{HERE}/matters?week={place.week.name}&after={rows[-1].id}" if more else ""
    return page(request, "promise/matters.html", me=me, place=place, rows=rows, older=older, say=promise_words)


def _may_see(me: Signed, person: int | None) -> None:
    """Figures of one person are for founders and for that person."""
    if person is not None and person != me.id and not me.founder:
        raise NotFoundError(say("There is no such figure."))


@router.post("/csv")
def as_csv(house: House, me: Founder, asked: Figure) -> Response:
    """Download the waits behind a figure, for a spreadsheet."""
    with house.store.unit_of_work() as work:
        place = promise_page.place_of(work.session, work.now, asked.week)
        only = promise_page.only_of(place, asked)
        audit.record(work, me.id, "promise.exported", week=place.week.name)
    headers = {"Content-Disposition": f'attachment; filename="under24-promise-{place.week.name}.csv"'}
    return StreamingResponse(_lines(house, place, only), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(house: Context, place: Place, only: Only = EVERYTHING) -> Iterator[str]:
    # The mark at the beginning tells spreadsheets that this is UTF-8; programs that read CSV know to pass over it.
    yield MARK + line(COLUMNS)
    after: After = None
    with house.store.reading() as session:
        names = teammates.names(session)
        while found := promise_rows.page(session, place.span, place.now, only, after=after, limit=SPAN):
            for one in found:
                ended = one.closed_at.isoformat() if one.closed_at else ""
                took = ((one.closed_at or place.now) - one.started_at).total_seconds() / 3600
                yield line(
                    (
                        one.id,
                        one.conversation_id,
                        one.channel,
                        one.started_at.isoformat(),
                        one.due_at.isoformat(),
                        ended,
                        f"{took:.2f}",
                        one.state(place.now),
                        names.get(one.person, ""),
                        one.reviewed,
                    )
                )
            after = found[-1].id


@router.post("/zone")
def set_zone(request: Request, house: House, me: Founder, zone: Annotated[str, Form()] = "") -> Response:
    """Say in which zone weeks begin and hours are told."""
    with house.store.unit_of_work() as work:
        review.set_zone(work, zone, me.id)
    return done(request, HERE, _("Saved."))
