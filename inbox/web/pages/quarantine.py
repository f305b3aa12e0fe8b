"""Quarantine: what could not be read, why, the original as plain text, and what to do with it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import quarantine as verbs
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, ReasonNeededError
from inbox.store import arrivals, quarantine, standins
from inbox.store.quarantine import PAGE, Row
from inbox.web.deps import House, Me
from inbox.web.render import done, page
from inbox.web.words import _, tell

router = APIRouter(prefix="/quarantine")
SHOWN = 100_000
"""Characters of an original that are shown; all of it can be saved."""


@router.get("")
def list_quarantine(request: Request, house: House, me: Me, before: int | None = None) -> Response:
    """Show what waits for a person's look."""
    with house.store.reading() as session:
        rows = quarantine.page(session, state="quarantined", before=before, limit=PAGE + 1)
        number = quarantine.count_set_aside(session)
    following = rows[PAGE - 1].id if len(rows) > PAGE else None
    return page(request, "quarantine/page.html", me=me, rows=rows[:PAGE], number=number, following=following)


@router.get("/{arrival_id}")
def show(request: Request, house: House, me: Me, arrival_id: int) -> Response:
    """Show one arrival with its original as text; nothing in it is run, loaded or linked."""
    row, raw = _original(house, arrival_id)
    text = raw[: SHOWN * 2].decode("utf-8", "replace")[:SHOWN]
    shown = "".join(
        letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in text.replace("\r\n", "\n")
    )
    return page(
        request,
        "quarantine/one.html",
        me=me,
        row=row,
        text=shown,
        cut=len(raw) > len(text.encode()),
        problem="",
        stands=_stands(house, row),
    )


@router.get("/{arrival_id}/raw")
def save(house: House, me: Me, arrival_id: int) -> Response:  # noqa: ARG001 - the policy
    """Save the original, byte for byte."""
    _row, raw = _original(house, arrival_id)
    headers = {"Content-Disposition": f'attachment; filename="arrival-{arrival_id}.eml"'}
    return Response(raw, media_type="application/octet-stream", headers=headers)


@router.post("/{arrival_id}/retry")
def retry(request: Request, house: House, me: Me, arrival_id: int) -> Response:
    """Read it again."""
    with house.store.unit_of_work() as work:
        verbs.retry(work, arrival_id, me.id)
    house.bells.arrived.ring()
    return done(request, "/quarantine", _("It is being read again."))


@router.post("/{arrival_id}/discard")
def discard(
    request: Request, house: House, me: Me, arrival_id: int, reason: Annotated[str, Form(max_length=500)] = ""
) -> Response:
    """Let go of it, with a reason."""
    try:
        with house.store.unit_of_work() as work:
            verbs.discard(work, arrival_id, me.id, reason)
    except ReasonNeededError as error:
        row, _raw = _original(house, arrival_id)
        shown = {"row": row, "text": "", "cut": False, "problem": tell(error), "stands": _stands(house, row)}
        return page(request, "quarantine/one.html", me=me, status=422, **shown)
    return done(request, "/quarantine", _("Discarded. The original and your reason are kept."))


@router.post("/{arrival_id}/accept")
def accept(request: Request, house: House, me: Me, arrival_id: int) -> Response:
    """It was a person: take what was ignored as their message."""
    with house.store.unit_of_work() as work:
        verbs.accept(work, arrival_id, me.id)
    house.bells.arrived.ring()
    return done(request, "/ledger/ignored", _("It is being taken as a person's. They wait since it came."))


def _stands(house: Context, row: Row) -> int | None:
    """Return the conversation in which whoever wrote it waits."""
    with house.store.reading() as session:
        found = standins.of_raws(session, row.account_id, [row.sha256]).get(row.sha256)
    return found.conversation_id if found else None


def _original(house: Context, arrival_id: int) -> tuple[Row, bytes]:
    with house.store.reading() as session:
        row = quarantine.get(session, arrival_id)
        raw = arrivals.raw(session, row.sha256) if row else None
    if row is None or raw is None:
        raise NotFoundError(verbs.GONE)
    return row, raw
