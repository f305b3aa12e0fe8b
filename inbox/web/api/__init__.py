"""The JSON API: everything a screen can do, for programs with a bearer token; described at /api/v1/openapi.json.

One file a subject; each route says who may use it (ApiUser, ApiFounder), as every route of the house does.
"""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi

from inbox import __version__
from inbox.web.api import (
    accounts,
    acts,
    arrivals,
    audit,
    automation,
    conversations,
    customers,
    first_steps,
    ladder,
    lists,
    people,
    policies,
    promise,
    review,
    rota,
    rota_people,
    routing,
    whatif,
)
from inbox.web.api.route import ApiRoute
from inbox.web.deps import ANYONE

PREFIX = "/api/v1"
TITLE = "Under24"

router = APIRouter(prefix=PREFIX, route_class=ApiRoute)
for part in (
    conversations,
    acts,
    people,
    arrivals,
    accounts,
    lists,
    automation,
    audit,
    customers,
    rota,
    rota_people,
    routing,
    whatif,
    promise,
    review,
    ladder,
    policies,
    first_steps,
):
    router.include_router(part.router)


@router.get("/openapi.json", dependencies=[ANYONE], include_in_schema=False)
def openapi(request: Request) -> dict[str, Any]:
    """Describe the API."""
    routes = [route for route in request.app.routes if getattr(route, "path", "").startswith(PREFIX)]
    described = get_openapi(title=TITLE, version=__version__, description=__doc__, routes=routes or request.app.routes)
    described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    described["security"] = [{"token": []}]
    return described
