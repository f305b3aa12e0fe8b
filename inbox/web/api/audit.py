"""The audit log, for founders' programs."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query

from inbox.store import audit
from inbox.store.audit import Wanted
from inbox.web.api.given import Moment
from inbox.web.api.route import ApiFounder, ApiRoute, Limit
from inbox.web.api.shapes import Told
from inbox.web.deps import House

router = APIRouter(route_class=ApiRoute, tags=["audit"])
KIND = Query(max_length=80, pattern=r"^[a-z_.]*$", description='A kind ("sign_in.failed"), or its family ("sign_in").')


class Act(Told):
    """Something that was done. teammate_id: who, null for a stranger, a command or the app itself."""

    id: int
    at: datetime
    kind: str
    teammate_id: int | None
    address: str
    via: str
    details: dict[str, Any]


class Acts(Told):
    """A page of the log, the newest first. next: `before` of the page after it, null on the last."""

    acts: list[Act]
    next: int | None


@router.get("/audit")
def list_acts(
    house: House,
    me: ApiFounder,  # noqa: ARG001 - the policy
    limit: Limit = 50,
    kind: Annotated[str, KIND] = "",
    teammate: Annotated[int | None, Query(ge=1, lt=2**53)] = None,
    since: Moment | None = None,
    until: Moment | None = None,
    before: Annotated[int | None, Query(ge=0, lt=2**53, description="`next` of the page before.")] = None,
) -> Acts:
    """List what was done that matters for safety or settings."""
    with house.store.reading() as session:
        rows = audit.page(session, Wanted(kind, teammate, since, until), before=before, limit=limit + 1)
    acts = [Act.model_validate(row.model_dump(exclude={"chain"})) for row in rows[:limit]]
    return Acts(acts=acts, next=acts[-1].id if len(rows) > limit else None)
