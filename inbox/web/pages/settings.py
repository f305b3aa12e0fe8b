"""The door of the settings: what can be set, and what each is for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from inbox.web.deps import Me
from inbox.web.render import page

router = APIRouter()


@router.get("/settings")
def settings(request: Request, me: Me) -> Response:
    """Show every section that has a page."""
    return page(request, "settings/page.html", me=me)
