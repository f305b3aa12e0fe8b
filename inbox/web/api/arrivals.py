"""What arrived: the ledger (law 2), quarantine, the feed of changes, and how a mail would be understood."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from connectors.contract import Arrival
from connectors.errors import Unreadable
from inbox.flow import quarantine as verbs
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.store import accounts, arrivals, changes, quarantine
from inbox.store.tables import Account
from inbox.web.api.calls import done
from inbox.web.api.given import Reason
from inbox.web.api.route import ApiRoute, Cursor, Limit
from inbox.web.api.shapes import Arrivals, ArrivalTold, Changes, ChangeTold, Done, Ledger, LedgerLine
from inbox.web.deps import ApiUser, House

router = APIRouter(route_class=ApiRoute, tags=["arrivals"])
State = Literal["pending", "threaded", "duplicate", "quarantined", "ignored"]
LARGEST = 40 * 1024 * 1024


@router.get("/ledger")
def ledger(house: House, me: ApiUser) -> Ledger:  # noqa: ARG001 - the policy
    """Count what arrived and what became of it; `balanced` is law 2."""
    with house.store.reading() as session:
        known, tallies = accounts.all_accounts(session), arrivals.ledger(session)
    total, nothing = arrivals.total(tallies.values()), arrivals.tally({})
    lines = [
        LedgerLine(
            account_id=one.id or 0,
            address=one.address,
            caught_up_at=one.caught_up_at,
            **asdict(tallies.get(one.id or 0, nothing)),
        )
        for one in known
    ]
    return Ledger(**asdict(total), balanced=total.balanced, accounts=lines)


@router.get("/arrivals")
def list_arrivals(
    house: House,
    me: ApiUser,  # noqa: ARG001 - the policy
    state: State | None = None,
    account_id: int | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Arrivals:
    """Return arrivals newest first; `state=quarantined` is the quarantine."""
    if cursor and not (cursor.isascii() and cursor.isdigit()):
        raise NotFoundError("This cursor is not one of ours.")
    before = int(cursor) if cursor else None
    with house.store.reading() as session:
        rows = quarantine.page(session, state=state, account_id=account_id, before=before, limit=limit + 1)
    told = [ArrivalTold.model_validate(row) for row in rows[:limit]]
    return Arrivals(arrivals=told, next=str(told[-1].id) if len(rows) > limit else None)


@router.get("/arrivals/{arrival_id}/raw", response_class=Response)
def raw(house: House, me: ApiUser, arrival_id: int) -> Response:  # noqa: ARG001 - the policy
    """Return what was received, byte for byte, to be saved and not shown."""
    with house.store.reading() as session:
        row = quarantine.get(session, arrival_id)
        data = arrivals.raw(session, row.sha256) if row else None
    if data is None:
        raise NotFoundError("This arrival is not there any more.")
    shown = {"Content-Disposition": f'attachment; filename="arrival-{arrival_id}.eml"'}
    return Response(data, media_type="application/octet-stream", headers=shown)


@router.post("/arrivals/{arrival_id}/retry")
def retry(house: House, me: ApiUser, arrival_id: int) -> Done:
    """Read it again."""
    told = done(house, verbs.retry, arrival_id, me.id)
    house.bells.arrived.ring()
    return told


@router.post("/arrivals/{arrival_id}/discard")
def discard(house: House, me: ApiUser, arrival_id: int, given: Reason) -> Done:
    """Let go of what is in quarantine, with a reason."""
    return done(house, verbs.discard, arrival_id, me.id, given.reason)


@router.post("/arrivals/{arrival_id}/accept")
def accept(house: House, me: ApiUser, arrival_id: int) -> Done:
    """Take what was ignored as a person's."""
    told = done(house, verbs.accept, arrival_id, me.id)
    house.bells.arrived.ring()
    return told


@router.get("/changes")
def list_changes(
    house: House,
    me: ApiUser,  # noqa: ARG001 - the policy
    since: Annotated[int, Query(ge=0, le=2**62, description="The number of the last change you have.")] = 0,
    limit: Limit = 200,
) -> Changes:
    """Return what changed after a number, oldest first."""
    with house.store.reading() as session:
        told = [ChangeTold.model_validate(row) for row in changes.after(session, since, limit)]
        last = told[-1].seq if told else max(since, changes.last_seq(session))
        return Changes(changes=told, last=last, complete=not since or since + 1 >= changes.first_seq(session))


_RAW: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/read", openapi_extra=_RAW)
async def read(request: Request, house: House, me: ApiUser) -> dict[str, Any]:  # noqa: ARG001 - the policy
    """Say how a raw mail, the whole body of the request, is understood. Nothing is stored."""
    sent = bytearray()
    async for chunk in request.stream():
        sent += chunk
        if len(sent) > LARGEST:
            raise RefusedError("This is larger than any mail that is taken.")
    return await run_in_threadpool(_understood, house, bytes(sent))


def _understood(house: Context, sent: bytes) -> dict[str, Any]:
    now = house.clock()
    reader = house.channels.open(Account(kind="mail", address="reader@localhost", created_at=now))
    try:
        found = reader.read(Arrival("read", sent, now))
    except Unreadable as error:
        raise RefusedError(str(error)) from error
    finally:
        reader.close()
    return {"messages": [asdict(one) for one in found]}
