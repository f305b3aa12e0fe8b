"""Who the house is, as letters and signatures say it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from inbox.flow import business
from inbox.flow.business import Business
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import Signed
from inbox.web.deps import Founder, House, Me
from inbox.web.language import LANGUAGES
from inbox.web.render import done, page
from inbox.web.words import _, tell

router = APIRouter(prefix="/settings/business")
HERE = "/settings/business"


class Given(BaseModel):
    """What the form sends."""

    name: str = Field("", max_length=5_000)
    site: str = Field("", max_length=5_000)
    address: str = Field("", max_length=5_000)
    hours: str = Field("", max_length=5_000)
    imprint: str = Field("", max_length=5_000)
    language: str = Field("en", max_length=8)


@router.get("")
def show(request: Request, house: House, me: Me) -> Response:
    """Show what is set."""
    with house.store.reading() as session:
        kept = business.read(session)
    return _page(request, me, kept)


@router.post("")
def save(request: Request, house: House, me: Founder, given: Annotated[Given, Form()]) -> Response:
    """Keep it."""
    made = Business(**given.model_dump())
    try:
        with house.store.unit_of_work() as work:
            business.save(work, made, me.id)
    except RefusedError as error:
        return _page(request, me, made, status=422, problem=tell(error))
    return done(request, HERE, _("Saved."))


def _page(request: Request, me: Signed, kept: Business, *, status: int = 200, problem: str = "") -> Response:
    return page(
        request, "settings/business.html", me=me, status=status, details=kept, problem=problem, languages=LANGUAGES
    )
