"""SHOW: the screens and the JSON API. `create_app` is given the house's keys and keeps no other state."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from inbox.web import health, live
from inbox.web.compress import Compress
from inbox.web.deps import declared
from inbox.web.errors import add_handlers
from inbox.web.headers import Headers
from inbox.web.pace import Pace
from inbox.web.pages import PAGES
from inbox.web.static_files import LightFiles

if TYPE_CHECKING:
    from inbox.flow.context import Context


def create_app(context: Context) -> FastAPI:
    """Build the web app. UndeclaredRouteError when a route does not say who may use it."""
    app = FastAPI(title="Under24", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.context = context
    app.state.kept = {}
    app.state.pace = Pace(context.clock)
    app.add_middleware(Compress)
    app.add_middleware(Headers, https=context.settings.public_url.startswith("https:"))
    app.mount("/static", LightFiles(), name="static")
    app.router.routes.extend(all_routes())
    add_handlers(app)
    app.state.policies = declared(app)
    return app


@cache
def all_routes() -> list[BaseRoute]:
    """Return every route; they hold no state of an app, and taking them apart costs most of what an app costs."""
    every = APIRouter()
    for router in (health.router, live.router):
        every.include_router(router, include_in_schema=False)
    for name in PAGES:
        every.include_router(import_module(f"{__name__}.pages.{name}").router, include_in_schema=False)
    if find_spec(f"{__name__}.api") is not None:
        every.include_router(import_module(f"{__name__}.api").router)
    return every.routes
