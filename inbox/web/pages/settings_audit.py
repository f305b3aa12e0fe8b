"""The audit log: who did what that matters for safety or settings, when, and from where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from inbox.flow import audit as acts
from inbox.flow.context import Context
from inbox.flow.spreadsheet import line
from inbox.store import audit, teammates
from inbox.store.audit import Wanted
from inbox.web.audit_words import said
from inbox.web.deps import Founder, House
from inbox.web.render import page, zone_of

router = APIRouter(prefix="/settings/audit")
PAGE = 50
COLUMNS = ("number", "time", "kind", "teammate", "address", "via", "details")


@router.get("")
def log(
    request: Request,
    house: House,
    me: Founder,
    kind: str = "",
    who: str = "",
    since: str = "",
    until: str = "",
    before: int | None = None,
) -> Response:
    """Show the newest acts, by person, kind and day."""
    wanted = _wanted(request, kind, who, since, until)
    with house.store.reading() as session:
        rows = audit.page(session, wanted, before=before, limit=PAGE + 1)
        names, kinds = teammates.names(session), audit.kinds(session)
    asked = {"kind": wanted.kind, "who": who, "since": since, "until": until}
    kept = {name: value for name, value in asked.items() if value}
    shown: dict[str, Any] = {
        "rows": [(row, said(row.kind, row.details, names)) for row in rows[:PAGE]],
        "names": names,
        "kinds": _families(kinds),
        "asked": asked,
        "older": urlencode({**kept, "before": rows[PAGE - 1].id}) if len(rows) > PAGE else "",
        "csv": urlencode(kept),
        "first": before is None,
    }
    return page(request, "settings/audit.html", me=me, **shown)


@router.post("/csv")
def as_csv(
    request: Request, house: House, me: Founder, kind: str = "", who: str = "", since: str = "", until: str = ""
) -> Response:
    """Download what is wanted of the log, for a spreadsheet."""
    wanted = _wanted(request, kind, who, since, until)
    with house.store.unit_of_work() as work:
        acts.record(work, me.id, "audit.exported", kinds=wanted.kind or None)
    headers = {"Content-Disposition": 'attachment; filename="under24-audit.csv"'}
    return StreamingResponse(_lines(house, wanted), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(house: Context, wanted: Wanted) -> Iterator[str]:
    with house.store.reading() as session:
        names = teammates.names(session)
        yield line(COLUMNS)
        for row in audit.walk(session, wanted):
            told = "; ".join(f"{name}: {value}" for name, value in sorted(row.details.items()))
            whose = names.get(row.teammate_id or 0, "")
            yield line((row.id, row.at.isoformat(), row.kind, whose, row.address, row.via, told))


def _families(kinds: list[str]) -> list[str]:
    """Return what can be chosen: each kind, and before it the family it belongs to when that has several."""
    found: list[str] = []
    for kind in kinds:
        family = kind.partition(".")[0]
        if family not in found and sum(one.startswith(f"{family}.") for one in kinds) > 1:
            found.append(family)
        found.append(kind)
    return found


def _wanted(request: Request, kind: str, who: str, since: str, until: str) -> Wanted:
    """Read the form; what cannot be read is not asked for. A day is one of the reader's own."""
    person = int(who) if who.isascii() and who.isdecimal() and len(who) < 15 else None
    first, last = _day(since), _day(until)
    start = _midnight(request, first) if first else None
    end = _midnight(request, last + timedelta(days=1)) if last and last < date.max else None
    return Wanted(kind[:80].replace("\0", ""), person, start, end)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-01-01") else None
    except ValueError:
        return None


def _midnight(request: Request, day: date) -> datetime:
    return datetime.combine(day, time(), zone_of(request))
