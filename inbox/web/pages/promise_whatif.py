"""What if: the last 30 days against another deadline or other hours of duty. Asking changes nothing: a GET."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from inbox.flow import duty, review, whatif
from inbox.flow.errors import RefusedError
from inbox.flow.public_promise import Share
from inbox.flow.whatif import Answer, Asked
from inbox.web import whatif_words
from inbox.web.deps import Founder, House
from inbox.web.public_charts import bars, said_share
from inbox.web.render import page
from inbox.web.words import _, tell
from rules.intervals import wilson
from rules.whatif import Count

router = APIRouter(prefix="/promise/what-if")


def asked_of(
    kind: Annotated[str, Query(max_length=20)] = "policy",
    hours: Annotated[float, Query(ge=0, le=100_000)] = 4,
    clock: Annotated[str, Query(max_length=20)] = "hours",
    how: Annotated[str, Query(max_length=20)] = "add",
    days: Annotated[list[int] | None, Query(max_length=20)] = None,
    start: time = time(9),
    end: time = time(18),
    zone: Annotated[str, Query(max_length=80)] = "",
) -> Asked:
    """Read the question; days: none given means weekdays for a deadline, the weekend for hours of duty."""
    usual = range(5) if kind == "policy" else (5, 6)
    return Asked(kind, hours, clock, how, tuple(usual if days is None else days), start, end, zone)


Question = Annotated[Asked, Depends(asked_of)]


@router.get("")
def show(request: Request, house: House, me: Founder, asked: Question) -> Response:
    """Show the question, and the answer once one was asked."""
    answer, problem = None, ""
    with house.store.reading() as session:
        asked = whatif.in_zone(asked, review.zone_name(session))
        rota = duty.by_rota(session)
        if "kind" in request.query_params:
            try:
                answer = whatif.ask(session, asked, house.clock())
            except RefusedError as error:
                problem = tell(error)
    shown: dict[str, Any] = {
        "asked": asked,
        "answer": answer,
        "problem": problem,
        "rota": rota,
        "say": whatif_words,
        "chart": _chart(answer) if answer else "",
        "heat": whatif_words.heat(answer) if answer else "",
    }
    return page(request, "promise/what_if.html", me=me, status=422 if problem else 200, **shown)


def _chart(answer: Answer) -> str:
    sides = ((_("As it was"), answer.result.was), (_("As it would have been"), answer.result.would))
    shares = [said_share(name, _share(count)) for name, count in sides if count.settled]
    return bars(shares, _("Answered in time")) if shares else ""


def _share(count: Count) -> Share:
    low, high = wilson(count.kept, count.settled)
    return Share("", count.kept, count.settled, count.percent or 0, int(low * 100), -int(-high * 100 // 1))
