"""Imports: a file in, its progress, and people as a CSV out again."""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from inbox.flow import data_jobs, imports, people_file
from inbox.flow.context import Context
from inbox.flow.errors import FlowError, NotFoundError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import accounts
from inbox.store import data_jobs as rows
from inbox.web.deps import Founder, House
from inbox.web.render import done, fragment, page
from inbox.web.words import N_, _, tell

router = APIRouter(prefix="/settings/imports")
HERE = "/settings/imports"
SHOWN = 20
SPARE = 512 * 1024 * 1024
"""Bytes of the disk that a file must leave free."""
Text = Annotated[str, Form(max_length=300)]
Asked = Annotated[str, Query(max_length=300)]
KINDS = {
    "mail": N_("Mail: an mbox, a single mail, or a zip of mailboxes"),
    "zendesk": N_("Zendesk: its JSON export, also zipped"),
    "helpscout": N_("Help Scout: conversations of its API with their threads"),
    "chatwoot": N_("Chatwoot: conversations of its API with their messages"),
    "contacts": N_("People: a CSV with one person a line"),
}
STATES = {
    "waiting": N_("Begins in a moment"),
    "running": N_("Under way"),
    "done": N_("Done"),
    "failed": N_("Broke off"),
}
FIELDS = {
    "": N_("leave it out"),
    "name": N_("their name"),
    "first": N_("their first name"),
    "last": N_("their last name"),
    "mail": N_("a mail address"),
    "phone": N_("a phone number"),
    "notes": N_("notes for the team"),
    "attribute": N_("an attribute of that name"),
}
COUNTS = {
    "rows": N_("lines"),
    "new": N_("new people"),
    "known": N_("known already"),
    "nobody": N_("without an address or number"),
    "two": N_("that name two different people"),
    "erased": N_("of people who were erased, left out"),
    "talks": N_("conversations"),
    "messages": N_("messages"),
    "notes": N_("notes"),
    "left_out": N_("conversations in which nothing was said"),
    "failures": N_("that could not be taken in"),
    "arrivals": N_("mails"),
    "new_messages": N_("new messages"),
    "duplicates": N_("known already"),
    "ignored": N_("from machines, ignored with a reason"),
    "quarantined": N_("not readable, kept in quarantine"),
    "pending": N_("still to be read"),
}
_TOKEN = re.compile(r"[0-9a-f]{32}")


@router.get("")
def list_imports(request: Request, house: House, me: Founder) -> Response:
    """Show what can be imported, and what was."""
    return _show(request, house, me)


@router.get("/work")
def work_list(request: Request, house: House, me: Founder) -> Response:
    """Show how far the imports are."""
    return fragment(request, "imports/work.html", me=me, **_work(house))


@router.get("/people.csv")
def people(house: House, me: Founder) -> Response:  # noqa: ARG001 - `me` is the policy
    """Hand out everybody as a CSV, line by line."""

    def lines() -> Any:  # noqa: ANN401 - a stream of text
        with house.store.reading() as session:
            yield from people_file.lines(session)

    headers = {"Content-Disposition": 'attachment; filename="people.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("/file")
async def receive(
    request: Request, house: House, me: Founder, kind: Asked = "", account: int = 0, name: Asked = ""
) -> Response:
    """Take a file as the body of the request, of any size: written to disk piece by piece as it comes."""
    path = _new_file(house)
    try:
        with path.open("xb") as file:
            path.chmod(0o600)
            async for piece in request.stream():
                await run_in_threadpool(file.write, piece)
        where = await run_in_threadpool(_accept, house, me, path, kind, account, name)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Response(status_code=204, headers={"HX-Redirect": where})


@router.post("")
def upload(
    request: Request,
    house: House,
    me: Founder,
    file: Annotated[UploadFile, File()],
    kind: Text = "",
    account: Annotated[int, Form()] = 0,
) -> Response:
    """Take a file from a browser without scripts."""
    path = _new_file(house)
    try:
        with path.open("xb") as copy:
            path.chmod(0o600)
            shutil.copyfileobj(file.file, copy)
        where = _accept(house, me, path, kind, account, file.filename or "")
    except FlowError as error:
        path.unlink(missing_ok=True)
        return _show(request, house, me, status=422, problem=tell(error))
    return done(request, where)


@router.get("/people/{token}")
def columns(request: Request, house: House, me: Founder, token: str) -> Response:
    """Show the first lines of a CSV, and ask what its columns hold."""
    return _columns(request, house, me, token)


async def _sent(request: Request) -> list[str]:
    """Return what was said of each column, in their order."""
    sent = await request.form(max_fields=300)
    return [value for name, value in sent.multi_items() if name == "column" and isinstance(value, str)]


@router.post("/people/{token}")
def import_people(
    request: Request, house: House, me: Founder, token: str, chosen: Annotated[list[str], Depends(_sent)]
) -> Response:
    """Begin to import people."""
    path = _file(house, token)
    try:
        mapping = people_file.checked(people_file.shape(path), chosen)
    except RefusedError as error:
        return _columns(request, house, me, token, status=422, problem=tell(error), chosen=chosen)
    with house.store.unit_of_work() as work:
        imports.ask(work, "contacts", path.name, me.id, columns=mapping, name="CSV")
    return done(request, f"{HERE}#work", _("The import has begun."))


def _new_file(house: Context) -> Path:
    folder = data_jobs.folder(house)
    if shutil.disk_usage(folder).free < SPARE:
        raise RefusedError(say("The disk is nearly full: make room first."))
    return folder / f"upload-{secrets.token_hex(16)}"


def _file(house: Context, token: str) -> Path:
    path = data_jobs.folder(house) / f"upload-{token}"
    if not _TOKEN.fullmatch(token) or not path.is_file():
        raise NotFoundError(say("The file is not on this machine any more: give it again."))
    return path


def _accept(house: Context, me: Signed, path: Path, kind: str, account: int, name: str) -> str:
    """Queue the import of a file; returns where to go. People go by a page that asks about columns."""
    if path.stat().st_size == 0:
        raise RefusedError(say("The file is empty: choose another."))
    if kind == "contacts":
        people_file.shape(path)
        return f"{HERE}/people/{path.name.removeprefix('upload-')}"
    with house.store.unit_of_work() as work:
        imports.ask(work, kind, path.name, me.id, account=account, name=name[:200])
    return f"{HERE}#work"


def _work(house: Context) -> dict[str, Any]:
    with house.store.reading() as session:
        jobs = rows.newest(session, ("import",), SHOWN)
    busy = any(job.state in {"waiting", "running"} for job in jobs)
    return {"jobs": jobs, "busy": busy, "kinds": KINDS, "states": STATES, "counts_in_words": COUNTS}


def _show(request: Request, house: Context, me: Signed, *, status: int = 200, problem: str = "") -> Response:
    with house.store.reading() as session:
        mailboxes = [one for one in accounts.all_accounts(session) if one.kind == "mail"]
    values = {"mailboxes": mailboxes, "problem": problem}
    return page(request, "imports/page.html", me=me, status=status, **{**_work(house), **values})


def _columns(
    request: Request,
    house: Context,
    me: Signed,
    token: str,
    *,
    status: int = 200,
    problem: str = "",
    chosen: list[str] | None = None,
) -> Response:
    shape = people_file.shape(_file(house, token))
    now = chosen if chosen and len(chosen) == len(shape.columns) else shape.guesses
    values = {"shape": shape, "chosen": now, "fields": FIELDS, "token": token, "problem": problem}
    return page(request, "imports/columns.html", me=me, status=status, **values)
