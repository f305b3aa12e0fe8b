"""What is the reader's own: name, language, clock, how dense the lists are."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from inbox.flow import own
from inbox.flow.errors import RefusedError
from inbox.flow.own import Own
from inbox.flow.sign_in import Signed
from inbox.web.choices import zones
from inbox.web.cookies import secure
from inbox.web.deps import House, Me
from inbox.web.language import COOKIE, LANGUAGES, language, speak
from inbox.web.render import done, page, zone_of
from inbox.web.words import _, tell

router = APIRouter(prefix="/settings/me")
HERE = "/settings/me"
YEAR = 365 * 24 * 3600


class Given(BaseModel):
    """What the form sends."""

    name: str = Field("", max_length=200)
    language: str = Field("", max_length=8)
    zone: str = Field("", max_length=80)
    density: str = Field("comfortable", max_length=20)


@router.get("")
def show(request: Request, me: Me) -> Response:
    """Show what is chosen."""
    return _page(request, me, Own(me.name, me.language, me.zone, str(me.preferences.get("density", "comfortable"))))


@router.post("")
def save(request: Request, house: House, me: Me, given: Annotated[Given, Form()]) -> Response:
    """Keep it, and say so in the language that was chosen."""
    chosen = Own(given.name, given.language, given.zone, given.density)
    try:
        with house.store.unit_of_work() as work:
            own.save(work, me.id, chosen)
    except RefusedError as error:
        return _page(request, me, chosen, status=422, problem=tell(error))
    if chosen.language:
        speak(chosen.language)
    answer = done(request, HERE, _("Saved."))
    answer.set_cookie(COOKIE, language(), max_age=YEAR, path="/", samesite="lax", secure=secure(request), httponly=True)
    return answer


def _page(request: Request, me: Signed, chosen: Own, *, status: int = 200, problem: str = "") -> Response:
    shown = {
        "chosen": chosen,
        "problem": problem,
        "languages": LANGUAGES,
        "zones": zones(),
        "here": str(zone_of(request)),
    }
    return page(request, "settings/me.html", me=me, status=status, **shown)
