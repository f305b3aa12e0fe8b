"""Whether new conversations go to whoever is on duty."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import duty, routing
from inbox.store import teammates
from inbox.web.deps import Founder, House
from inbox.web.render import done, page
from inbox.web.words import _

router = APIRouter(prefix="/settings/routing")
HERE = "/settings/routing"


@router.get("")
def show(request: Request, house: House, me: Founder) -> Response:
    """Show what happens with a new conversation, and to whom one would go now."""
    with house.store.reading() as session:
        names = teammates.names(session)
        shown: dict[str, Any] = {
            "on": routing.is_on(session),
            "by_rota": duty.by_rota(session),
            "serving": [names[one] for one in duty.on_duty(session, house.clock()) if one in names],
        }
    return page(request, "settings/routing.html", me=me, **shown)


@router.post("")
def save(request: Request, house: House, me: Founder, to: Annotated[str, Form(max_length=10)] = "") -> Response:
    """Keep it."""
    with house.store.unit_of_work() as work:
        routing.set_on(work, me.id, on=to == routing.DUTY)
    return done(request, HERE, _("Saved."))
