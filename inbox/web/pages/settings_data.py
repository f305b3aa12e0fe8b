"""The data itself: what one person may have of it, when it is forgotten, and how long it is kept."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import FileResponse, Response
from starlette.background import BackgroundTask

from inbox.flow import data_jobs, erase, person_export, retention
from inbox.flow.context import Context
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import Signed
from inbox.store import belongings, contacts
from inbox.store import data_jobs as rows
from inbox.web.deps import Founder, House
from inbox.web.render import done, fragment, page
from inbox.web.words import N_, _, tell

router = APIRouter(prefix="/settings/data")
HERE = "/settings/data"
SHOWN = 20
Text = Annotated[str, Form(max_length=300)]
KINDS = {"export": N_("Export of a person"), "erase": N_("Erasure of a person"), "import": N_("Import")}
STATES = {
    "waiting": N_("Begins in a moment"),
    "running": N_("Under way"),
    "done": N_("Done"),
    "failed": N_("Broke off"),
}


@router.get("")
def data(
    request: Request,
    house: House,
    me: Founder,
    q: Annotated[str, Query(max_length=300)] = "",
    months: Annotated[int | None, Query(ge=0, le=retention.MOST)] = None,
) -> Response:
    """Show how long things are kept, find a person, and list the work on the data."""
    return _show(request, house, me, said=q, months=months)


@router.get("/work")
def work_list(request: Request, house: House, me: Founder) -> Response:
    """Show how far the work is."""
    return fragment(request, "records/work.html", me=me, **_work(house))


@router.get("/people/{contact_id}")
def person(request: Request, house: House, me: Founder, contact_id: int) -> Response:
    """Show what is held about a person, and what may be done with it."""
    return _person(request, house, me, contact_id)


@router.post("/people/{contact_id}/export")
def export_person(request: Request, house: House, me: Founder, contact_id: int) -> Response:
    """Begin an export."""
    with house.store.unit_of_work() as work:
        person_export.ask(work, contact_id, me.id)
    return done(request, f"{HERE}#work", _("The export is being made. It can be fetched here, once, for a week."))


@router.post("/people/{contact_id}/erase")
def erase_person(
    request: Request, house: House, me: Founder, contact_id: int, sure: Text = "", name: Text = ""
) -> Response:
    """Begin an erasure, if whoever asks has typed the person's name and is sure."""
    with house.store.reading() as session:
        found = contacts.get(session, contact_id)
    if found is not None and (sure != "yes" or name.strip().casefold() != found.name.strip().casefold()):
        problem = _("Tick the box and type the name as it stands above: this cannot be undone.")
        return _person(request, house, me, contact_id, status=422, problem=problem)
    with house.store.unit_of_work() as work:
        erase.ask(work, contact_id, me.id)
    return done(request, f"{HERE}#work", _("It is being erased. What is gone already stays gone."))


@router.post("/jobs/{job_id}/fetch")
def fetch(house: House, me: Founder, job_id: int) -> Response:
    """Hand out an export, once."""
    with house.store.unit_of_work() as work:
        name = person_export.take(work, job_id, me.id)
    path = data_jobs.folder(house) / name
    gone = BackgroundTask(path.unlink, missing_ok=True)
    headers = {"Cache-Control": "no-store"}
    return FileResponse(
        path, filename=f"person-{job_id}.zip", media_type="application/zip", headers=headers, background=gone
    )


@router.post("/retention")
def set_retention(request: Request, house: House, me: Founder, months: Text = "") -> Response:
    """Keep closed conversations for so many months."""
    try:
        number = int(months or 0)
    except ValueError:
        number = -1
    try:
        with house.store.unit_of_work() as work:
            retention.set_months(work, number, me.id)
    except RefusedError as error:
        return _show(request, house, me, status=422, problem=tell(error))
    return done(request, HERE, _("Saved."))


def _work(house: Context) -> dict[str, Any]:
    with house.store.reading() as session:
        jobs = rows.newest(session, ("export", "erase"), SHOWN)
        names = contacts.names(session, [int(job.asked.get("contact", 0)) for job in jobs])
    busy = any(job.state in {"waiting", "running"} for job in jobs)
    return {"jobs": jobs, "names": names, "busy": busy, "kinds": KINDS, "states": STATES}


def _show(
    request: Request,
    house: Context,
    me: Signed,
    *,
    status: int = 200,
    said: str = "",
    months: int | None = None,
    problem: str = "",
) -> Response:
    with house.store.reading() as session:
        kept = retention.months(session)
        asked = kept if months is None else months
        outlook = retention.outlook(session, asked, house.clock())
        found = contacts.find(session, said) if said else []
    values = {"asked": asked, "outlook": outlook, "found": found, "said": said, "problem": problem}
    return page(request, "records/page.html", me=me, status=status, **{**_work(house), **values, "months_kept": kept})


def _person(
    request: Request, house: Context, me: Signed, contact_id: int, *, status: int = 200, problem: str = ""
) -> Response:
    refused = ""
    with house.store.unit_of_work() as work:
        try:
            erase.find(work, contact_id)
        except RefusedError as error:
            refused = tell(error)
    with house.store.reading() as session:
        found = contacts.get(session, contact_id)
        extent, known = belongings.extent(session, contact_id), contacts.identities_of(session, contact_id)
    values = {"who": found, "extent": extent, "known": known, "refused": refused, "problem": problem}
    return page(request, "records/person.html", me=me, status=status, **values)
