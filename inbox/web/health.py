"""Is the app well? For whatever watches over it."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from inbox.clock import zone_rules
from inbox.store import changes
from inbox.web.deps import ANYONE, House

router = APIRouter(dependencies=[ANYONE])


@router.get("/healthz")
def healthz(house: House) -> Response:
    """Answer 200 while the store answers, and name the time zones' rules that deadlines and shifts go by."""
    try:
        with house.store.reading() as session:
            seq = changes.last_seq(session)
    except Exception:  # noqa: BLE001 - whatever keeps the store from answering means "not well"
        return JSONResponse({"ok": False}, 503)
    return JSONResponse({"ok": True, "changes": seq, "zones": zone_rules()})
