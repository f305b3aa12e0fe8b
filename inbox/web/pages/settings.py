"""The door of the settings: the first page of them."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from inbox.web.deps import Me

router = APIRouter()


@router.get("/settings")
def settings(me: Me) -> Response:  # noqa: ARG001 - `me` is the policy
    """Begin with what is the reader's own."""
    return RedirectResponse("/settings/me", status_code=303)
