"""What would have been, for founders' programs."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from inbox.flow import review, whatif
from inbox.flow.whatif import Asked
from inbox.web.api.given import Given
from inbox.web.api.route import ApiFounder, ApiRoute
from inbox.web.api.shapes import Told
from inbox.web.deps import House
from rules.whatif import Compared

router = APIRouter(route_class=ApiRoute, tags=["promise"])


class WhatIfGiven(Given):
    """A question; see the page "What if". days: Monday is 0. zone: empty for the house's own."""

    kind: Literal["policy", "cover"]
    hours: Annotated[float, Field(gt=0, le=whatif.LONGEST)] = 24
    clock: Literal["always", "hours"] = "always"
    how: Literal["add", "remove", "instead"] = "add"
    days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(max_length=7)] = Field(default_factory=list)
    start: time = time(9)
    end: time = time(18)
    zone: Annotated[str, Field(max_length=80)] = ""


class Side(Told):
    """Cases that are decided."""

    kept: int
    broken: int


class Changed(Told):
    """A case that would have ended otherwise."""

    wait_id: int
    started_at: datetime
    due_at: datetime
    answered_at: datetime | None


class WhatIfTold(Told):
    """The answer. one_in: 1 where all cases were looked at. off_duty: answered while nobody was on duty.

    avoided, created: breaches fewer and more; the first rows of each, with the deadline and the answer of the question.
    """

    since: datetime
    cases: int
    looked_at: int
    one_in: int
    off_duty: int
    was: Side
    would: Side
    avoided: int
    created: int
    first_avoided: list[Changed]
    first_created: list[Changed]
    week: list[list[int]]


@router.post("/promise/what-if")
def ask_what_if(house: House, me: ApiFounder, given: WhatIfGiven) -> WhatIfTold:  # noqa: ARG001 - the policy
    """Compare the last 30 days with another deadline or other hours of duty; changes nothing."""
    with house.store.reading() as session:
        asked = Asked(**{**given.model_dump(), "days": tuple(given.days)})
        found = whatif.ask(session, whatif.in_zone(asked, review.zone_name(session)), house.clock())
    result = found.result
    return WhatIfTold(
        since=found.start,
        cases=found.cases,
        looked_at=found.looked_at,
        one_in=found.one_in,
        off_duty=found.off_duty,
        was=Side(kept=result.was.kept, broken=result.was.broken),
        would=Side(kept=result.would.kept, broken=result.would.broken),
        avoided=len(result.avoided),
        created=len(result.created),
        first_avoided=[_changed(one) for one in result.avoided[: whatif.LISTED]],
        first_created=[_changed(one) for one in result.created[: whatif.LISTED]],
        week=[list(day) for day in result.week],
    )


def _changed(one: Compared) -> Changed:
    case = one.case
    return Changed(wait_id=case.id, started_at=case.started_at, due_at=one.due_at, answered_at=one.answered_at)
